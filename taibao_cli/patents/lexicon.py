"""The bilingual lexicon: which terms of a text have which renderings.

The lexicon file is induced from parallel texts by `train/lexicon.py`: xz-compressed lines of
`zh <tab> en <tab> p(en|zh) <tab> p(zh|en)`. What has an empty rendering there, as the particle 了, is left out of a
text. Terms are offered to the model in the order of the text; a user's glossary wins over the lexicon.
"""

from __future__ import annotations

import lzma
import re
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from taibao_cli.errors import ModelError
from taibao_cli.patents.language import Lang

SEPARATOR = " | "
ALTERNATIVE = "/"
_SECOND_FROM = 0.25
"""A second rendering is offered when its probability is at least this."""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d+|[^\sA-Za-z\d]")
_LATIN = re.compile("[A-Za-z][A-Za-z0-9]+")
_LETTER = re.compile(r"\([A-Za-z]\)")
_PLAIN = re.compile("[a-z]+(?: [a-z]+)*")
_MAX_WORDS = 7

Table = Mapping[str, tuple[str, ...]]


def words(text: str) -> list[str]:
    """English words as the lexicon sees them: lower case, but for acronyms; numbers; single signs."""
    return [word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(text)]


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of the source and its renderings, best first; none when the lexicon does not know it."""

    source: str
    renderings: tuple[str, ...]


class Lexicon:
    """Renderings by term for both directions."""

    def __init__(self, zh: Table, en: Table) -> None:
        self._tables: dict[Lang, dict[str, tuple[str, ...]]] = {"zh": dict(zh), "en": dict(en)}
        self._longest = max((len(term) for term in zh), default=1)

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """Read a lexicon file.

        Raises:
            ModelError: missing or damaged file.
        """
        zh: dict[str, list[tuple[float, str]]] = {}
        en: dict[str, list[tuple[float, str]]] = {}
        try:
            with lzma.open(path, "rt", encoding="utf-8") as file:
                for line in file:
                    source, target, forward, backward = line.rstrip("\n").split("\t")
                    if float(forward) > 0:
                        zh.setdefault(source, []).append((float(forward), target.replace(" - ", "-")))
                    if float(backward) > 0:
                        en.setdefault(_key(target, "en"), []).append((float(backward), source))
        except (OSError, lzma.LZMAError, ValueError) as error:
            raise ModelError(f"{path}: not a readable lexicon: {error}") from None
        return cls(_ranked(zh), _ranked(en))

    def known(self, lang: Lang) -> tuple[str, ...]:
        """All terms of one language that have a rendering."""
        return tuple(self._tables[lang])

    def match(self, text: str, source: Lang, glossary: Mapping[str, str] | None = None) -> list[Match]:
        """Cut the text into known terms (fewest pieces) and what lies between them."""
        own: dict[str, tuple[str, ...]] = {
            _key(term, source): (rendering,) for term, rendering in (glossary or {}).items()
        }
        table: Table = ChainMap(own, self._tables[source]) if own else self._tables[source]
        if source == "zh":
            return _match_zh(text, table, max([self._longest, *map(len, own)]))
        return _match_en(text, table)


def offered(matches: Sequence[Match]) -> str:
    """The renderings of the known terms, in the order of the text, each once: what goes into the prompt."""
    found = [ALTERNATIVE.join(match.renderings) for match in matches if any(match.renderings)]
    return SEPARATOR.join(dict.fromkeys(found))


def _key(term: str, lang: Lang) -> str:
    return term if lang == "zh" or _PLAIN.fullmatch(term) else " ".join(words(term))


def _ranked(table: dict[str, list[tuple[float, str]]]) -> dict[str, tuple[str, ...]]:
    ranked = {}
    for term, found in table.items():
        found.sort(reverse=True)
        best = dict.fromkeys(text for p, text in found if p >= _SECOND_FROM or text == found[0][1])
        ranked[term] = tuple(best)[:2]
    return ranked


def _match_zh(text: str, table: Table, longest: int) -> list[Match]:
    """Fewest pieces by dynamic programming, of as many the longer ones first; an unknown character costs more than a
    known term of any length. No term ends inside a Latin word: there is no O in VTOL."""
    size = len(text)
    inside = {match.start() + at for match in _LATIN.finditer(text) for at in range(1, len(match[0]))}
    best: list[tuple[float, int]] = [(0.0, 0)] * (size + 1)
    for end in range(1, size + 1):
        choice = (best[end - 1][0] + 1.5, end - 1)
        starts = () if end in inside else range(max(0, end - longest), end)
        for start in starts:
            if text[start:end] in table and start not in inside and best[start][0] + 1 <= choice[0]:
                choice = (best[start][0] + 1, start)
        best[end] = choice
    pieces: list[Match] = []
    end = size
    while end > 0:
        start = best[end][1]
        piece = text[start:end]
        renderings = () if {start, end} & inside else table.get(piece, ())
        if not renderings and pieces and not pieces[-1].renderings:
            pieces[-1] = Match(piece + pieces[-1].source, ())
        else:
            pieces.append(Match(piece, renderings))
        end = start
    return pieces[::-1]


def _match_en(text: str, table: Table) -> list[Match]:
    """Longest match from the left over words. What is unknown keeps its case, as does a letter in parentheses, and
    "CO2" stays in one piece."""
    tokens, places = words(text), list(_WORD.finditer(text))
    pieces: list[Match] = []
    at = 0
    while at < len(tokens):
        longest = 0 if _LETTER.match(text, places[at].start() - 1) else min(_MAX_WORDS, len(tokens) - at)
        for length in range(longest, 0, -1):
            term = " ".join(tokens[at : at + length])
            if term in table:
                pieces.append(Match(term, table[term]))
                at += length
                break
        else:
            own, touching = places[at][0], at > 0 and places[at - 1].end() == places[at].start()
            if touching and own.isalnum() and not pieces[-1].renderings and pieces[-1].source.isalnum():
                pieces[-1] = Match(pieces[-1].source + own, ())
            else:
                pieces.append(Match(own, ()))
            at += 1
    return pieces
