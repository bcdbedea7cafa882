"""The bookkeeping of a split KV cache, against what a context would hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from taibao_cli.engine.llamacpp.cache import SHARE_FROM
from taibao_cli.engine.llamacpp.slots import Slots

COUNT = 4
BEGINNINGS = [[7] * 40, [7] * 20 + [8] * 20, [9] * 40]


class Held:
    """Stands for the context: the tokens that each of its sequences holds."""

    def __init__(self) -> None:
        self.tokens: list[list[int]] = [[] for _ in range(COUNT)]

    def copy(self, source: int, target: int) -> None:
        assert source != target
        self.tokens[target] = list(self.tokens[source])

    def remove(self, sequence: int, start: int) -> bool:
        del self.tokens[sequence][start:]
        return True

    def clear(self) -> None:
        self.tokens = [[] for _ in range(COUNT)]


class SlotsOfRows(RuleBasedStateMachine):
    """Whatever rows come, go and move, each finds the beginning of its own prompt and nothing else in its place."""

    def __init__(self) -> None:
        super().__init__()
        self.held = Held()
        self.slots = Slots(self.held, count=COUNT, length=64)  # type: ignore[arg-type]
        self.rows: dict[int, list[int]] = {}

    @precondition(lambda self: len(self.rows) < COUNT)
    @rule(beginning=st.sampled_from(BEGINNINGS), own=st.integers(100, 103))
    def take(self, beginning: list[int], own: int) -> None:
        prompt = [*beginning, own]
        known = self.slots.shared(prompt)
        sequence, shared = self.slots.take(prompt, 50) or (-1, -1)
        assert sequence == min(set(range(COUNT)) - set(self.rows))
        assert known - SHARE_FROM < shared < len(prompt)
        assert self.held.tokens[sequence] == prompt[:shared]
        self.rows[sequence] = prompt
        self.add(sequence, prompt[shared:])

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), token=st.integers(0, 3))
    def write(self, data: st.DataObject, token: int) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.rows)))
        self.rows[sequence].append(token)
        self.add(sequence, [token])

    def add(self, sequence: int, tokens: list[int]) -> None:
        self.slots.add(sequence, tokens)
        self.held.tokens[sequence] += tokens

    @precondition(lambda self: self.rows)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        sequence = data.draw(st.sampled_from(sorted(self.rows)))
        del self.rows[sequence]
        self.slots.release(sequence, whole=False)

    @precondition(lambda self: self.rows)
    @rule()
    def close_gaps(self) -> None:
        for sequence in sorted(self.rows, reverse=True):
            row = self.rows.pop(sequence)
            self.rows[self.slots.closer(sequence)] = row
        assert sorted(self.rows) == list(range(len(self.rows)))

    @rule()
    def clear(self) -> None:
        self.slots.clear()
        self.rows.clear()

    @invariant()
    def every_row_is_in_its_place(self) -> None:
        assert all(self.held.tokens[sequence] == row for sequence, row in self.rows.items())


TestSlotsOfRows = SlotsOfRows.TestCase
TestSlotsOfRows.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_no_place_is_free() -> None:
    slots = Slots(Held(), count=1, length=64)  # type: ignore[arg-type]
    assert slots.take([1] * 30, 40) == (0, 0)
    slots.add(0, [1] * 30)
    assert slots.take([1] * 30, 40) is None
    slots.release(0, whole=True)
    assert slots.take([1, 2], 4) == (0, 1), "of its own place a row takes even a single token"
