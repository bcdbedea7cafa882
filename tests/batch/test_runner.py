from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.batch import Overrides, Record, answer_row, run
from taibao_cli.batch.runner import Runner, window_size
from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from tests.batch.answering import MODEL, answer_all


class BackwardsEngine(FakeEngine):
    """Takes `width` requests at a time and answers them last first."""

    def __init__(self, width: int) -> None:
        super().__init__(lambda request: request.messages[-1].content)
        self.width = width

    def run(self, requests: Iterable[Request]) -> Iterator[Result]:
        source = iter(requests)
        while held := [request for _, request in zip(range(self.width), source, strict=False)]:
            yield from reversed(list(super().run(held)))


class StuckEngine(FakeEngine):
    """Finishes the first request of a run after all the others."""

    def run(self, requests: Iterable[Request]) -> Iterator[Result]:
        source = iter(requests)
        first = next(source)
        yield from super().run(source)
        yield from super().run([first])


class LosingEngine(FakeEngine):
    """Never answers the second request."""

    def run(self, requests: Iterable[Request]) -> Iterator[Result]:
        return (result for result in super().run(requests) if result.key != "2/0/0")


def test_one_row_has_every_field_of_the_contract() -> None:
    assert answer_row(
        {"id": "p1", "abstract": "A bicycle"}, engine=FakeEngine(), model=MODEL, default_task="title"
    ) == {
        "id": "p1",
        "task": "title",
        "model": "fake@" + "ab" * 6,
        "output": "echo: A bicycle Write the title",
        "usage": {"prompt": 14, "cached": 0, "completion": 16},
        "finish": "stop",
        "error": None,
    }


def test_id_is_the_line_number_when_absent() -> None:
    rows = [{"text": "a"}, {"id": "own", "text": "b"}, {"id": 7.5, "text": "c"}, {"id": None, "text": "d"}]
    assert [row["id"] for row in answer_all(rows)] == [1, "own", 7.5, 4]


def test_the_rows_own_task_beats_the_default() -> None:
    rows = answer_all([{"text": "a", "task": "summarize"}, {"text": "a"}])
    assert [row["task"] for row in rows] == ["summarize", "title"]


@pytest.mark.parametrize("width", [1, 3, 16, 50])
def test_order_and_answers_do_not_depend_on_the_width(width: int) -> None:
    rows = [{"text": f"text {n}"} for n in range(200)]
    expected = answer_all(rows, engine=FakeEngine(lambda request: request.messages[-1].content))
    assert answer_all(rows, engine=BackwardsEngine(width), width=width) == expected
    assert [row["id"] for row in expected] == list(range(1, 201))
    assert expected[7]["output"] == "text 7"


def test_reads_at_most_a_window_ahead() -> None:
    given = 0

    def rows() -> Iterator[dict[str, str]]:
        nonlocal given
        for number in range(1000):
            given = number + 1
            yield {"text": str(number)}

    ahead = []
    engine = StuckEngine()
    for done, _ in enumerate(run(rows(), engine=engine, model=MODEL, default_task="title", width=4), 1):
        ahead.append(given - done)
    assert len(ahead) == 1000
    assert max(ahead) < window_size(4) == 64


def test_errors_alone_are_read_in_windows_too() -> None:
    records = (Record(n, error=RowError("bad_json", "not JSON")) for n in range(1, 301))
    given = 0

    def counted() -> Iterator[Record]:
        nonlocal given
        for record in records:
            given += 1
            yield record

    stream = run(counted(), engine=FakeEngine(), model=MODEL, width=1)
    assert next(stream)["error"] == {"type": "bad_json", "message": "line 1: not JSON", "retryable": False}
    assert given == 64
    assert len(list(stream)) == 299


def test_an_error_leaves_its_neighbours_alone() -> None:
    rows = [{"text": "a"}, {"text": ["b"]}, {"labels": []}, {"text": "d", "task": "nope"}, {"text": "e", "task": 5}]
    answered = answer_all([*rows, {"text": "f"}])
    assert [row["error"] and row["error"]["type"] for row in answered] == [
        None,
        "bad_value",
        "missing_field",
        "unknown_task",
        "bad_value",
        None,
    ]
    assert answered[1]["error"]["message"] == "line 2: text must be text, not list"
    assert answered[1]["output"] is None
    assert answered[1]["finish"] == "error"


def test_a_row_without_any_task() -> None:
    (row,) = answer_all([{"text": "a"}], task=None)
    assert (row["task"], row["error"]["type"]) == (None, "missing_field")


def test_too_long_is_an_error_of_that_row() -> None:
    rows = answer_all([{"text": "long " * 500}, {"text": "short"}], engine=FakeEngine(context=300))
    assert rows[0]["error"]["type"] == "too_long"
    assert rows[0]["error"]["message"].startswith("line 1: ")
    assert rows[1]["error"] is None


def test_a_request_the_engine_lost_is_an_error_not_a_hang() -> None:
    rows = answer_all([{"text": "a"}, {"text": "b"}, {"text": "c"}], engine=LosingEngine())
    assert [row["error"] and row["error"]["type"] for row in rows] == [None, "engine", None]
    assert rows[1]["error"]["retryable"] is True


def test_a_broken_engine_stops_the_run_after_the_finished_rows() -> None:
    stream = run(
        [{"text": str(n)} for n in range(5)],
        engine=FakeEngine(errors={"3/0/0": OSError("gone")}),
        model=MODEL,
        default_task="title",
    )
    assert [next(stream)["id"], next(stream)["id"]] == [1, 2]
    with pytest.raises(OSError, match="gone"):
        next(stream)


def test_several_tasks_make_one_row_of_objects() -> None:
    (row,) = answer_all([{"text": "A bicycle"}], task="type, title,type")
    assert row["task"] == "type,title"
    assert row["output"]["title"] == "echo: A bicycle Write the title"
    assert row["output"]["type"] == row["labels"]["type"][0]["label"]
    assert list(row["labels"]) == ["type"]
    assert row["finish"] == {"type": "label", "title": "stop"}
    assert row["error"] == {"type": None, "title": None}
    single = [answer_all([{"text": "A bicycle"}], task=task)[0]["usage"] for task in ("type", "title")]
    assert row["usage"] == {key: single[0][key] + single[1][key] for key in single[0]}


def test_one_of_several_tasks_fails_alone() -> None:
    (row,) = answer_all([{"text": "A bicycle"}], task="title,nope,labels")
    assert row["output"] == {"title": "echo: A bicycle Write the title", "nope": None, "labels": None}
    assert row["error"]["title"] is None
    assert [row["error"][name]["type"] for name in ("nope", "labels")] == ["unknown_task", "missing_field"]
    assert row["finish"] == {"title": "stop", "nope": "error", "labels": "error"}


def test_only_the_tasks_that_failed_are_asked_again() -> None:
    row = {"text": "A bicycle", "task": "title,type,labels"}
    (first,) = answer_all([row])
    assert first["error"]["labels"]["type"] == "missing_field"
    asked: list[str] = []
    engine = FakeEngine(lambda request: asked.append(request.key) or "x")  # type: ignore[func-returns-value]
    given = Record(1, {**row, "labels": ["car", "bicycle"]}, earlier=first)
    (again,) = answer_all([given], engine=engine)
    assert asked == []
    assert again["error"] == {"title": None, "type": None, "labels": None}
    assert {name: again["output"][name] for name in ("title", "type")} == {
        name: first["output"][name] for name in ("title", "type")
    }
    assert again["output"]["labels"] in ("car", "bicycle")
    assert again["labels"]["type"] == first["labels"]["type"]
    assert again["usage"]["prompt"] > first["usage"]["prompt"]


def test_parts_from_the_primer_keep_their_source() -> None:
    row = {"question": "发明专利权的期限是多久？", "text": 5, "task": "ask,judge"}
    (first,) = answer_all([row])
    assert first["error"]["judge"]["type"] == "bad_value"
    given = Record(1, {**row, "text": "发明专利权的期限为二十年。"}, earlier=first)
    (again,) = answer_all([given])
    assert again["error"] == {"ask": None, "judge": None}
    assert again["model"].startswith("primer@")


def test_a_type_that_the_number_proves_keeps_its_source() -> None:
    row = {"text": "公告号：CN210987654U", "question": 5, "task": "type,judge"}
    (first,) = answer_all([{**row, "text": ["x"]}])
    assert first["error"]["type"]["type"] == "bad_value"
    (second,) = answer_all([{**row, "question": ""}])
    assert second["output"]["type"] == "utility model"
    (again,) = answer_all([Record(1, row, earlier=second)])
    assert again["labels"]["type"][0]["decided_by"] == "kind code"
    assert again["model"].startswith("rules@")


def test_without_order_rows_leave_as_they_are_answered() -> None:
    records = [Record(number, {"text": f"text {number}"}) for number in range(1, 151)]
    ends: list[list[int]] = []
    for in_order in (True, False):
        runner = Runner(StuckEngine(), MODEL, default_task="title", width=4, in_order=in_order)
        pairs = list(runner.pairs(iter(records)))
        assert all(record.id == row["id"] for record, row in pairs)
        ends.append([row["id"] for _, row in pairs])
    assert ends[0] == list(range(1, 151))
    assert ends[1] != ends[0]
    assert sorted(ends[1]) == ends[0]
    assert ends[1].index(1) > 100


def test_a_row_may_bring_its_own_sampling() -> None:
    seen: list[Request] = []
    engine = FakeEngine(lambda request: seen.append(request) or "x")  # type: ignore[func-returns-value]
    own = {"max_tokens": 3, "temperature": 0.7, "top_p": 0.5, "stop": (".",)}
    rows = [Record(1, {"text": "a"}, overrides=own), Record(2, {"text": "a"})]
    answer_all(rows, engine=engine, overrides=Overrides(9, 0.5, 3))
    assert [(each.max_tokens, each.sampling.temperature, each.sampling.seed) for each in seen] == [
        (3, 0.7, 3),
        (9, 0.5, 3),
    ]
    assert [(each.sampling.top_p, each.stop) for each in seen] == [(0.5, (".",)), (0.95, ())]


def test_overrides_reach_the_engine() -> None:
    seen: list[Request] = []

    def remember(request: Request) -> str:
        seen.append(request)
        return "x"

    answer_all([{"text": "a"}], engine=FakeEngine(remember), overrides=Overrides(9, 0.5, 3))
    answer_all([{"text": "a"}], engine=FakeEngine(remember))
    assert (seen[0].max_tokens, seen[0].sampling.temperature, seen[0].sampling.seed) == (9, 0.5, 3)
    assert (seen[1].max_tokens, seen[1].sampling.temperature) == (72, 0.0)


def test_rows_are_answered_before_the_next_one_arrives() -> None:
    given: list[int] = []

    def slow() -> Iterator[Any]:
        for number in range(6):
            for _ in range(3):
                yield None
            given.append(number)
            yield {"text": f"text {number}", "task": "title" if number % 2 else "nope"}

    stream = run(slow(), engine=FakeEngine(), model=MODEL)
    for number in range(6):
        next(stream)
        assert given == list(range(number + 1))
    assert next(stream, None) is None


def test_identical_requests_are_computed_once() -> None:
    asked: list[str] = []
    engine = FakeEngine(lambda request: asked.append(request.key) or "A pump")  # type: ignore[func-returns-value]
    rows = answer_all([{"id": n, "text": "same" if n % 3 else f"text {n}"} for n in range(300)], engine=engine)
    assert len(asked) == 100 + 1
    assert [row["id"] for row in rows] == list(range(300))
    assert {row["output"] for row in rows} == {"A pump"}
    first, later = rows[1]["usage"], rows[299]["usage"]
    assert (first["cached"], later["cached"]) == (0, first["prompt"])


def test_failed_requests_are_asked_again_when_they_come_again() -> None:
    engine = FakeEngine(errors={"1/0/0": RowError("engine", "broken", retryable=True)})
    first = {"text": "same"}
    rows = answer_all([first, *[{"text": f"{n}"} for n in range(99)], first], engine=engine)
    assert rows[0]["error"]["type"] == "engine"
    assert rows[-1]["error"] is None


def test_judge_and_ask_need_no_engine() -> None:
    rows = list(
        run(
            [
                {"text": "发明专利权的期限为二十年。", "task": "judge"},
                {"question": "发明专利权的期限是多久？", "task": "ask"},
            ],
            engine=None,
            model=None,
        )
    )
    assert [row["error"] for row in rows] == [None, None]
    assert rows[0]["output"]["verdict"] == "right"
    assert rows[1]["output"]["state"] == "GROUNDED"
    assert "二十年" in rows[1]["output"]["text"]
    for row in rows:
        assert row["model"].startswith("primer@")
        assert row["output"]["citations"][0]["law"] == "专利法"
        assert row["usage"] == {"prompt": 0, "cached": 0, "completion": 0}


def test_a_task_file_of_the_user_works_like_a_built_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taibao_cli.tasks.registry.user_dir", lambda: tmp_path)
    (tmp_path / "problem.toml").write_text(
        'name = "problem"\nkind = "text"\n[input]\nsources = [["text"]]\n[answer]\none_line = true\n'
        '[full.zh]\nuser = "{text} 问题"\n[full.en]\nuser = "{text} problem"\n',
        encoding="utf-8",
    )
    engine = FakeEngine(lambda request: request.messages[-1].content + "\nsecond line")
    (row,) = answer_all([{"text": "一种泵"}], engine=engine, task="problem")
    assert (row["task"], row["output"], row["error"]) == ("problem", "一种泵 问题", None)


def test_a_row_says_which_law_counts() -> None:
    asked = [
        {"task": "judge", "text": "外观设计专利权的期限为十五年。", "on": "2026-06-01"},
        {"task": "judge", "text": "外观设计专利权的期限为十五年。", "on": "2015-06-01"},
        {"task": "judge", "text": "外观设计专利权的期限为十五年。", "on": "June"},
    ]
    rows = list(run(asked, engine=None, model=None))
    assert [row["output"] and row["output"]["verdict"] for row in rows] == ["right", "cannot decide", None]
    assert rows[2]["error"]["message"].endswith("'on' must be a date like 2015-06-01")
