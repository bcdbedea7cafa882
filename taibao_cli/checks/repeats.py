"""Claims that say the same twice, and texts that run on: what a model that has lost its way writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document

_SAME: Final = Words(
    "与权利要求 {first} 的文字相同", "says the same as claim {first}", "删去其中一项", "delete one of them"
)
_LOOP: Final = Words(
    "“{text}”连续重复 {count} 次", '"{text}" is repeated {count} times in a row', "删去重复", "remove the repetition"
)
_MANY: Final = Words(
    "共 {count} 项权利要求，是否失控？", "{count} claims: has the text run away?", "核对", "look whether all are meant"
)
_STRETCH: Final = re.compile(r"(?=\S)(.{3,80}?\S[ ]?)\1{3,}")
"""A stretch of at least four characters that stands four times in a row."""

_STRIDE: Final = 4
_PIECE: Final = 8
_WITHIN: Final = 90
"""Where a loop begins, or up to three characters further, a piece of eight stands again within so many characters: it
is enough to look for one at every fourth place."""

_MOST: Final = 120
_SPACE = re.compile(r"\s+")


def loops(text: str) -> Iterator[re.Match[str]]:
    """Stretches that are repeated; rows of signs and digits, and what TeX writes, are none."""
    for match in _loops(text):
        if re.search(r"[A-Za-z]{2}|[一-鿿]", match[1]) and len(set(match[1])) > 2 and "\\" not in match[1]:
            yield match


def _loops(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_STRETCH`, without trying it at every place."""
    end = 0
    for at in range(0, len(text), _STRIDE):
        if text.find(text[at : at + _PIECE], at + 1, at + _WITHIN) < 0:
            continue
        for start in range(max(end, at - _STRIDE + 1), at + 1):
            if match := _STRETCH.match(text, start):
                yield match
                end = match.end()
                break


def times(match: re.Match[str]) -> int:
    return len(match[0]) // len(match[1])


def _repetition(document: Document) -> Outcome:
    if not any(True for _ in document.texts()):
        return Skipped("没有文字", "no text")
    return [*_same_claims(document), *_looping(document), *_too_many(document)]


def _same_claims(document: Document) -> Iterator[Finding]:
    """Claims of the same words; one without a full stop may have lost what tells it from the other."""
    seen: dict[str, int] = {}
    for claim in document.claims:
        if not claim.text.rstrip().endswith((".", "。")):
            continue
        first = seen.setdefault(_SPACE.sub("", claim.text).rstrip("。.").casefold(), claim.number)
        if first != claim.number:
            yield finding("runaway", "FIX", _SAME, Place("claim", claim.number), first=first)


def _looping(document: Document) -> Iterator[Finding]:
    for place, text in document.texts():
        for match in loops(text):
            yield finding("runaway", "FIX", _LOOP, place.at(*match.span()), text=match[1].strip(), count=times(match))
            break


def _too_many(document: Document) -> Iterator[Finding]:
    if len(document.claims) > _MOST:
        yield finding("runaway", "REVIEW", _MANY, Place("claim"), count=len(document.claims))


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "runaway",
        "没有重复的权利要求，文字没有循环",
        "no claim stands twice, the text does not run into a loop",
        "FIX",
        _repetition,
        "CN Guidelines part II ch. 2 §3.2.3",
    ),
)
