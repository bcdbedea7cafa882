"""Numbers of a text that mean amounts: no numerals, no references, no marks, no parts of symbols."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import Final

from taibao_cli.patents.claims.references import references
from taibao_cli.patents.figures import figures
from taibao_cli.patents.language import Lang
from taibao_cli.patents.numerals import Numeral, markers, numerals
from taibao_cli.patents.protected import Kind, protected, without
from taibao_cli.patents.quantities import numbers
from taibao_cli.patents.quantities.numbers import folded

_HIDDEN: Final[frozenset[Kind]] = frozenset(
    ("formula", "sequence", "paragraph", "symbol", "publication", "standard", "version")
)
_LANGS: Final[tuple[Lang, ...]] = ("zh", "en")
_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))", re.ASCII)
_DIGITS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)


def bracketed(text: str) -> list[Numeral]:
    return [numeral for numeral in numerals(text) if numeral.bracketed]


def amounts(text: str) -> Counter[Fraction]:
    """Numbers in digits that are no numerals, no references to claims or figures, no marks and no part of a symbol."""
    hidden = [(span.start, span.end) for span in protected(text) if span.kind in _HIDDEN]
    hidden += [(found.start, found.end) for found in figures(text)] + list(markers(text))
    hidden += [(found.start, found.end) for lang in _LANGS for found in references(text, lang)]
    hidden += [(numeral.start, numeral.end) for numeral in bracketed(text)]
    seen = folded(without(text, hidden))
    found = (number for number in numbers(seen) if not number.words)
    return Counter(number.value for number in found if not _glued(seen, number.start))


def _glued(text: str, start: int) -> bool:
    """The 3 of m3."""
    return start > 0 and text[start - 1].isalpha() and text[start - 1].isascii()


def without_references(text: str) -> str:
    """The text with gaps for references to claims: the 2 of "claim 2" is no amount."""
    return without(text, [(found.start, found.end) for lang in _LANGS for found in references(text, lang)])


def any_form(text: str, loose: Counter[Fraction]) -> frozenset[Fraction]:
    """Values that stand in the text in digits, wherever, or in number words."""
    return frozenset((*loose, *(number.value for number in numbers(text))))


def loose_numbers(text: str) -> Counter[Fraction]:
    """Every run of digits as a number, wherever it stands."""
    return Counter(Fraction(digits) for digits in _DIGITS.findall(_GROUPS.sub("", folded(text))) if len(digits) <= 40)
