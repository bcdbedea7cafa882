"""Values that lost or gained a minus, and ratios the other way round: -5 °C for 5 °C, 3:1 for 1:3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from taibao_cli.checks.base import Finding, Words, finding
from taibao_cli.checks.translation.subject import Unit
from taibao_cli.patents.quantities import Quantity, quantities

_TURNED: Final = Words(
    "{lost} 在译文中成了 {new}", "{lost} became {new} in the answer", "改回 {lost}", "change it back to {lost}"
)
_SIGNED: Final = frozenset(("°C", "°F", "°", "V", "mV", "kV", "dB", "dBm", "A", "mA", "%", "K"))
"""Units of values that may well be below zero; a dash before others may begin a line or join words."""

_BELOW: Final = re.compile(r"\s*(?:below\s+(?:zero|freezing)|of\s+frost)\b", re.IGNORECASE)


def turned(unit: Unit) -> Iterator[Finding]:
    """What one paragraph or claim has the other way round."""
    ours, theirs = quantities(unit.source), quantities(unit.answer)
    yield from _minus(unit, ours, theirs)
    yield from _ratios(unit, ours, theirs)


def _minus(unit: Unit, ours: tuple[Quantity, ...], theirs: tuple[Quantity, ...]) -> Iterator[Finding]:
    """A value that each side has once, below zero on one side only."""
    source, answer = _signed(unit.source, ours), _signed(unit.answer, theirs)
    for (size, symbol), value in source.items():
        other = answer.get((size, symbol))
        if other == -value != 0:
            lost, new = (f"{each} {symbol}" for each in (value, other))
            yield finding("quantities", "FIX", _TURNED, unit.place, lost=lost, new=new)


def _signed(text: str, found: tuple[Quantity, ...]) -> dict[tuple[Fraction, str], Fraction]:
    """Values with their sign, by size and unit, where the size stands once."""
    known: dict[tuple[Fraction, str], list[Fraction]] = {}
    for each in found:
        for value in each.values if each.unit in _SIGNED and each.form in ("single", "range") else ():
            below = value > 0 and _BELOW.match(text, each.end)
            known.setdefault((abs(value), each.unit), []).append(-value if below else value)
    return {key: values[0] for key, values in known.items() if len(values) == 1}


def _ratios(unit: Unit, ours: tuple[Quantity, ...], theirs: tuple[Quantity, ...]) -> Iterator[Finding]:
    """A ratio that the answer has in another order, and not in that of the source."""
    answer = [each for each in theirs if each.form == "ratio"]
    written = {each.values for each in answer}
    ordered = {each.values for each in ours if each.form == "ratio"}
    for one in (each for each in ours if each.form == "ratio" and each.values not in written):
        same = (each for each in answer if each.values not in ordered and Counter(each.values) == Counter(one.values))
        if other := next(same, None):
            place = unit.place.at(other.start, other.end)
            yield finding("quantities", "FIX", _TURNED, place, lost=str(one), new=str(other))
