"""Rows from a pipe, read in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from taibao_cli.batch.arriving import AHEAD, Arriving


def test_items_come_in_order_with_none_while_there_is_none_yet() -> None:
    gate = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        gate.wait(10)
        yield 2

    arriving = iter(Arriving(items()))
    seen = [item for item in (next(arriving) for _ in range(200)) if item is not None]
    assert seen == [1]
    gate.set()
    assert [item for item in arriving if item is not None] == [2]


def test_an_error_of_the_source_is_raised_where_the_items_are_used() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("broken pipe")

    with pytest.raises(OSError, match="broken pipe"):
        list(Arriving(items()))


def test_no_more_is_read_ahead_than_the_bound() -> None:
    taken: list[int] = []
    arriving = iter(Arriving(taken.append(n) or n for n in range(10 * AHEAD)))  # type: ignore[func-returns-value]
    while next(arriving) is None:
        pass
    assert len(taken) <= AHEAD + 2
