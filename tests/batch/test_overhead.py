"""Memory does not grow with the number of rows, and a row costs little beside the engine."""

from __future__ import annotations

import pytest

from tests.batch.overhead import apart


def test_ten_times_as_many_rows_take_the_same_memory() -> None:
    few, many = apart(1000), apart(10_000)
    assert many["peak_mb"] - few["peak_mb"] < 16


@pytest.mark.slow
def test_a_million_rows() -> None:
    """On a machine that does nothing else."""
    small, middle, large = apart(10_000), apart(100_000), apart(1_000_000)
    assert large["peak_mb"] - small["peak_mb"] < 64
    assert max(one["us"] for one in (small, middle, large)) < 150
    assert large["seconds"] < 300
    assert large["us"] < 1.3 * middle["us"], "linear"
