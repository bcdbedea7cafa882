"""Sentences of a patent text, for models that translate one sentence at a time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from taibao_cli.patents.language import Lang, han_count
from taibao_cli.patents.protected import FORMULA

_BOUNDARY = re.compile(
    r"(?<!\s)[^\S\n]*\n\s*|(?<=[。；！？])\s*(?=[^\s。；！？”’）】」』])|(?<=[a-z\d)\]%][.;!?])\s+(?=[A-Z\d(])"
)
_NO_END = re.compile(
    r"(?:^|[\s(])(?:\d+|Figs?|Nos?|Pat|Pats|Eqs?|Refs?|Dr|Mr|Ms|Prof|St|e\.g|i\.e|etc|cf|vs|approx)\.$"
)
"""A claim number or an abbreviation before the point: the sentence goes on."""

_COMMA = re.compile(r"(?<=[，、：])\s*(?=\S)|(?<=[,:;])\s+")


_LOOK_BACK = 16
"""Characters before a point that tell whether it ends a sentence."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sentence, and the white space between it and the next one."""

    text: str
    gap: str


def segments(text: str, limit: int) -> tuple[Segment, ...]:
    """Cut at line ends and sentence ends; a longer sentence also at commas, so that no part is over `limit`. Formulas
    and numbers stay whole.

    `limit` counts Chinese characters, three other characters as one. What has no comma stays whole, however long.
    Texts and gaps joined in order give `text` back.
    """
    return tuple(part for sentence in _cut(text, _boundaries(text)) for part in _within(sentence, limit))


def rejoin(cut: Iterable[Segment], answers: Iterable[str], to: Lang) -> str:
    """The answers to the first segments as one text: line breaks stay, other gaps follow the target language."""
    joined = "".join(
        answer.strip() + (segment.gap if "\n" in segment.gap else "" if to == "zh" else " ")
        for segment, answer in zip(cut, answers, strict=False)
    )
    return joined.strip()


def size(text: str) -> float:
    """Length in Chinese characters, three other characters as one."""
    han = han_count(text)
    return han + (len(text) - han) / 3


def _boundaries(text: str) -> Iterator[re.Match[str]]:
    for match in _BOUNDARY.finditer(text):
        near = max(0, match.start() - _LOOK_BACK)
        line = text[max(near, text.rfind("\n", near, match.start()) + 1) : match.start()]
        if "\n" in match[0] or not _NO_END.search(line):
            yield match


def _cut(text: str, boundaries: Iterable[re.Match[str]]) -> Iterator[Segment]:
    """At the boundaries that are not inside a formula."""
    start = 0
    formulas = [match.span() for match in FORMULA.finditer(text)]
    for match in boundaries:
        at = bisect_left(formulas, match.span()) - 1
        if at >= 0 and match.start() < formulas[at][1]:
            continue
        yield Segment(text[start : match.start()], match[0])
        start = match.end()
    if start < len(text):
        yield Segment(text[start:], "")


def _within(sentence: Segment, limit: int) -> Iterator[Segment]:
    """Parts that end at commas, each as long as the limit lets it be."""
    if size(sentence.text) <= limit:
        yield sentence
        return
    held = Segment("", "")
    for clause in _cut(sentence.text, _COMMA.finditer(sentence.text)):
        joined = held.text + held.gap + clause.text
        if held.text and size(joined) > limit:
            yield held
            held = clause
        else:
            held = Segment(joined, clause.gap)
    yield Segment(held.text, sentence.gap)
