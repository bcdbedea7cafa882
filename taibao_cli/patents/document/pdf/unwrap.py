"""Lines of a page -> paragraphs: what was only wrapped is put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from taibao_cli.patents.document.headings import is_flat_heading
from taibao_cli.patents.document.text import is_part_heading

_BEGINS: Final = re.compile(
    r"\s*(?:[\[【]\d{4,5}[\]】]|\d{1,3}\s*[.．、](?!\d)|(?:图|FIG\.?)\s*\d|[(（][a-zA-Z\d]{1,3}[)）]|[-•])"
)
_ENDS: Final = re.compile(r"[.。;；:：!！?？][”\"')）]*$")
_HAN: Final = re.compile(r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’]")
_SPACED: Final = re.compile(r"(?<=[\u2e80-\u9fff，。；：、（）])[ \t]+(?=[\u2e80-\u9fff，。；：、（）])")
_BROKEN: Final = re.compile(r"(\w*[a-z])-$")
_FULL: Final = 0.8
"""A line of at least this share of the longest one did not end where it stands."""


def paragraphs(lines: Iterable[Sequence[str]]) -> str:
    """One paragraph a line, over page ends as well. White space between Chinese characters goes; a word cut by a hyphen
    is joined unless it is written with the hyphen elsewhere."""
    clean = [[_SPACED.sub("", " ".join(line.split())) for line in page] for page in lines]
    words = set(re.findall(r"\w+-\w+", " ".join(line for page in clean for line in page)))
    width = max((len(line) for page in clean for line in page), default=0)
    return "\n".join(_joined([line for page in clean for line in page if line], width, words))


def _joined(lines: Sequence[str], width: int, words: set[str]) -> Iterator[str]:
    held = ""
    before = ""
    for line in lines:
        if held and _goes_on(before, line, width):
            held = _join(held, line, words)
        else:
            if held:
                yield held
            held = line
        before = line
    if held:
        yield held


def _goes_on(before: str, line: str, width: int) -> bool:
    if any(is_flat_heading(each) or is_part_heading(each) for each in (before, line)) or _BEGINS.match(line):
        return False
    return not _ENDS.search(before) or len(before) >= _FULL * width


def _join(held: str, line: str, words: set[str]) -> str:
    broken = _BROKEN.search(held)
    if broken is not None and line[:1].islower():
        rest = re.match(r"\w*", line)
        whole = f"{broken[1]}-{rest[0] if rest else ''}"
        return held + line if whole in words else held[:-1] + line
    return held + ("" if _HAN.match(held[-1]) or _HAN.match(line) else " ") + line
