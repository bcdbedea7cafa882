"""Long use: `python -m tests.engine.soak 30` for the built-in model; its last result is in docs/bench.md."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.engine.conftest import Make
from tests.engine.soak import growth, soak

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")


def test_some_rounds_of_everything(make: Make) -> None:
    report = soak(lambda: make(width=4), seconds=600, rounds=40)
    assert (report.rounds, len(report.left)) == (40, 2)
    assert {"length", "label", "too_long"} <= set(report.ends)


@pytest.mark.slow
def test_memory_stays_flat_for_half_an_hour(make: Any) -> None:
    report = soak(lambda: make(width=4), seconds=1800)
    assert growth(report.repeated) < 1.02
    assert growth(report.left) < 1.02
