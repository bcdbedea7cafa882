"""References to figures: 图1, 图2a至图2c, FIG. 1(a), Figs. 2A-2C and 3."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LABEL = r"\d{1,3}(?:\s?(?:[(（][A-Za-z][)）]|[A-Za-z](?![A-Za-z])))?"
_TO = r"\s*(?:[-–—−~～]|至|到|to|through)\s*"
_AND = r"\s*(?:和/或|或者|以及|,\s*and|,\s*or|and/or|and|or|[,，、/&和或及与])\s*"
_ZH_MARK = r"附?图\s*"
_EN_MARK = r"fig(?:ure)?s?\.?\s*"
_ZH = re.compile(
    rf"(?<![视意程构框路地版]){_ZH_MARK}{_LABEL}(?:{_TO}(?:{_ZH_MARK})?(?:{_LABEL}|[A-Za-z](?![A-Za-z]))"
    rf"|{_AND}{_ZH_MARK}{_LABEL}|[、,，和或及与]\s*\d{{1,3}}[A-Za-z]?(?=[、,，和或及与所中\s]|$))*"
)
_EN = re.compile(
    rf"\b{_EN_MARK}{_LABEL}(?:{_TO}(?:{_EN_MARK})?(?:{_LABEL}|[A-Za-z](?![A-Za-z]))|{_AND}(?:{_EN_MARK})?{_LABEL})*",
    re.IGNORECASE,
)
_EN_ONE = re.compile(rf"fig(?:ure)?(?!s)\.?\s*{_LABEL}", re.IGNORECASE)
_PART = re.compile(r"(\d{1,3})?\s?[(（]?([A-Za-z])?[)）]?$")
_RANGE = re.compile(
    r"(\d{1,3}\s?[(（]?(?:[A-Za-z](?![A-Za-z]))?[)）]?)(?:\s*(?:[-–—−~～]|至|到|to|through)\s*"
    r"(?:附?图|fig(?:ure)?s?\.?)?\s*(\d{1,3}\s?[(（]?(?:[A-Za-z](?![A-Za-z]))?[)）]?|[A-Za-z](?![A-Za-z])))?",
    re.IGNORECASE,
)
_LONGEST: Final = 200
"""A range over more figures is read as its two ends."""


@dataclass(frozen=True, slots=True)
class FigureReference:
    """Figures named in one phrase: ranges and lists expanded, in the order written, letters in upper case ("2A")."""

    labels: tuple[str, ...]
    start: int
    end: int


def figures(text: str) -> tuple[FigureReference, ...]:
    """References of both languages, in the order of the text."""
    found = [FigureReference(_labels(match[0]), *match.span()) for match in _ZH.finditer(text)]
    for match in _EN.finditer(text):
        if "s" not in match[0][:8].lower().partition("fig")[2].replace("ure", "")[:1]:
            match = _singular(text, match)
        found.append(FigureReference(_labels(match[0]), *match.span()))
    return tuple(sorted(found, key=lambda reference: reference.start))


def figure_set(references: Iterable[FigureReference]) -> frozenset[str]:
    """Every figure that is named."""
    return frozenset(label for reference in references for label in reference.labels)


def order(label: str) -> tuple[int, str]:
    """Sorts figures as a list of drawings has them: 2, 2A, 2B, 10."""
    digits = label.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits), label[len(digits) :]


def _singular(text: str, match: re.Match[str]) -> re.Match[str]:
    """After "FIG. 1" a list goes on only where the word stands again or a range does: "FIG. 1, 3 wheels" is one."""
    rest = match[0][1:]
    repeated = re.search(r"fig", rest, re.IGNORECASE) or re.search(r"\d\s?[A-Za-z]?\s*(?:[-–—−~～]|to\s)", rest)
    return match if repeated else _EN_ONE.match(text, match.start()) or match


def _labels(phrase: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _RANGE.finditer(phrase):
        first = _parts(match[1])
        last = _parts(match[2]) if match[2] else first
        found.update(dict.fromkeys(_between(first, last)))
    return tuple(found)


def _parts(label: str) -> tuple[int | None, str]:
    match = _PART.match(label.strip())
    number, letter = match.groups() if match else (None, None)
    return (int(number) if number else None), (letter or "").upper()


def _between(first: tuple[int | None, str], last: tuple[int | None, str]) -> list[str]:
    start, letter = first[0] or 0, first[1]
    end, until = last[0] if last[0] is not None else start, last[1]
    if start == end and letter and until and letter <= until:
        return [f"{start}{chr(code)}" for code in range(ord(letter), ord(until) + 1)]
    if not letter and not until and start < end <= start + _LONGEST:
        return [str(number) for number in range(start, end + 1)]
    ends = [f"{start}{letter}", f"{end}{until}"]
    return ends if ends[0] != ends[1] else ends[:1]
