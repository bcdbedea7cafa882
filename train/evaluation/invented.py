"""Measured values that an answer has and its source has not: what a model made up."""

from __future__ import annotations

from taibao_cli.patents.quantities import numbers, quantities


def invented(answer: str, source: str) -> list[str]:
    """Quantities of the answer with a unit, or with a fraction, whose value stands nowhere in the source.

    Counts, claim numbers and reference numerals have no unit and are left alone; that a value is right but bears
    another unit is a matter of the checks.
    """
    known = {number.value for number in numbers(source)}
    known |= {value for quantity in quantities(source) for value in quantity.values}
    return [
        str(quantity)
        for quantity in quantities(answer)
        if (quantity.unit or any(value.denominator != 1 for value in quantity.values))
        and not set(quantity.values) <= known
    ]
