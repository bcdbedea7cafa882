"""Pages laid out in characters, as pypdf's layout mode gives them -> lines in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

_NUMBERED: Final = re.compile(r"(?<=\s\s)\d{1,2}(?=\s\s)|^\s{0,8}\d{1,2}(?=\s\s)|(?<=\s\s\s)\d{1,2}$")
"""A number that stands alone: in the gutter, in the left margin, at the end."""

_FEWEST: Final = 3
_PAGE: Final = re.compile(r"\s*[-–—]?\s*\d{1,4}\s*(?:[/／]\s*\d{1,4})?\s*页?\s*[-–—]?\s*")
_RUNNING: Final = re.compile(
    r"(?:CN\s*\d{6,12}\s*[A-Z]\d?\s+)?"
    r"(?P<part>权\s*利\s*要\s*求\s*书|说\s*明\s*书\s*附\s*图|说\s*明\s*书\s*摘\s*要|说\s*明\s*书)\s*"
    r"(?:第?\s*(?P<page>\d{1,4})\s*[/／页]\s*(?:共?\s*\d{1,4}\s*页)?)?(?:\s*CN\s*\d{6,12}\s*[A-Z]\d?)?"
)
"""The running head of Chinese publications: "CN 110083831 A  权 利 要 求 书  1/2 页"."""

_EDGE: Final = 2
"""Lines at the head and foot of a page that may be running heads."""


def ordered(pages: Sequence[str]) -> list[list[str]]:
    """The lines of each page: columns one after the other, line numbers, running heads and page numbers left out; the
    running head of the first page of a part of a Chinese publication becomes its heading."""
    rows = [_without_line_numbers([line.rstrip() for line in page.split("\n") if line.strip()]) for page in pages]
    repeated = _repeated(rows)
    return [list(_in_order(list(_body(page, repeated)))) for page in rows]


def _without_line_numbers(lines: list[str]) -> list[str]:
    """Blank out 5, 10, 15 … in a column of their own, where there are some, in rising order."""
    marks = [(at, match) for at, line in enumerate(lines) for match in _NUMBERED.finditer(line)]
    fives = [(at, match) for at, match in marks if int(match[0]) % 5 == 0 and int(match[0]) > 0]
    values = [int(match[0]) for _, match in fives]
    if len(set(values)) < _FEWEST or values != sorted(values):
        return lines
    cleaned = list(lines)
    for at, match in fives:
        cleaned[at] = cleaned[at][: match.start()] + " " * len(match[0]) + cleaned[at][match.end() :]
    return [line.rstrip() for line in cleaned if line.strip()]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))


def _repeated(pages: Sequence[Sequence[str]]) -> set[str]:
    """Lines, whatever their numbers, at the head or the foot of at least three pages and half of all."""
    seen = Counter(shape for page in pages for shape in {_shape(line) for line in [*page[:_EDGE], *page[-_EDGE:]]})
    return {shape for shape, count in seen.items() if count >= max(_FEWEST, len(pages) / 2)}


def _body(page: Sequence[str], repeated: set[str]) -> Iterator[str]:
    for at, line in enumerate(page):
        edge = at < _EDGE or at >= len(page) - _EDGE
        running = _RUNNING.fullmatch(line.strip()) if edge else None
        if running is not None and running["page"] is not None:
            if int(running["page"]) == 1:
                yield re.sub(r"\s", "", running["part"])
        elif not edge or not (_PAGE.fullmatch(line) or _shape(line) in repeated):
            yield line


def _in_order(lines: list[str]) -> Iterator[str]:
    """The left column, then the right one; a line across both ends what stands above it."""
    gutter = _gutter(lines)
    if gutter is None:
        yield from lines
        return
    left: list[str] = []
    right: list[str] = []
    for line in lines:
        if line[gutter - 1 : gutter + 1].strip():
            yield from (*left, *right, line)
            left, right = [], []
            continue
        left += [line[:gutter].rstrip()] if line[:gutter].strip() else []
        right += [line[gutter:].strip()] if line[gutter:].strip() else []
    yield from (*left, *right)


def _gutter(lines: Sequence[str]) -> int | None:
    """Where the white strip between two columns is; None for a page of one column.

    It lies between 35 and 65 % of the width and is three characters wide in nine of ten lines; a third of the lines
    have text on both sides, and five of them at least.
    """
    width = max(map(len, lines), default=0)
    best: tuple[int, int] | None = None
    for at in range(int(width * 0.35), int(width * 0.65) + 1):
        apart = [line for line in lines if not line[max(0, at - 2) : at + 1].strip()]
        blank, both = len(apart), sum(bool(line[:at].strip() and line[at:].strip()) for line in apart)
        if blank >= 0.9 * len(lines) and both >= max(5, len(lines) / 3) and (best is None or blank > best[0]):
            best = (blank, at)
    return best[1] if best else None
