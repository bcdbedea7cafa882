"""Stretches of a text whose digits stand for themselves: formulas, symbols, sequence numbers, dates, labels."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["formula", "sequence", "paragraph", "publication", "standard", "date", "version", "label", "symbol"]

_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
)
_LABELLED: Final = (
    r"(?:步骤|实施例|对比例|比较例|试验例|制备例|实验例|表|公式|方程式?|式|条件|方案|化合物|编号|型号|阶段|条款|第)"
)
_EN_LABELLED: Final = (
    r"(?:steps?|embodiments?|examples?|comparative\s+examples?|tables?|formulae?|formulas|equations?|eqs?\.|conditions?"
    r"|compounds?|schemes?|phases?|nos?\.|numbers?|types?|groups?|articles?|rules?|parts?\s+no\.?)"
)
FORMULA: Final = re.compile(
    r"\$\$.{1,800}?\$\$|\\\(.{1,800}?\\\)|\\\[.{1,800}?\\\]|<math\b.{1,1500}?</math>"
    r"|\$(?=[^\s\d])[^$\n]{1,300}?(?<=\S)\$(?!\d)",
    re.DOTALL,
)
"""In TeX or MathML."""

_PATTERNS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("formula", FORMULA),
    (
        "sequence",
        re.compile(r"SEQ\.?\s*ID\.?\s*NOS?\s*[.:：]?\s*\d+(?:\s*(?:[-–~～,，、]|to|and|至|和)\s*\d+)*", re.IGNORECASE),
    ),
    ("paragraph", re.compile(r"[\[【]\d{4,5}[\]】]")),
    ("version", re.compile(r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.]*\d)")),
    (
        "publication",
        re.compile(
            r"(?<![A-Za-z])(?:(?:CN|US|EP|JP|KR|DE|GB|FR|TW)[\s-]?\d[\d/,]{5,}(?:\.[\dX])?(?:\s?[A-Z]\d?(?![A-Za-z\d]))?"
            r"|WO[\s-]?\d{2,4}/?\d{5,6}(?:\s?A\d)?|PCT/[A-Z]{2}\d{4}/\d{5,6}|ZL\s?\d{8,12}(?:\.[\dX])?)"
        ),
    ),
    (
        "standard",
        re.compile(
            r"(?<![A-Za-z])(?:GB|ISO|IEC|IEEE|ASTM|DIN|JIS|EN|HG|YB|YY|QB|JB|DL|NB|SAE|IPC)(?:/[TZ])?[\s-]?[A-Z]?\d[\d.]*(?:-\d+)*"
        ),
    ),
    (
        "date",
        re.compile(
            r"(?<!\d)(?:1[89]|20)\d{2}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?)?|(?<!\d)\d{1,2}\s*月\s*\d{1,2}\s*日"
            r"|(?<![\d-])(?:1[89]|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.]\d{1,2}(?![\d-])"
            rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,\s*\d{{4}}|\b\d{{1,2}}\s+{_MONTH}\s+\d{{4}}|\b{_MONTH}\s+(?:1[89]|20)\d{{2}}"
        ),
    ),
    (
        "symbol",
        re.compile(
            r"(?<![A-Za-z\dα-ωΑ-Ω_])[A-Za-zα-ωΑ-Ω]{1,6}[-_]?[\d₀-₉][A-Za-z\d₀-₉_]*(?:\.\d+[A-Za-z][A-Za-z\d]*)*"
            r"(?:[-–~～][A-Za-z]?\d{1,3}(?![\d.%℃°A-Za-z]))?"
        ),
    ),
    (
        "label",
        re.compile(
            rf"{_LABELLED}\s*[(（]?\d{{1,3}}(?![\d.]*\d|\s*(?:[%℃°份]|[nμmck]?(?:g|L|m|mol)(?![A-Za-z])))[a-zA-Z]?[)）]?(?:\s*[-–~～至到]\s*[(（]?\d{{1,3}}[)）]?)?"
            rf"|\b{_EN_LABELLED}\s*[(（]?\d{{1,3}}[a-zA-Z]?(?![\d.]*\d|\s*[%°])[)）]?(?:\s*(?:[-–~～]|to|and)\s*[(（]?\d{{1,3}}[)）]?)?"
            r"|\b\d{1,3}(?:st|nd|rd|th)\b|\b\d[DG]\b|\b[24]K(?![A-Za-z\d])",
            re.IGNORECASE,
        ),
    ),
)
"""In the order of precedence."""

_WORD = re.compile(r"[a-z]{3,}[-_]?[A-Z]?\d")
_MEASURED = re.compile(r"[\d)）/·⋅]\s?$|平方|立方$")
_POWERED = re.compile(r"(?:[nμmcdk]?m|s|L)\^?[23]")

_KEPT: Final = 64
"""Texts whose reading is remembered: several checks read the same ones."""

GAP: Final = "\0"
"""What stands for a protected character in a text that is read further."""


@dataclass(frozen=True, slots=True)
class Span:
    """A protected stretch of a text."""

    kind: Kind
    start: int
    end: int
    text: str


@functools.lru_cache(maxsize=_KEPT)
def protected(text: str) -> tuple[Span, ...]:
    """Protected stretches, in order, none over another.

    A symbol is a word of letters and digits that begins with a letter: CO2, LiFePO4, S101, R1. A label is a number that
    counts parts of the text: 步骤3, "step 3", 第2, "Example 4".
    """
    taken = bytearray(len(text))
    found: list[Span] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]) or (kind == "symbol" and not _is_symbol(text, match)):
                continue
            taken[start:end] = b"\1" * (end - start)
            found.append(Span(kind, start, end, match[0]))
    return tuple(sorted(found, key=lambda span: span.start))


def without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """The text with gaps for these places; offsets stay."""
    chars = list(text)
    for start, end in places:
        chars[start:end] = GAP * (end - start)
    return "".join(chars)


def _is_symbol(text: str, match: re.Match[str]) -> bool:
    """Not "claim1" or "fig2" written without a space, and not the unit m3 of a measure."""
    if _WORD.match(match[0]):
        return False
    return not (_POWERED.fullmatch(match[0]) and _MEASURED.search(text, max(0, match.start() - 3), match.start()))
