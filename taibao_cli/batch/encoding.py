"""Which encoding a text is in, when nobody says: UTF-8, or GB18030 where that is beyond doubt."""

from __future__ import annotations

import codecs
import re
from typing import Final

ENCODINGS: Final = ("auto", "utf-8", "gb18030")
"""In all of them a line feed byte is always a line feed."""

_CHARACTER: Final = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
"""The part of GB18030 that Chinese texts are written in (GB 2312)."""

_MOSTLY: Final = 0.9


def detect_encoding(head: bytes) -> str:
    """`gb18030` when no line of `head` with more than ASCII is UTF-8, all are GB18030, and they look like Chinese;
    else `utf-8`. The last line may be cut anywhere."""
    odd = [line for line in head.split(b"\n") if not line.isascii()]
    if not odd or any(_decodes(line, "utf-8") for line in odd):
        return "utf-8"
    high = sum(byte >= 0x80 for line in odd for byte in line)
    common = sum(2 * len(_CHARACTER.findall(line)) for line in odd)
    return "gb18030" if common >= _MOSTLY * high and all(_decodes(line, "gb18030") for line in odd) else "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeDecodeError:
        return False
    return True
