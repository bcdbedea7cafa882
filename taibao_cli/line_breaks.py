"""Where lines of Chinese and English text may end on a terminal."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len

_CLOSING: Final = "，。；：、？！…）》」』】〉’”,.;:?!)]}%℃"
"""Does not begin a line (GB/T 15834-2011, 5.1.11: marks of the sentence and closing brackets)."""

_OPENING: Final = "（《「『【〈‘“([{"
"""Does not end one."""

UNIT: Final = re.compile(
    rf"[{re.escape(_OPENING)}]*(?:[\u2e80-\u303f\u3041-\ufaff\uff01-\uffef]|[^\s\u2e80-\u303f\u3041-\ufaff\uff01-\uffef]+)"
    rf"[{re.escape(_CLOSING)}]*\s*|\s+"
)


def breaks(text: str, width: int) -> list[int]:
    """Where the lines of a text without line ends begin, but for the first; `width` in cells.

    A unit (a Chinese character or a word, with the marks that stay with it) that is wider than a line is cut.
    """
    found: list[int] = []
    room = width
    for unit in UNIT.finditer(text):
        wide = cell_len(unit.group().rstrip())
        if wide > room and room < width:
            found.append(unit.start())
            room = width
        if wide > room:
            cuts = _cuts(unit.group().rstrip(), width)
            found += [unit.start() + at for at in cuts]
            room = width - cell_len(text[found[-1] : unit.end()]) if cuts else room
        else:
            room -= cell_len(unit.group())
    return found


def _cuts(word: str, width: int) -> list[int]:
    found, room = [], width
    for at, character in enumerate(word):
        wide = cell_len(character)
        if wide > room and at:
            found.append(at)
            room = width
        room -= wide
    return found
