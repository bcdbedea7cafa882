"""How far a run is, and how long it still takes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from taibao_cli.batch import Record
from taibao_cli.batch.meter import WINDOW_SECONDS, Meter, State
from taibao_cli.batch.progress import clock_time, in_words, lines
from taibao_cli.batch.sources import open_source, size_of
from taibao_cli.batch.stats import Tally
from taibao_cli.engine.base import Request, Result, Usage
from taibao_cli.engine.fake import FakeEngine

ROW = {"finish": "stop", "error": None, "usage": {"prompt": 1, "cached": 0, "completion": 1}}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Running:
    """A run of rows, each of so many bytes and tokens, that takes a second for each ten tokens."""

    def __init__(self, **options: int) -> None:
        self.clock, self.tally = Clock(), Tally()
        self.meter = Meter(self.tally, clock=self.clock, **options)

    def row(self, size: int, tokens: int, *, known: bool = False, remembered: bool = False) -> None:
        if not known:
            self.clock.now += 0 if remembered else tokens / 10
            self.meter.result(Result("k", "", "stop", Usage(tokens, 0, 0), remembered=remembered))
        self.tally.add(ROW)
        self.meter.row(Record(1, {}, size=size, answer=ROW if known else None))

    @property
    def state(self) -> State:
        return self.meter.state()


def test_long_rows_count_for_more_than_short_ones() -> None:
    run = Running(total_bytes=1000)
    for _ in range(10):
        run.row(10, 20)
    assert run.state == State(10, 0, 0, 0.1, 10.0, pytest.approx(180))
    run.row(400, 800)
    assert run.state.share == 0.5
    assert run.state.seconds_left == pytest.approx(100)


def test_rows_taken_over_take_no_time() -> None:
    run = Running(total_bytes=1000)
    for _ in range(50):
        run.row(10, 0, known=True)
    run.tally.reused = 50
    assert (run.state.known, run.state.share, run.state.rate, run.state.seconds_left) == (50, 0.5, None, None)
    run.row(100, 100)
    assert run.state.seconds_left == pytest.approx(40)


def test_rows_from_the_cache_are_no_work() -> None:
    run = Running(total_bytes=400)
    for _ in range(10):
        run.row(10, 10)
        run.row(10, 10, remembered=True)
    run.tally.cached = 10
    assert run.state.rate == pytest.approx(10)
    assert run.state.seconds_left == pytest.approx(10), "half of what is left will be known too"


def test_the_speed_is_that_of_the_last_minute() -> None:
    run = Running(total_bytes=10_000)
    for _ in range(100):
        run.row(10, 10)
    assert run.state.rate == pytest.approx(10)
    for _ in range(100):
        run.clock.now += 1
        run.row(10, 10)
    assert WINDOW_SECONDS == 60
    assert run.state.rate == pytest.approx(5, rel=0.02)
    assert run.state.seconds_left == pytest.approx(8000 / 5, rel=0.02)


def test_a_limit_bounds_what_is_left() -> None:
    run = Running(most_rows=10, total_bytes=10_000)
    for _ in range(5):
        run.row(10, 10)
    assert run.state.share == 0.5
    assert run.state.seconds_left == pytest.approx(5)


def test_an_input_of_unknown_size_has_no_end() -> None:
    run = Running()
    run.row(10, 10)
    assert (run.state.share, run.state.seconds_left, run.state.rate) == (None, None, 10)


def test_tokens_are_counted_as_the_engine_answers() -> None:
    tally, clock = Tally(), Clock()
    meter = Meter(tally, clock=clock)
    clock.now = 2.0
    request = Request("1", (), 8)
    (result,) = meter.results(FakeEngine(lambda request: "abcd")).run([request])
    assert meter.state().rate == (result.usage.prompt + result.usage.completion) / 2


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.jsonl", '{"text":"泵"}\n{"text":"valve"}\n', "auto"),
        ("a.csv", 'id,text\n1,"a, b"\n2,阀\n', "auto"),
        ("a.txt", "泵\nvalve\n", "lines"),
        ("a.txt", "泵\nvalve", "text"),
    ],
)
def test_the_sizes_of_rows_sum_up_to_that_of_the_input(tmp_path: Path, name: str, data: str, form: str) -> None:
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    found = sum(record.size for record in open_source(path, form=form))
    total = size_of(path, form)
    assert total is not None
    assert abs(found - total) <= 12
    folder = size_of(tmp_path, "auto")
    assert folder == total + 1
    assert size_of(path.rename(tmp_path / "a.jsonl.gz"), "jsonl") is None


def test_words() -> None:
    full = State(1234, 3, 12, 0.374, 850.4, 753)
    assert in_words(full, "en") == "1,234 rows (37 %), 3 failed, 12 known, 850 tokens/s, 0:12:33 left"
    assert in_words(full, "zh") == "1,234 行 (37 %)，失败 3 行，已有答案 12 行，每秒 850 个词元，约剩 0:12:33"
    assert in_words(State(1, 0, 0, None, None, None), "en") == "1 rows"
    assert clock_time(36_061) == "10:01:01"


def test_lines_come_while_no_row_does(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter(Tally())
    with lines(meter, "en", seconds=0.01):
        deadline = time.monotonic() + 10
        said = ""
        while said.count("taibao: 0 rows\n") < 3 and time.monotonic() < deadline:
            said += capsys.readouterr().err
            time.sleep(0.005)
    assert said.count("taibao: 0 rows\n") >= 3
    capsys.readouterr()
    time.sleep(0.05)
    assert capsys.readouterr().err == ""
