"""Chinese numerals as statutes write them, 1 to 9999."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}

NUMERAL: Final = "零〇一二三四五六七八九十百千"
"""The characters of a numeral, for the inside of a character class."""


def to_han(number: int) -> str:
    """The numeral of an article or paragraph: 12 -> 十二, 110 -> 一百一十, 1185 -> 一千一百八十五.

    Raises:
        ValueError: not 1 to 9999.
    """
    if not 1 <= number <= 9999:
        raise ValueError(f"no numeral for {number}; they run from 1 to 9999")
    text, pending_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending_zero else "") + _DIGITS[digit] + name
        pending_zero = bool(text) and not digit
    return text.removeprefix("一") if 10 <= number < 20 else text


def from_han(text: str) -> int | None:
    """The value of a numeral, 1 to 9999: 二十二, 一百一十, 一一〇, and 22 in any width; None for what is none.

    Written forms are checked: 一百五 and 十百 have no value, and no two readings are possible.
    """
    plain = unicodedata.normalize("NFKC", text).replace("〇", "零")
    if re.fullmatch(r"[0-9]{1,4}", plain):
        return int(plain) or None
    if re.fullmatch(r"[零一二三四五六七八九]{2,4}", plain):
        return int("".join(str(_DIGITS.index(character)) for character in plain)) or None
    value = _value(plain)
    if value is None or not 1 <= value <= 9999:
        return None
    full = re.sub(r"(?<=[百千])十|^十", "一十", plain)
    return value if full == re.sub(r"^十", "一十", to_han(value)) else None


def _value(text: str) -> int | None:
    total, digit = 0, 0
    for character in text:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        elif character in _DIGITS:
            digit = _DIGITS.index(character)
        else:
            return None
    return total + digit
