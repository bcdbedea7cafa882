"""Whether a text has a number in words: "second", "double", "March", 二, 双."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from taibao_cli.patents.language import Lang, other

_EN: Final[dict[Fraction, str]] = {
    Fraction(2): r"two|twice|double\w*|dual\w*|second(?:ly)?|both|pairs?|bi\w+|twin|couple|either|February|Feb|II",
    Fraction(3): r"three\w*|thrice|triple\w*|tri\w+|third(?:ly)?|March|Mar|III",
    Fraction(4): r"four\w*|quad\w*|tetra\w*|April|Apr|IV",
    Fraction(5): r"five\w*|fifth\w*|penta\w*|May|V",
    Fraction(6): r"six|sixth\w*|hexa\w*|June|Jun|VI",
    Fraction(7): r"seven|seventh\w*|hepta\w*|July|Jul|VII",
    Fraction(8): r"eight|eighth\w*|octa\w*|August|Aug|VIII",
    Fraction(9): r"nine|ninth\w*|September|Sept?|IX",
    Fraction(10): r"ten|tenth\w*|deca\w*|October|Oct|X",
    Fraction(11): r"eleven\w*|November|Nov|XI",
    Fraction(12): r"twelve|twelfth\w*|dozen|December|Dec|XII",
    Fraction(50): r"fifty|half",
    Fraction(90): r"ninety|right[\s-]angles?|perpendicular\w*|vertical\w*",
    Fraction(100): r"hundred\w*",
    Fraction(1, 2): r"half|halves|halved",
    Fraction(1, 3): r"one[\s-]third|a\s+third",
    Fraction(1, 4): r"quarters?|one[\s-]fourth",
    Fraction(3, 4): r"three[\s-](?:quarters?|fourths?)",
}
_ZH: Final[dict[Fraction, str]] = {
    Fraction(2): r"[二两双俩Ⅱ]|一对",
    Fraction(3): r"[三Ⅲ]",
    Fraction(90): r"直角|九十|垂直",
    Fraction(50): r"半|五十",
    Fraction(1, 2): r"半|二分之一",
    Fraction(1000): r"千",
    Fraction(100): r"百",
}
_ZH_DIGITS: Final = "零一二三四五六七八九"


_RIGHT_ANGLE: Final = Fraction(90)
_UPRIGHT: Final[dict[Lang, str]] = {
    "zh": "直角|九十|[垂竖]直|竖向|正交",
    "en": rf"\b(?:{_EN[_RIGHT_ANGLE]}|upright|orthogonal\w*)\b",
}


def mentioned(value: Fraction, text: str, lang: Lang, source: str = "") -> bool:
    """Whether words of the text may stand for the value, which is not 1. Generous: what may be meant counts.

    "Vertical" stands for 90 degrees only where the text has more such words than the `source` that it renders.
    """
    if value == _RIGHT_ANGLE and source:
        said, meant = (
            len(re.findall(_UPRIGHT[own], each, re.IGNORECASE)) for own, each in ((lang, text), (other(lang), source))
        )
        return said > meant
    if lang == "en":
        words = _EN.get(value)
        ordinal = value.denominator == 1 and rf"\b{value.numerator}(?:st|nd|rd|th)\b"
        return any(words and re.search(rf"\b(?:{words})\b", text, re.IGNORECASE) for words in (words, ordinal))
    pattern = _ZH.get(value) or _chinese(value)
    return bool(pattern and re.search(pattern, text))


def _chinese(value: Fraction) -> str | None:
    """四, 十二, 三十: whole numbers below a hundred in Chinese numerals."""
    if value.denominator != 1 or not 0 < value < 100:
        return None
    tens, ones = divmod(int(value), 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_ZH_DIGITS[tens]}十"
    return head + (_ZH_DIGITS[ones] if ones else "")
