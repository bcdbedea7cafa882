from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.batch.sample import sample


@given(st.integers(0, 60), st.integers(1, 20), st.integers(0, 99))
def test_a_sample_has_its_size_keeps_the_order_and_is_the_same_again(items: int, size: int, seed: int) -> None:
    chosen = list(sample(range(items), size, seed))
    assert len(chosen) == min(items, size)
    assert chosen == sorted(set(chosen))
    assert chosen == list(sample(range(items), size, seed))


def test_each_item_has_the_same_chance() -> None:
    counts = Counter(item for seed in range(2000) for item in sample(range(10), 3, seed))
    assert all(500 < counts[item] < 700 for item in range(10))
