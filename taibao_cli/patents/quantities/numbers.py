"""Numbers of Chinese and English text as exact values: digits, 万 and million, fractions, powers of ten, words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

_FOLD: Final[dict[int, str]] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "！，：；？（）"},
    0x2212: "-",
    0x00B5: "μ",
    0x2103: "℃",
}
_SUPERSCRIPT: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_FRACTIONS: Final = {char: Fraction(unicodedata.numeric(char)).limit_denominator(10) for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}

_GROUPED = r"(?<![(,])\d{1,3}(?:[,\u00a0\u2009\u202f]\d{3})+(?![\d,])"
_DIGITS = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:(?P<number>{_GROUPED}(?:\.\d+)?(?!\.?\d)|\d{{1,40}}(?:\.\d{{1,40}})?(?!\.?\d))"
    rf"|(?P<point>(?<![\w.)\]])\.\d{{1,40}}(?!\.?\d)))|(?P<sign>[{''.join(_FRACTIONS)}])",
    re.ASCII,
)
_OVER = re.compile(r"\s?/\s?(\d{1,3})(?![\d./])(?!\s?/)", re.ASCII)
_POWER = re.compile(
    rf"\s*[×xX*·]\s*10(?:\^\{{?([-+]?\d{{1,2}})\}}?|([{_SUPERSCRIPT}]{{1,3}}))|(?:\^\{{?([-+]?\d{{1,2}})\}}?|([{_SUPERSCRIPT}]{{1,3}}))"
)
_TIMES: Final[dict[str, int]] = {
    "万亿": 10**12,
    "十亿": 10**9,
    "千万": 10**7,
    "百万": 10**6,
    "亿": 10**8,
    "万": 10**4,
    "trillion": 10**12,
    "billion": 10**9,
    "million": 10**6,
    "thousand": 10**3,
}
_MULTIPLE = re.compile(rf"\s*(?:({'|'.join(list(_TIMES)[:6])})|(trillion|billion|million|thousand)\b)", re.IGNORECASE)

_ZH_DIGIT: Final = {char: at for at, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ZH_PLACE: Final = {"十": 10, "百": 100, "千": 1000}
_ZH_BIG: Final = {"万": 10**4, "亿": 10**8}
_ZH_WORD = r"[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?"
_ZH_COUNTED = (
    r"个|只|根|条|块|片|层|排|列|组|套|对|台|支|把|张|颗|粒|级(?!管)|段|道|圈|枚|件|种|路|次(?![样曲方函元谐])|倍"
    r"|分钟|小时|秒|天|年|个月|毫米|厘米|微米|纳米|米|毫克|克|公斤|吨|毫升|升(?!降)|度|份|位(?![置移])"
)
_ZH_NUMBER = re.compile(
    rf"(?P<fraction>(?P<below>{_ZH_WORD})分之(?P<above>{_ZH_WORD}))"
    rf"|(?<=[百千]分之)(?P<percent>{_ZH_WORD})"
    rf"|(?<![第数几多上成\d零〇一二两三四五六七八九十百千万亿分半])(?P<count>{_ZH_WORD})(?=(?:{_ZH_COUNTED}))"
)
_ZH_HUNDREDS = ("百", "千", "万", "亿")

_EN_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_EN_ROUND: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_EN_SMALL: Final = {word: at for at, word in enumerate(_EN_UNITS.split())}
_EN_TENS: Final = {word: 10 * at for at, word in enumerate(_EN_ROUND.split(), 2)}
_EN_PARTS: Final = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_EN_ANY = "|".join(sorted([*_EN_SMALL, *_EN_TENS], key=len, reverse=True))
_EN_NUMBER = re.compile(
    rf"\b(?:(?P<above>{_EN_ANY})[-\s](?P<below>{'|'.join(_EN_PARTS)})s?"
    rf"|(?P<count>(?:{_EN_ANY})(?:(?:-|\s+(?:and\s+)?)(?:{_EN_ANY}|hundred|thousand|million))*))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A value and where it stands; `words` tells 三 and "three" from 3."""

    value: Fraction
    start: int
    end: int
    words: bool = False


def folded(text: str) -> str:
    """Full-width digits, letters and signs as ASCII, one character for one, so that offsets stay."""
    return text.translate(_FOLD)


def numbers(text: str) -> tuple[Number, ...]:
    """Numbers in the order of the text; the sign before one is not part of it.

    Read are 1,000 and 1.5, 10万, "1.5 million", 1/2, ½, 2×10^5, 三分之二, "two thirds", 三个 and "three". Chinese words
    count only before a measure word or after 百分之, and never 一; neither does "one" alone. Dotted numbers (1.2.3) are
    none.
    """
    seen = folded(text)
    found = [*_in_digits(seen), *_in_chinese(seen), *_in_english(seen)]
    return tuple(sorted(found, key=lambda number: number.start))


def _in_digits(text: str) -> Iterator[Number]:
    end = -1
    for match in _DIGITS.finditer(text):
        if match.start() < end:
            continue
        if match["sign"]:
            yield Number(_FRACTIONS[match["sign"]], *match.span())
            continue
        value, end = Fraction(re.sub(r"[^\d.]", "", match[0])), match.end()
        if over := _OVER.match(text, end):
            if value.denominator == 1 and int(over[1]) and text[match.start() - 1 : match.start()] != "/":
                value, end = value / int(over[1]), over.end()
        elif power := _POWER.match(text, end):
            value, end = _raised(value, power), power.end()
        if times := _MULTIPLE.match(text, end):
            value, end = value * _TIMES[times[0].strip().lower()], times.end()
        yield Number(value, match.start(), end)


def _raised(value: Fraction, power: re.Match[str]) -> Fraction:
    """1.5 × 10^5, or 10^5 where no factor stands before; other bases (m^2) are left as they are."""
    factor, raised = power[1] or power[2], power[3] or power[4]
    if factor:
        return value * Fraction(10) ** _exponent(factor)
    return Fraction(10) ** _exponent(raised) if value == 10 else value


def _exponent(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    return int(plain) if re.fullmatch(r"[-+]?\d+", plain) else 0


def _in_chinese(text: str) -> Iterator[Number]:
    for match in _ZH_NUMBER.finditer(text):
        if match["fraction"]:
            below, above = zh_value(match["below"]), zh_value(match["above"])
            if match["below"] not in _ZH_HUNDREDS and below and above is not None:
                yield Number(above / below, *match.span(), words=True)
            elif above is not None:
                yield Number(above, *match.span("above"), words=True)
            continue
        word = match["percent"] or match["count"]
        value = zh_value(word)
        if value is not None and (match["percent"] or (value > 1 and word not in _ZH_HUNDREDS)):
            yield Number(value, *match.span(), words=True)


def zh_value(word: str) -> Fraction | None:
    """The value of 二百五十, 三万, 零点五; None for what is no number (二三, 十百)."""
    whole, _, part = word.partition("点")
    total = section = digit = 0
    last: str | None = None
    for char in whole:
        if char in _ZH_DIGIT:
            if last in _ZH_DIGIT and last not in ("零", "〇"):
                return None
            digit = _ZH_DIGIT[char]
        elif char in _ZH_PLACE:
            if last is not None and last in _ZH_PLACE:
                return None
            section += (digit or 1) * _ZH_PLACE[char]
            digit = 0
        else:
            before = section + digit or (0 if total else 1)
            total = (total + before) * _ZH_BIG[char] if char == "亿" else total + before * _ZH_BIG[char]
            section = digit = 0
        last = char
    value = Fraction(total + section + digit)
    if part:
        value += Fraction(int("".join(str(_ZH_DIGIT[char]) for char in part)), 10 ** len(part))
    return value


def _in_english(text: str) -> Iterator[Number]:
    for match in _EN_NUMBER.finditer(text):
        if match["below"]:
            above = _en_value(match["above"])
            yield Number(above / _EN_PARTS[match["below"].lower()], *match.span(), words=True)
        else:
            value = _en_value(match["count"])
            if value > 1:
                yield Number(value, *match.span(), words=True)


def _en_value(words: str) -> Fraction:
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "hundred":
            current = (current or 1) * 100
        elif word in ("thousand", "million"):
            total, current = total + (current or 1) * _TIMES[word], 0
        elif word != "and":
            current += _EN_SMALL.get(word, 0) + _EN_TENS.get(word, 0)
    return Fraction(total + current)
