"""Which encoding a text is in, when nobody says: UTF-8, or GB18030 where that is beyond doubt."""

from __future__ import annotations

import codecs
import re
from typing import Final

from taibao_cli.errors import InputError

ENCODINGS: Final = ("auto", "utf-8", "gb18030")
"""In all of them a line feed byte is always a line feed."""

_CHARACTER: Final = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
"""The part of GB18030 that Chinese texts are written in (GB 2312)."""

_MOSTLY: Final = 0.9


def detect_encoding(head: bytes) -> str:
    """`gb18030` when fewer lines of `head` with more than ASCII are UTF-8 than not, nearly all are GB18030, and they
    look like Chinese; else `utf-8`. The last line may be cut anywhere; it counts when it is the only one."""
    *lines, last = head.split(b"\n")
    odd = [line for line in lines if not line.isascii()] or [last]
    high = sum(byte >= 0x80 for line in odd for byte in line)
    common = sum(2 * len(_CHARACTER.findall(line)) for line in odd)
    chinese = high and common >= _MOSTLY * high and _share(odd, "gb18030") >= _MOSTLY
    return "gb18030" if chinese and _share(odd, "utf-8") < 0.5 else "utf-8"


def refuse_utf16(head: bytes, name: str) -> None:
    """Refuse a text that begins with the byte order mark of UTF-16.

    Raises:
        InputError: it does.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InputError(f'{name}: is UTF-16, as some programs save "Unicode text"; save it as UTF-8')


def _share(lines: list[bytes], encoding: str) -> float:
    return sum(_decodes(line, encoding) for line in lines) / len(lines)


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeDecodeError:
        return False
    return True
