"""Lines of the pages of a statute put together again: a line that does not fill the page ends its paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from taibao_cli.knowledge.numerals import NUMERAL

_BEGINS: Final = re.compile(
    rf"第[{NUMERAL}]+(?:条|章|节|编|部分|分编)|[（(][{NUMERAL}0-9]+[)）]|[{NUMERAL}]+、|(?:Article|Section|Rule|Chapter|§)\s*[0-9]|#"
)
_HAN_SPACE: Final = re.compile(r"(?<=[\u3400-\u9fff，。；：、（）“”])[ \t]+(?=[\u3400-\u9fff，。；：、（）“”])")
_HAN: Final = re.compile(r"[\u3400-\u9fff，。；：、（）“”《》]")
_LABEL: Final = re.compile(rf"(第[{NUMERAL}]+(?:条(?:之[{NUMERAL}]+)?|章|节|编|部分|分编))[ \t]*")
_FULL: Final = 0.8
"""A line of at least this share of the longest one goes on in the next."""


def unwrapped(pages: Sequence[Sequence[str]]) -> str:
    """One paragraph a line. Blanks between Chinese characters go, but for one after the label of an article."""
    lines = [line for page in pages for line in (_clean(line) for line in page) if line]
    longest = max((len(line) for line in lines), default=0)
    found: list[str] = []
    before = ""
    for line in lines:
        if found and len(before) >= _FULL * longest and not _BEGINS.match(line):
            found[-1] += ("" if _HAN.match(found[-1][-1]) or _HAN.match(line) else " ") + line
        else:
            found.append(line)
        before = line
    return "\n".join(found) + "\n"


def _clean(line: str) -> str:
    plain = " ".join(line.split())
    label = _LABEL.match(plain)
    head, rest = (label[1], plain[label.end() :]) if label else ("", plain)
    rest = _HAN_SPACE.sub("", rest)
    return f"{head} {rest}".strip() if head else rest
