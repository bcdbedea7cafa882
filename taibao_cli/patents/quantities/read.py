"""Quantities of a text: values with unit, ranges, tolerances, ratios and bounds, in one form for both languages."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from taibao_cli.patents.claims.references import references
from taibao_cli.patents.figures import figures
from taibao_cli.patents.language import Lang
from taibao_cli.patents.numerals import markers, numerals
from taibao_cli.patents.protected import protected, without
from taibao_cli.patents.quantities.numbers import Number, folded, numbers
from taibao_cli.patents.quantities.units import unit_at

Form = Literal["single", "range", "tolerance", "ratio", "product"]
Bound = Literal["", "<", "<=", ">", ">=", "~"]

_RANGE = re.compile(r"\s*(?:[-–—~～]+|至|到|\bto\b|\.{2,3}|…+)\s*")
_BETWEEN = re.compile(r"\s*(?:和|与|以及|\band\b)\s*")
_TOLERANCE = re.compile(r"\s*(?:±|\+/-|\+-)\s*")
_RATIO = re.compile(r"\s*[:：∶]\s*|\s*比\s*")
_PRODUCT = re.compile(r"\s*[×xX*]\s*")
_LINKS: Final[tuple[tuple[Form, re.Pattern[str]], ...]] = (
    ("tolerance", _TOLERANCE),
    ("range", _RANGE),
    ("ratio", _RATIO),
    ("product", _PRODUCT),
)
_MINUS = re.compile(r"(?:(?<![A-Za-z\d)）\]%℃°])-|零下|负|(?i:\bminus\s))\s?$")
_LIMITS: Final[tuple[tuple[Bound, str], ...]] = (
    (
        "<=",
        r"≤|≦|⩽|<=|小于(?:或者?)?等于|不大于|不超过|不多于|不高于|不长于|(?:至多|最多)为?|最大为"
        r"|(?:less|lower|smaller) than or equal to|equal to or (?:less|lower|smaller) than"
        r"|not? (?:more|greater|higher|larger|longer) than|not exceed(?:ing)?|at most|a maximum of",
    ),
    (
        ">=",
        r"≥|≧|⩾|>=|大于(?:或者?)?等于|不小于|不少于|不低于|不短于|至少为?|最少|最小为"
        r"|(?:greater|more|higher|larger) than or equal to|equal to or (?:greater|more|higher|larger) than"
        r"|not? (?:less|lower|smaller|fewer|shorter) than|at least|a minimum of",
    ),
    ("<", r"[<＜]|小于|低于|少于|不足|不到|短于|(?:less|lower|smaller|fewer|shorter) than|below|under"),
    (">", r"[>＞]|大于|高于|超过|多于|长于|(?:greater|more|higher|larger|longer) than|above|over|exceed(?:ing|s)?"),
    ("~", r"约为|大约为?|约|近似为?|≈|[~～]|about|approximately|around|roughly|ca\.|substantially"),
)
_BEFORE: Final = tuple((bound, re.compile(rf"(?:{words})\s*$", re.IGNORECASE)) for bound, words in _LIMITS)
_AFTER: Final[tuple[tuple[Bound, re.Pattern[str]], ...]] = (
    (">=", re.compile(r"\s*(?:[或及]?以上|or (?:more|above|greater|higher|over|larger|longer)\b)", re.IGNORECASE)),
    ("<=", re.compile(r"\s*(?:[或及]?以下|以内|之内|or (?:less|below|lower|fewer|smaller|shorter)\b)", re.IGNORECASE)),
    ("~", re.compile(r"\s*(?:左右|上下)")),
)
_LINKAGE = re.compile(r"-(?:bar|part)\b")
"""After a number in words: a four-bar linkage, a two-part housing."""

_LOOK_BACK: Final = 40
_LANGS: Final[tuple[Lang, ...]] = ("zh", "en")


_ANY_LIMIT = re.compile(
    "|".join(
        f"(?P<{'upper' if bound.startswith('<') else 'lower'}{at}>{words})"
        for at, (bound, words) in enumerate((*_LIMITS[:4], *((bound, each.pattern) for bound, each in _AFTER[:2])))
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity.

    Attributes:
        values: one; the two ends of a range; value and tolerance; the members of a ratio or product (100×50×20 mm).
        unit: canonical ("mm", "%", "°C", "kg/m³"), empty for a count or when it is not known.
        bound: what the words around say: at most, at least, about.
        words: written in words (三个, "three").
    """

    values: tuple[Fraction, ...]
    form: Form
    unit: str
    bound: Bound
    start: int
    end: int
    words: bool = False

    def __str__(self) -> str:
        """Canonical form: "<=5 %", "10..20 mm", "100±5 °C", "1:2", "~3"."""
        sign = {"single": "", "range": "..", "tolerance": "±", "ratio": ":", "product": "×"}[self.form]
        return self.bound + sign.join(map(plain, self.values)) + (f" {self.unit}" if self.unit else "")


def limits(text: str) -> tuple[int, int]:
    """How many words for an upper limit the text has, and how many for a lower one, wherever they stand."""
    found = [(match.lastgroup or "")[:5] for match in _ANY_LIMIT.finditer(folded(text))]
    return found.count("upper"), found.count("lower")


def plain(value: Fraction) -> str:
    """A value without rounding: 1.5, 100000, 1/3."""
    rest = value.denominator
    places = 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        places = max(places, power)
    if rest != 1:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if value < 0 else text


@functools.lru_cache(maxsize=64)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Quantities in the order of the text, with their places.

    Claim and figure numbers, reference numerals, list marks, labels (步骤3, "Example 4"), dates, symbols (CO2) and
    formulas are none.
    """
    seen = without(folded(text), _others(text))
    parts: list[_Measured] = []
    for number in numbers(seen):
        if not parts or number.start >= parts[-1].end:  # the 3 of m3 is no number of its own
            parts.append(_measured(seen, number))
    found: list[Quantity] = []
    at = 0
    while at < len(parts):
        count, form = _joined(seen, parts, at)
        found.append(_quantity(seen, parts[at : at + count], form))
        at += count
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A number with its sign and the unit after it."""

    value: Fraction
    start: int
    end: int
    unit: str
    words: bool


def _others(text: str) -> list[tuple[int, int]]:
    """Places of numbers that are no quantities."""
    spans = [(span.start, span.end) for span in protected(text)]
    spans += [(found.start, found.end) for found in figures(text)]
    spans += [(found.start, found.end) for lang in _LANGS for found in references(text, lang)]
    spans += [(found.start, found.end) for found in numerals(text)]
    return spans + list(markers(text))


def _measured(text: str, number: Number) -> _Measured:
    before = text[max(0, number.start - 8) : number.start]
    minus = _MINUS.search(before)
    value = -number.value if minus else number.value
    start = number.start - (len(before) - minus.start() if minus else 0)
    if before.endswith("百分之"):
        return _Measured(value, number.start - 3, number.end, "%", number.words)
    if before.endswith("千分之"):
        return _Measured(value, number.start - 3, number.end, "‰", number.words)
    unit = None if number.words and _LINKAGE.match(text, number.end) else unit_at(text, number.end)
    if unit is None:
        return _Measured(value, start, number.end, "", number.words)
    symbol = "°C" if unit[0] == "°" and before.endswith("摄氏") else unit[0]
    return _Measured(value, start, unit[1], symbol, number.words)


def _joined(text: str, parts: Sequence[_Measured], at: int) -> tuple[int, Form]:
    """How many numbers from this one on make one quantity, and how."""
    if at + 1 < len(parts):
        for form, link in _LINKS:
            if not link.fullmatch(text, parts[at].end, parts[at + 1].start):
                continue
            if form in ("range", "tolerance"):
                return (2, form) if _fit(parts[at], parts[at + 1]) else (1, "single")
            count = 2
            while at + count < len(parts) and link.fullmatch(text, parts[at + count - 1].end, parts[at + count].start):
                count += 1
            return count, form
        if _BETWEEN.fullmatch(text, parts[at].end, parts[at + 1].start) and _is_between(text, parts[at], parts[at + 1]):
            return 2, "range"
    return 1, "single"


def _fit(first: _Measured, second: _Measured) -> bool:
    return not first.unit or not second.unit or first.unit == second.unit or {first.unit, second.unit} == {"°", "°C"}


def _is_between(text: str, first: _Measured, second: _Measured) -> bool:
    if not _fit(first, second):
        return False
    before = text[max(0, first.start - 12) : first.start].lower().rstrip()
    return before.endswith("between") or text.startswith("之间", second.end) or text.startswith(" 之间", second.end)


def _quantity(text: str, parts: Sequence[_Measured], form: Form) -> Quantity:
    unit = next((part.unit for part in reversed(parts) if part.unit), "")
    values = tuple(part.value for part in parts)
    if form == "tolerance":
        values = (values[0], abs(values[1]))
    if form == "range" and parts[0].start < parts[1].start and values[1] < 0 <= values[0]:
        values = (values[0], abs(values[1]))
    start, end = parts[0].start, parts[-1].end
    return Quantity(values, form, unit, _bound(text, start, end), start, end, any(part.words for part in parts))


def _bound(text: str, start: int, end: int) -> Bound:
    before = text[max(0, start - _LOOK_BACK) : start].rstrip("± ")
    for bound, pattern in _BEFORE:
        if pattern.search(before):
            return bound
    return next((bound for bound, pattern in _AFTER if pattern.match(text, end)), "")
