"""What people say for what the law says: phrases of a question, each with the terms that texts of law use for it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final

from taibao_cli.patents.language import Lang

Words = tuple[str, ...]

_LATIN: Final = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that a question speaks of: lists of words of which any stands for it. `spoken` is that of the question
    itself, `meant` those of the terms of law, none where the question's words are all there is."""

    spoken: Words
    meant: tuple[Words, ...] = ()

    @property
    def alternatives(self) -> tuple[Words, ...]:
        return (self.spoken, *(words for words in self.meant if words != self.spoken))


def concepts(question: str, lang: Lang, split: Callable[[str], list[str]]) -> tuple[Concept, ...]:
    """The listed phrases in a question, the longest first at each place, then each word of what is left.

    `split` makes words of a text, the way they are indexed. The lists are synonyms_zh.tsv and synonyms_en.tsv: phrases,
    a tab, terms; `|` between phrases and between terms.
    """
    text = unicodedata.normalize("NFKC", question).lower()
    found: dict[Words, Concept] = {}
    rest, at = [], 0
    for match in _pattern(lang).finditer(text):
        rest.append(text[at : match.start()])
        at = match.end()
        phrase = match.group()
        spoken = tuple(split(phrase))
        found.setdefault(
            spoken, Concept(spoken, tuple(filter(None, (tuple(split(one)) for one in _terms(lang)[phrase]))))
        )
    left = split(" ".join([*rest, text[at:]]))
    for word in left:
        if len(word) > 1 or not found or _LATIN.match(word):
            found.setdefault((word,), Concept((word,)))
    return tuple(found.values())


@functools.cache
def _terms(lang: Lang) -> Mapping[str, tuple[str, ...]]:
    """Phrase to terms."""
    file = resources.files("taibao_cli.knowledge").joinpath(f"synonyms_{lang}.tsv")
    found: dict[str, dict[str, None]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        phrases, terms = line.split("\t")
        for phrase in phrases.split("|"):
            found.setdefault(phrase, {}).update(dict.fromkeys(terms.split("|")))
    return {phrase: tuple(terms) for phrase, terms in found.items()}


@functools.cache
def _pattern(lang: Lang) -> re.Pattern[str]:
    phrases = sorted(_terms(lang), key=len, reverse=True)
    return re.compile("|".join(rf"\b{re.escape(one)}\b" if _LATIN.match(one) else re.escape(one) for one in phrases))
