"""From probabilities over the scheme to an answer of the task `ipc`.

The model scores symbols level by level: a symbol's probability is that of its section, times that of its class within
the section, times that of its subclass within the class. So the probability of a class is the sum over its subclasses,
and an answer that is unsure of the subclass can go back to the class, or to the section, without asking again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from taibao_cli.engine.base import LabelScore
from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import LEVELS, Level
from taibao_cli.patents.language import Lang

KEPT: Final = 10
"""Symbols that stay in a row, best first; probabilities are still over the whole level."""

SURE: Final = 0.5
"""From this probability on a symbol is answered; below it the one above. docs/tasks.md has what that brings."""

BELOW: Final = 3
"""Symbols of the next level that an answer names when it went back to the level above."""

_DIGITS: Final = 4

LabelRow = dict[str, Any]
Shares = Mapping[str, float]


def ipc_labels(scores: Sequence[LabelScore], level: str, lang: Lang, sure: float = SURE) -> list[LabelRow]:
    """The best symbols of the level asked, or, when none was, of the deepest level whose best one is sure enough; the
    first one then says in `below` what may stand under it."""
    if level:
        return _rows({score.label: score.p for score in scores}, lang)
    by_level = _by_level(scores)
    at = next((each for each in reversed(LEVELS) if max(by_level[each].values()) >= sure), LEVELS[0])
    labels = _rows(by_level[at], lang)
    if at == LEVELS[-1]:
        return labels
    deeper = by_level[LEVELS[LEVELS.index(at) + 1]]
    under = {symbol: p for symbol, p in deeper.items() if symbol.startswith(labels[0]["label"])}
    return [
        {**labels[0], "below": [_row(symbol, under[symbol], lang) for symbol in _ranked(under)[:BELOW]]},
        *labels[1:],
    ]


def _by_level(scores: Sequence[LabelScore]) -> Mapping[Level, Shares]:
    """The probabilities of subclasses, and those of classes and sections as their sums."""
    shares: dict[Level, dict[str, float]] = {level: {} for level in LEVELS}
    for score in scores:
        parsed = ipc.parse(score.label)
        for level, own in shares.items():
            if (symbol := parsed.at(level)) is not None:
                own[symbol] = own.get(symbol, 0.0) + score.p
    return shares


def _rows(shares: Shares, lang: Lang) -> list[LabelRow]:
    return [_row(symbol, shares[symbol], lang) for symbol in _ranked(shares)[:KEPT]]


def _ranked(shares: Shares) -> list[str]:
    return sorted(shares, key=lambda symbol: -shares[symbol])


def _row(symbol: str, p: float, lang: Lang) -> LabelRow:
    steps = ipc.path(symbol)
    known = steps[-1]
    return {
        "label": symbol,
        "p": round(p, _DIGITS),
        "title": known.zh if lang == "zh" else known.en,
        "path": [step.symbol for step in steps],
        "edition": known.zh_edition if lang == "zh" else known.en_edition,
    }
