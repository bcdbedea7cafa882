"""The number 1 where it is said as a value: n为1, 3:1, 1×10⁻⁹. Elsewhere "a" and "the" may stand for it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from taibao_cli.checks.amounts import loose_numbers, without_references
from taibao_cli.patents.quantities.numbers import folded

_VALUE: Final = re.compile(
    r"(?:[=:]|[为是]|等于|\b(?:is|are|equals?|equal\s+to))\s*(1)(?![.,/]?\d|\s?[A-Za-z%一-鿿])"
    r"|(?:[=:]|[为是]|等于|\b(?:is|are|equals?))\s*(?:\d\s*[,、]\s*)+(1)(?=\s*(?:[,、或]|or\b))"
    r"|(?<![A-Za-z\d.^])(1)\s*[×*·]\s*10\s*\^"
)


def ones_lost(source: str, answer: str) -> int:
    """How many values of 1 the answer lacks: at most those said as values, and only where it has fewer 1s in all."""
    ours, theirs = without_references(source), without_references(answer)
    sure = len(_VALUE.findall(folded(ours)))
    if not sure:
        return 0
    one = Fraction(1)
    return max(0, min(sure, loose_numbers(ours)[one] - loose_numbers(theirs)[one]))
