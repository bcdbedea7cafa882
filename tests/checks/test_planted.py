"""Whole claim sets with a translator's rendering: nothing proved wrong, and planted defects are found."""

from __future__ import annotations

from functools import cache

import pytest

from taibao_cli.checks.base import State, worst
from taibao_cli.checks.registry import check_translation
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.language import Lang
from tests.checks.planting import KINDS, Kind, Pair, caught, pairs

WAYS: tuple[Lang, ...] = ("en", "zh")
FEWEST = 30
LEAVES = {"clause_left_out": 0.06}
"""The part of a kind that may be missed, else a fiftieth; docs/checks.md says why."""


@cache
def read(to: Lang) -> tuple[Pair, ...]:
    return tuple(pairs(to))


def states(to: Lang) -> dict[str, State]:
    return {
        pair.name: worst(check_translation(Translation.of(pair.source, pair.answer, to, pair.terms)))
        for pair in read(to)
    }


@pytest.mark.parametrize("to", WAYS)
def test_a_faithful_translation_is_never_called_wrong(to: Lang) -> None:
    found = states(to)
    assert len(found) >= FEWEST
    assert [name for name, state in found.items() if state == "FIX"] == []
    assert sum(state == "REVIEW" for state in found.values()) <= 0.15 * len(found)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_planted_defects_are_found(kind: Kind) -> None:
    missed: list[str] = []
    count = 0
    for to in WAYS:
        for at, pair in enumerate(read(to)):
            planted = list(kind(pair))
            if not planted or at % 2 == (to == "zh"):
                continue
            answer = planted[at % len(planted)]
            count += 1
            missed += [] if caught(pair, answer) else [f"{pair.name} {to} {at % len(planted)}"]
    assert count
    assert len(missed) <= max(1, LEAVES.get(kind.__name__, 0.02) * count), missed
