"""Interleaved measuring, with contenders whose time is known, and the command on tiny models."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.cells import cell_len

from taibao_cli.bench.contenders import Work, peak_memory
from taibao_cli.bench.measure import Measurement, Turn, measure, measure_turns
from taibao_cli.bench.plot import Panel, picture
from taibao_cli.bench.workloads import LABELS, Conversation, conversations, shared_requests, text_of, translate_rows
from taibao_cli.cli import bench as command
from taibao_cli.cli.bench_facts import table
from taibao_cli.cli.bench_rows import WORKLOADS
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.llamacpp.probe import WIDTHS
from taibao_cli.models.registry import Model
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

    def answer(self, requests: Sequence[Request]) -> Work:
        self._clock.now += next(self._seconds)
        self._log.append(f"{self.engine}:{len(requests)}")
        scored = requests[0].labels is not None
        return Work(100 * len(requests), 0 if scored else 10 * len(requests), f"said by {self.engine}")

    def peak_memory(self) -> int | None:
        return 7_000_000 if self.engine == "slow" else None

    def close(self) -> None:
        pass


REQUESTS = [Request(str(n), (Message("user", "x"),), 8) for n in range(6)]


def test_contenders_take_turns_and_ratios_are_taken_within_a_turn() -> None:
    clock, log = Clock(), list[str]()
    slow, fast = Timed("slow", clock, [0.5, 6, 60, 12], log), Timed("fast", clock, [0.25, 2, 12, 3], log)
    assert measure([slow, fast], [REQUESTS] * 3, warm=REQUESTS[:2], clock=clock) == [
        Measurement("slow", 4, 0.5, 5.0, ratio=1.0, prompt_tokens_per_s=50.0, first_token_s=0.5, memory_mb=7.0),
        Measurement("fast", 4, 2.0, 20.0, ratio=4.0, prompt_tokens_per_s=200.0, first_token_s=0.25, memory_mb=None),
    ]
    assert log == ["fast:1", "fast:1", "slow:1", "slow:1", *["slow:6", "fast:6"] * 3]


def test_where_nothing_is_generated_rows_are_compared() -> None:
    clock = Clock()
    scored = [Request(str(n), (Message("user", "x"),), 1, labels=("a", "b")) for n in range(6)]
    contenders = [Timed("slow", clock, [1, 6], []), Timed("fast", clock, [1, 2], [])]
    slow, fast = measure(contenders, [scored], warm=scored[:2], clock=clock)
    assert (slow.ratio, fast.ratio, fast.tokens_per_s) == (1.0, 3.0, 0.0)


def test_the_second_turn_of_a_chat() -> None:
    clock, log = Clock(), list[str]()
    asked: list[Request] = []

    class Listening(Timed):
        def answer(self, requests: Sequence[Request]) -> Work:
            asked.extend(requests)
            return super().answer(requests)

    first = Request("first", (Message("user", "begin"),), 20)
    talk = Conversation(first, "and then?", Request("other", (Message("user", "else"),), 1))
    contender = Listening("slow", clock, [8, 3, 2, 4, 3, 2], log)
    assert measure_turns([contender], [talk, talk], clock=clock) == [Turn("slow", 4, 2.0, 6.0, 0.375, 7.0)]
    assert [request.key for request in asked] == ["other", *["other", "first", "first"] * 2]
    assert asked[3].messages == (
        Message("user", "begin"),
        Message("assistant", "said by slow"),
        Message("user", "and then?"),
    )
    assert asked[3].max_tokens == 1


def test_rows_differ_from_each_other_and_stay_the_same() -> None:
    rows = translate_rows(200)
    assert len({row["text"] for row in rows}) == 200
    assert rows[:10] == translate_rows(10)


@pytest.mark.parametrize("tokens", [1, 50, 1500])
def test_texts_have_the_tokens_asked_for(tokens: int) -> None:
    texts = [text_of(number, tokens, len) for number in range(3)]
    assert [len(text) for text in texts] == [tokens] * 3
    assert texts == [text_of(number, tokens, len) for number in range(3)]
    bytes_of = [len(text_of(number, tokens, lambda text: len(text.encode())).encode()) for number in range(3)]
    assert all(tokens - 3 < size <= max(tokens, 3) for size in bytes_of)


def test_what_the_workloads_ask() -> None:
    model = Model("m", Path(), "0" * 64, "full", None, {})
    for name, prompt, new in (("translate", 190, 64), ("classify", 300, 1), ("summarize", 1500, 128)):
        requests = WORKLOADS[name].requests(model, 3, len)
        assert [request.max_tokens for request in requests] == [new] * 3
        assert all(len(request.messages[-1].content) >= prompt for request in requests)
        assert {request.labels for request in requests} == {LABELS if name == "classify" else None}
    assert len(LABELS) == 27
    shared = shared_requests(4, len)
    assert {len(request.messages[0].content) for request in shared} == {1000}
    assert len({request.messages[0] for request in shared}) == 1
    assert len({request.messages[1] for request in shared}) == 4
    (talk,) = conversations(1, len)
    assert len(talk.other.messages[0].content) > len(talk.first.messages[0].content) >= 1000


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "tiny.gguf", context=2048)
    args = ("--quick", "--json", "--rows", "3", "--repeats", "1", "--threads", "1", "--model", model)
    done = taibao("bench", *args, home=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"model", "machine", "workload", "rows", "results"} <= set(found)
    plain, engine = found["results"]
    assert (plain["engine"], plain["width"], engine["engine"]) == ("plain", 1, "llamacpp")
    assert engine["width"] in WIDTHS
    assert found["results"][0]["ratio"] == 1.0
    assert all(result["first_token_s"] > 0 for result in found["results"])
    best = f"taibao: fastest engine here: llamacpp with --width {engine['width']}, {engine['rows_per_s']:.2f} rows/s"
    assert done.stderr.decode().splitlines()[-1] == best


def test_a_table_stands_in_columns_in_both_languages() -> None:
    speeds = {"rows_per_s": 1.5, "tokens_per_s": 100.2, "prompt_tokens_per_s": 800.0, "first_token_s": 0.1}
    result = {"engine": "llama-server", "width": 16, **speeds, "memory_mb": None, "ratio": 1.25}
    facts = {"model": "m", "machine": {"system": "x"}, "rows": 3, "results": [result]}
    row = "llama-server     16        1.50         100         800       0.100                    1.25"
    assert table(facts, "classify", "en").splitlines() == [
        "m: classify, about 400 prompt tokens, scores of 27 labels, 3 rows",
        "system x",
        "",
        "engine        width      rows/s    tokens/s    prompt/s     first s          MB       ratio",
        row,
    ]
    chinese = table(facts, "classify", "zh").splitlines()
    assert chinese[0] == "m：分类，提示约 400 个词元，给 27 个标签打分，3 行"
    assert chinese[3].split() == ["引擎", "宽度", "行/秒", "词元/秒", "提示词元/秒", "首词元秒", "内存", "MB", "倍数"]
    assert [cell_len(line) for line in chinese[3:]] == [len(row), len(row)]


def test_several_workloads_and_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "CONVERSATIONS", 1)
    model = make_tiny_gguf(tmp_path / "tiny.gguf", context=4096)
    wanted = ("--workloads", "shared,classify,chat", "--widths", "1,4", "--rows", "1", "--repeats", "1")
    args = (*wanted, "--json", "--threads", "1", "--plot", tmp_path / "speed.svg", "--model", model)
    done = taibao("bench", *args, home=tmp_path, PATH="")
    assert done.returncode == 0, done.stderr
    shared, classify, chat = map(json.loads, done.stdout.decode().splitlines())
    wide = [("plain", 1), ("llamacpp", 1), ("llamacpp", 4)]
    assert [(each["engine"], each["width"]) for each in shared["results"]] == wide
    assert [(each["engine"], each["width"]) for each in classify["results"]] == wide
    assert {each["tokens_per_s"] for each in classify["results"]} == {0.0}
    assert [(each["engine"], each["width"]) for each in chat["results"]] == wide[:2]
    assert all(each["first_token_s"] > 0 and each["whole_s"] > 0 for each in chat["results"])
    drawing = ElementTree.parse(tmp_path / "speed.svg").getroot()
    words = [element.text for element in drawing.iter() if element.tag.endswith("text")]
    assert {"plain", "llamacpp", "rows/s", "rows at a time", "seconds a row"} <= set(words)


def test_a_picture_shows_every_point() -> None:
    lines = {"a & b": [(1.0, 2.0), (8.0, 4.0)], "c": [(1.0, 1.0)]}
    drawing = ElementTree.fromstring(picture([Panel("speed", "width", "rows/s", lines)]))
    dots = [element for element in drawing.iter() if element.tag.endswith("circle")]
    assert len(dots) == 3
    left, right = float(dots[0].attrib["cx"]), float(dots[1].attrib["cx"])
    low, high = float(dots[0].attrib["cy"]), float(dots[1].attrib["cy"])
    assert left < right
    assert low > high, "up is more"
    assert "a & b" in {element.text for element in drawing.iter()}


def test_memory_of_a_process(tmp_path: Path) -> None:
    (tmp_path / "12").mkdir()
    (tmp_path / "12" / "status").write_text("Name:\tx\nVmHWM:\t    2048 kB\n", "ascii")
    assert peak_memory(12, tmp_path) == 2048 * 1024
    assert peak_memory(13, tmp_path) is None
    if Path("/proc").is_dir():
        assert (peak_memory(os.getpid()) or 0) > 10_000_000


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


def test_words_that_do_not_fit_together(tmp_path: Path) -> None:
    done = taibao("bench", "--workloads", "translate,fly", home=tmp_path)
    assert (done.returncode, b"'fly' is none; known: translate, classify" in done.stderr) == (2, True)
    done = taibao("bench", "--shape", "qwen2.5-0.5b", "--model", "x.gguf", home=tmp_path)
    assert (done.returncode, b"--shape makes its own models" in done.stderr) == (2, True)


def test_shapes_are_those_of_the_library() -> None:
    from convert.shapes import SHAPES

    assert tuple(SHAPES) == command.SHAPES
