"""Headings of statutes and guidelines: 第一章 总则, 4.1.1 发明名称, 一、一般规定."""

from __future__ import annotations

import re
from typing import Final

from taibao_cli.knowledge.numerals import NUMERAL

_UNIT_LEVELS: Final = {"部分": 1, "编": 1, "篇": 1, "分编": 2, "章": 3, "节": 4}
_UNIT: Final = re.compile(rf"(第[{NUMERAL}0-9]+(?:部分|分编|[编篇章节]))[\s　]*(.*)", re.DOTALL)
_ENGLISH: Final = re.compile(
    r"((?:PART|CHAPTER|TITLE|Part|Chapter|Title)\s+(?:[0-9]+|[IVXLC]+))\b[\s.:–—-]*(.*)", re.DOTALL
)
_SECTION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)*)(?:[.．、]|(?![0-9]))[\s　]*(.*)", re.DOTALL)
_POINT: Final = re.compile(rf"([{NUMERAL}]+)、[\s　]*(.*)", re.DOTALL)
_LONGEST: Final = 40
_SENTENCE_END: Final = tuple("。；：，.;:,")

Number = tuple[int, ...]


def split_label(heading: str) -> tuple[str, str]:
    """The label of a heading and its title: `第一章 总则` -> (第一章, 总则); no label: ("", heading)."""
    for pattern in (_UNIT, _ENGLISH, _SECTION, _POINT):
        if match := pattern.fullmatch(heading):
            return match[1], match[2].strip()
    return "", heading


def plain_level(line: str) -> int | None:
    """The level of a heading written without Markdown (部分 and 编 1, 分编 2, 章 3, 节 4), None for other lines."""
    match = _UNIT.fullmatch(line)
    if match is None or len(line) > _LONGEST or line.endswith(_SENTENCE_END):
        return None
    return _UNIT_LEVELS[match[1].lstrip(f"第{NUMERAL}0123456789")]


def is_section(label: str) -> bool:
    """Whether a label is the number of a section, like 4.1.1."""
    return label[:1].isdecimal()


def number_of(label: str) -> Number:
    return tuple(int(part) for part in label.split("."))


def settle(label: str, before: Number) -> tuple[str, bool]:
    """The section number that `label` means after section `before`, and whether it is the next one.

    Digits of a footnote or page may stand glued before a number, as in 57.45.2.4.2 after 5.2.4.1; they are cut when
    what remains goes on from `before`, and only then.
    """
    suffixes = [label[at:] for at in range(1, len(label)) if label[at] in "123456789" and label[at - 1].isdecimal()]
    for follows in (_next, _further):
        for candidate in (label, *suffixes):
            if follows(number_of(candidate), before):
                return candidate, follows is _next and candidate is label
    return label, False


def goes_on(number: Number, before: Number) -> bool:
    """Whether `number` can stand after `before`, sections between them left out; () is the beginning of a chapter."""
    return (
        not before
        or _next(number, before)
        or _further(number, before)
        or (number > before and number[0] <= (*before, 0)[0] + 1)
    )


def _next(number: Number, before: Number) -> bool:
    depth = len(number)
    return depth <= len(before) + 1 and number[:-1] == before[: depth - 1] and number[-1] == _at(before, depth) + 1


def _further(number: Number, before: Number) -> bool:
    depth = len(number)
    return depth <= len(before) + 1 and number[:-1] == before[: depth - 1] and number[-1] > _at(before, depth) + 1


def _at(number: Number, depth: int) -> int:
    return number[depth - 1] if depth <= len(number) else 0
