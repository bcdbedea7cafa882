"""Sentences of a summary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.anchors import Passages, sentences
from taibao_cli.patents.document.chunks import PartKind

Style = Literal["short", "points", "sections"]
STYLES: Final[tuple[Style, ...]] = ("short", "points", "sections")
_BULLET: Final = re.compile(r"^\s*(?:[-*•·]|\d{1,2}\s*[.、)）]|[(（]\d{1,2}[)）])\s*")
_LEAST: Final = 4
"""Characters of a sentence."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the paragraphs it rests on, and whether it was taken from the text word for word."""

    text: str
    ids: tuple[str, ...]
    kind: PartKind
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Anchored:
    """Sentences that rest on their passages, and how many were left out because they do not."""

    sentences: tuple[Sentence, ...]
    unsupported: int


def anchored(text: str, passages: Passages, kind: PartKind, *, verbatim: bool) -> Anchored:
    """The sentences of an answer, each with its paragraphs. What holds a figure or too many words that its passages do
    not have is left out; an answer of which nothing is left gives way to the most telling sentence of the passages.

    `verbatim`: of each sentence take the one of the text that it is nearest to. Small models choose well, but join
    halves of sentences that do not belong together.
    """
    kept: list[Sentence] = []
    lost = 0
    for each in sentences(text):
        clean = _BULLET.sub("", each)
        if len(clean) < _LEAST:
            continue
        anchor = passages.anchor(clean)
        if not anchor.holds:
            lost += 1
        elif verbatim:
            kept.append(Sentence(passages.nearest_sentence(clean, anchor.ids[0]), anchor.ids[:1], kind, quoted=True))
        else:
            kept.append(Sentence(clean, anchor.ids, kind))
    if not kept:
        kept = [Sentence(quote, (own,), kind, quoted=True) for own, quote in passages.central(1)]
    return Anchored(distinct(kept), lost)


def distinct(found: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Each sentence once."""
    seen: dict[str, Sentence] = {}
    for sentence in found:
        seen.setdefault("".join(sentence.text.split()), sentence)
    return tuple(seen.values())
