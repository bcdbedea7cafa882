"""The bookkeeping of the KV cache, against a plain model of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from taibao_cli.engine.llamacpp.cache import SHARE_FROM, Cache
from taibao_cli.engine.llamacpp.cells import Cells
from taibao_cli.engine.text.prefix import common


class CellsByName(RuleBasedStateMachine):
    """Every cell has a name, a sequence is the list of its cells: the number of names is what is used."""

    def __init__(self) -> None:
        super().__init__()
        self.cells = Cells()
        self.named: dict[int, list[int]] = {}
        self.next_name = 0

    @rule(sequence=st.integers(0, 4), count=st.integers(1, 9))
    def extend(self, sequence: int, count: int) -> None:
        self.cells.extend(sequence, count)
        self.named.setdefault(sequence, []).extend(range(self.next_name, self.next_name + count))
        self.next_name += count

    @precondition(lambda self: 0 < len(self.named) < 6)
    @rule(data=st.data())
    def share(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from(sorted(self.named)))
        target = data.draw(st.sampled_from([n for n in range(6) if n not in self.named]))
        count = data.draw(st.integers(1, len(self.named[source])))
        self.cells.share(source, target, count)
        self.named[target] = self.named[source][:count]

    @precondition(lambda self: self.named)
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.named)))
        count = data.draw(st.integers(0, len(self.named[sequence])))
        self.cells.keep(sequence, count)
        self.named[sequence] = self.named[sequence][:count]
        if not count:
            del self.named[sequence]

    @invariant()
    def counts_agree(self) -> None:
        assert self.cells.used == len({name for names in self.named.values() for name in names})
        assert all(self.cells.length(sequence) == len(names) for sequence, names in self.named.items())


TestCellsByName = CellsByName.TestCase
TestCellsByName.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@given(st.lists(st.integers(0, 2), max_size=40), st.lists(st.integers(0, 2), max_size=40))
def test_common_beginning(a: list[int], b: list[int]) -> None:
    expected = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    assert common(a, b) == expected


class Calls:
    """Stands for the context; remembers what was asked of it."""

    def __init__(self) -> None:
        self.made: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args: self.made.append((name, *args)) or True


def make(capacity: int = 100, sequences: int = 3, *, shares: bool = True) -> tuple[Cache, Calls]:
    calls = Calls()
    return Cache(calls, capacity=capacity, sequences=sequences, shares=shares), calls  # type: ignore[arg-type]


PROMPT = list(range(40))


def test_a_prompt_takes_what_a_running_row_holds_but_not_its_last_token() -> None:
    cache, calls = make()
    first, shared = cache.take(PROMPT, 50) or (-1, -1)
    assert shared == 0
    cache.add(first, PROMPT[:30])
    assert cache.shared(PROMPT) == 30
    second, shared = cache.take(PROMPT, 50) or (-1, -1)
    assert shared == 30
    assert calls.made == [("copy", first, second, 30)]
    cache.add(first, PROMPT[30:])
    assert cache.shared(PROMPT) == 39


def test_little_is_not_worth_sharing() -> None:
    cache, _ = make()
    first, _ = cache.take(PROMPT, 50) or (-1, -1)
    cache.add(first, PROMPT[: SHARE_FROM - 1])
    assert cache.shared(PROMPT) == 0


def test_of_a_row_that_ended_the_lent_part_stays_and_room_is_made_when_needed() -> None:
    cache, calls = make(capacity=100)
    first, _ = cache.take(PROMPT, 60) or (-1, -1)
    cache.add(first, PROMPT)
    second, _ = cache.take([*PROMPT[:20], 99], 40) or (-1, -1)
    cache.release(first, whole=False)
    assert ("remove", first, 20) in calls.made
    assert cache.shared(PROMPT) == 20
    assert cache.take(list(range(500, 540)), 61) is None, "the running row may still take 20 cells beside its 20"
    cache.release(second, whole=False)
    assert cache.take(list(range(500, 540)), 100) is not None
    assert cache.shared(PROMPT) == 0


def test_the_whole_of_the_last_row_stays_for_the_next_turn() -> None:
    cache, _ = make()
    first, _ = cache.take(PROMPT, 60) or (-1, -1)
    cache.add(first, [*PROMPT, 70, 71])
    cache.release(first, whole=True)
    assert cache.shared([*PROMPT, 70, 71, 72, 73]) == 42


def test_what_was_used_longest_ago_is_given_up_first() -> None:
    cache, _ = make(capacity=1000, sequences=3)
    prompts = [[number] * 30 for number in range(3)]
    for prompt in prompts:
        sequence, _ = cache.take(prompt, 40) or (-1, -1)
        cache.add(sequence, prompt)
        cache.release(sequence, whole=True)
    again, shared = cache.take([0] * 30, 40) or (-1, -1)
    assert shared == 29
    assert [cache.shared([*prompt, 9]) for prompt in prompts] == [30, 0, 30]
    cache.release(again, whole=False)


def test_models_whose_state_cannot_be_split_share_nothing() -> None:
    cache, _ = make(shares=False)
    first, _ = cache.take(PROMPT, 50) or (-1, -1)
    cache.add(first, PROMPT)
    assert cache.shared(PROMPT) == 0
    cache.release(first, whole=True)
    assert cache.take(PROMPT, 100) is not None


@pytest.mark.parametrize("size", [101, 1000])
def test_a_row_over_the_capacity_never_gets_a_place(size: int) -> None:
    cache, _ = make(capacity=100)
    assert cache.take(PROMPT, size) is None
