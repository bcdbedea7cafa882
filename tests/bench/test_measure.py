"""Interleaved measuring, with contenders whose time is known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from taibao_cli.bench.measure import Measurement, measure
from taibao_cli.bench.workloads import translate_rows
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.llamacpp.probe import WIDTHS
from tests.cli.shell import taibao
from tests.tiny import make_tiny_gguf


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Timed:
    """Takes the seconds given for each turn; the first, unmeasured request takes 1000."""

    def __init__(self, engine: str, clock: Clock, seconds: Sequence[float], log: list[str]) -> None:
        self.engine, self.width = engine, 4
        self._clock, self._seconds, self._log = clock, iter([1000.0, *seconds]), log

    def answer(self, requests: Sequence[Request]) -> int:
        self._clock.now += next(self._seconds)
        self._log.append(f"{self.engine}:{len(requests)}")
        return 10 * len(requests)

    def close(self) -> None:
        pass


REQUESTS = [Request(str(n), (Message("user", "x"),), 8) for n in range(6)]


def test_contenders_take_turns_and_ratios_are_taken_within_a_turn() -> None:
    clock, log = Clock(), list[str]()
    slow, fast = Timed("slow", clock, [6, 60, 12], log), Timed("fast", clock, [2, 12, 3], log)
    assert measure([slow, fast], REQUESTS, repeats=3, clock=clock) == [
        Measurement("slow", 4, rows_per_s=0.5, tokens_per_s=5.0, ratio=1.0),
        Measurement("fast", 4, rows_per_s=2.0, tokens_per_s=20.0, ratio=4.0),
    ]
    assert log == ["fast:1", "slow:1", *["slow:6", "fast:6"] * 3]


def test_rows_differ_from_each_other_and_stay_the_same() -> None:
    rows = translate_rows(200)
    assert len({row["text"] for row in rows}) == 200
    assert rows[:10] == translate_rows(10)


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "tiny.gguf", context=2048)
    args = ("--quick", "--json", "--rows", "3", "--repeats", "1", "--threads", "1", "--model", model)
    done = taibao("bench", *args, home=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"model", "machine", "workload", "rows", "results"}
    plain, engine = found["results"]
    assert (plain["engine"], plain["width"], engine["engine"]) == ("plain", 1, "llamacpp")
    assert engine["width"] in WIDTHS
    assert found["results"][0]["ratio"] == 1.0


def test_a_model_that_cannot_hold_the_rows_is_an_error_not_a_record(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "tiny.gguf", context=64)
    done = taibao("bench", "--quick", "--rows", "2", "--repeats", "1", "--model", model, home=tmp_path)
    assert done.returncode == 1
    assert b"over the context of 64" in done.stderr


@pytest.mark.parametrize("widths", ["a", "0,4", ""])
def test_widths_must_be_numbers(tmp_path: Path, widths: str) -> None:
    done = taibao("bench", "--widths", widths, home=tmp_path)
    assert done.returncode == 2
    assert b"give numbers from 1 on" in done.stderr
