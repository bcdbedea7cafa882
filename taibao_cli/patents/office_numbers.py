"""Application and publication numbers: what office, what kind of patent, and whether the check digit is right.

Chinese application numbers have a year, a type digit and a serial number, since 1 October 2003 12 digits
(ZC 0006-2003) and 8 before, and a check digit after a point: weights 2 to 9 and again from 2, modulo 11, 10 is X.
Kind codes: WIPO ST.16; those of China ZC 0008-2012 and the earlier practice.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

PatentType = Literal["invention", "utility model", "design"]
Stage = Literal["application", "publication", "grant"]

TYPE_DIGITS: Final[Mapping[str, PatentType]] = {
    "1": "invention",
    "2": "utility model",
    "3": "design",
    "8": "invention",
    "9": "utility model",
}
"""The fifth digit (third of the old form); 8 and 9 came in by the PCT."""

_CN_KINDS: Final[Mapping[str, tuple[PatentType, Stage]]] = {
    "A": ("invention", "publication"),
    "B": ("invention", "grant"),
    "C": ("invention", "grant"),
    "U": ("utility model", "grant"),
    "Y": ("utility model", "grant"),
    "S": ("design", "grant"),
    "D": ("design", "grant"),
}
_OTHER_KINDS: Final[Mapping[str, Mapping[str, tuple[PatentType, Stage]]]] = {
    "US": {
        "A1": ("invention", "publication"),
        "A2": ("invention", "publication"),
        "A9": ("invention", "publication"),
        "A": ("invention", "grant"),
        "B1": ("invention", "grant"),
        "B2": ("invention", "grant"),
        "E": ("invention", "grant"),
        "S": ("design", "grant"),
        "S1": ("design", "grant"),
    },
    "EP": {
        **{f"A{digit}": ("invention", "publication") for digit in "123489"},
        **{f"B{digit}": ("invention", "grant") for digit in "12389"},
    },
    "WO": {f"A{digit}": ("invention", "publication") for digit in "123489"},
    "JP": {
        "A": ("invention", "publication"),
        "A5": ("invention", "publication"),
        "B1": ("invention", "grant"),
        "B2": ("invention", "grant"),
        "U": ("utility model", "grant"),
        "Y2": ("utility model", "grant"),
        "S": ("design", "grant"),
    },
    "KR": {
        "A": ("invention", "publication"),
        "B1": ("invention", "grant"),
        "U": ("utility model", "publication"),
        "Y1": ("utility model", "grant"),
        "S": ("design", "grant"),
    },
    "DE": {
        "A1": ("invention", "publication"),
        "A5": ("invention", "publication"),
        "B3": ("invention", "grant"),
        "B4": ("invention", "grant"),
        "U1": ("utility model", "grant"),
    },
    "TW": {
        "A": ("invention", "publication"),
        "B": ("invention", "grant"),
        "U": ("utility model", "grant"),
        "M": ("utility model", "grant"),
        "S": ("design", "grant"),
    },
}
_WEIGHTS: Final = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)

_CN_APPLICATION = re.compile(
    r"(?<![A-Za-z\d.])(?P<mark>ZL|CN)?\s?(?P<body>(?:19|20)\d{2}[12389]\d{7}|(?:8[5-9]|9\d|0[0-3])[12389]\d{5})"
    r"(?:\s?[.．·]\s?(?P<check>[\dX]))?(?![\dA-Za-z]|[.．]\d)"
)
_PUBLICATION = re.compile(
    r"(?<![A-Za-z\d])(?P<country>CN|US|EP|WO|JP|KR|DE|TW)[\s-]?(?P<number>\d[\d/,]{4,11}\d|[DM]\d{5,7})\s?(?P<kind>[A-EMPSUY]\d?)(?![A-Za-z\d])"
)


@dataclass(frozen=True, slots=True)
class OfficeNumber:
    """One number as it stands in a text.

    Attributes:
        kind: the kind code, empty for an application number.
        type: None where the kind code is not known.
        wanted: the check digit that a Chinese application number should have, empty for others.
        given: the check digit it has, empty where none is written.
    """

    text: str
    country: str
    stage: Stage | None
    type: PatentType | None
    span: tuple[int, int]
    kind: str = ""
    wanted: str = ""
    given: str = ""

    @property
    def sound(self) -> bool | None:
        """Whether the check digit is right; None where there is none."""
        return self.given == self.wanted if self.given and self.wanted else None


def check_digit(body: str) -> str:
    """Of a Chinese application number of 8 or 12 digits: "201710601862" has 3."""
    rest = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=False)) % 11
    return "X" if rest == 10 else str(rest)


def office_numbers(text: str) -> tuple[OfficeNumber, ...]:
    """Application and publication numbers in the order of the text.

    Digits alone count as an application number only with a check digit, or after ZL or a word such as 申请号.
    """
    plain = unicodedata.normalize("NFKC", text) if len(unicodedata.normalize("NFKC", text)) == len(text) else text
    found = [*_publications(plain)]
    taken = [number.span for number in found]
    for number in _applications(plain):
        if not any(start < number.span[1] and number.span[0] < end for start, end in taken):
            found.append(number)
    return tuple(sorted(found, key=lambda number: number.span))


def _applications(text: str) -> Iterator[OfficeNumber]:
    for match in _CN_APPLICATION.finditer(text):
        body, given = match["body"], match["check"] or ""
        named = match["mark"] == "ZL" or re.search(
            r"(?:申请号|专利号|[Aa]pplication\s+[Nn]o\.?)\D{0,6}$", text[: match.start()][-24:]
        )
        if not given and not named:
            continue
        kind = TYPE_DIGITS[body[4 if len(body) == 12 else 2]]
        yield OfficeNumber(match[0], "CN", "application", kind, match.span(), "", check_digit(body), given)


def _publications(text: str) -> Iterator[OfficeNumber]:
    for match in _PUBLICATION.finditer(text):
        country, kind = match["country"], match["kind"]
        known = _CN_KINDS.get(kind[0]) if country == "CN" else _OTHER_KINDS.get(country, {}).get(kind)
        kind_of, stage = known or (None, None)
        yield OfficeNumber(match[0], country, stage, kind_of, match.span(), kind)


_YEARS: Final[Mapping[PatentType, int]] = {"invention": 20, "utility model": 10, "design": 15}
_DESIGNS_LONGER: Final = date(2021, 6, 1)


def expiry(filed: date, kind: PatentType) -> date:
    """The day on which a Chinese patent ends: 20, 10 or 15 years from filing, designs filed before 1 June 2021 ten.

    CN Patent Law art. 42 (2020), and before 2021 art. 42 (2008). Extensions and unpaid fees are not known here.
    """
    years = 10 if kind == "design" and filed < _DESIGNS_LONGER else _YEARS[kind]
    try:
        return filed.replace(year=filed.year + years)
    except ValueError:  # 29 February
        return filed.replace(year=filed.year + years, day=28)
