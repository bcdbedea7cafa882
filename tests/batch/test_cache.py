"""Answers kept from run to run."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.batch import Overrides, run
from taibao_cli.batch.cache import AnswerCache, remove
from taibao_cli.batch.identity import run_facts
from taibao_cli.batch.remembering import RemembersEngine, RemembersRuns
from taibao_cli.batch.runner import Runner, window_size
from taibao_cli.engine.base import LabelScore, Message, Request, Result, Usage
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError, TaibaoError
from tests.batch.killed import MODEL

FACTS = run_facts(MODEL, Overrides(), ctx=None, task=None)
FULL = Result(
    "k",
    "答\n\ud800",
    "stop",
    Usage(9, 1, 3),
    labels=(LabelScore("H04L", 0.75), LabelScore("H04W", 0.25)),
    reasoning="well",
)


class Counting(FakeEngine):
    """Remembers what was asked, by the last message."""

    def __init__(self, **options: Any) -> None:
        self.asked: list[str] = []
        super().__init__(self._remember, **options)

    def _remember(self, request: Request) -> str:
        self.asked.append(request.messages[-1].content.split("\n")[0])
        return f"answer to {self.asked[-1]}"


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[AnswerCache]:
    with AnswerCache(tmp_path / "own" / "answers.sqlite") as opened:
        yield opened


def texts(numbers: Iterable[int]) -> list[dict[str, Any]]:
    return [{"text": f"pump {n}", "task": "title"} for n in numbers]


def outputs(cache: AnswerCache, numbers: Iterable[int], engine: FakeEngine, **facts: Any) -> list[Any]:
    remembers = RemembersRuns(engine, cache, {**FACTS, **facts}, MODEL.label)
    return [row["output"] for row in run(texts(numbers), engine=remembers, model=MODEL)]


def test_an_answer_comes_back_whole_under_the_key_of_the_new_request(tmp_path: Path) -> None:
    with AnswerCache(tmp_path / "a") as cache:
        cache.add(b"1", "m", FULL)
    with AnswerCache(tmp_path / "a") as cache:
        found = cache.find(b"1", "other")
        assert cache.find(b"2", "other") is None
    assert found is not None
    assert (found.key, found.usage, found.remembered) == ("other", Usage(9, 9, 3), True)
    assert (found.text, found.finish, found.labels, found.reasoning) == (FULL.text, "stop", FULL.labels, "well")


def test_what_failed_or_was_cut_off_by_the_user_is_not_kept(cache: AnswerCache) -> None:
    cache.add(b"1", "m", Result("k", "", "error", error=RowError("engine", "broken")))
    cache.add(b"2", "m", Result("k", "half", "cancelled"))
    assert [cache.find(digest, "k") for digest in (b"1", b"2")] == [None, None]


def test_the_file_is_the_users_alone(cache: AnswerCache) -> None:
    assert cache.path.stat().st_mode & 0o777 == 0o600
    assert cache.path.parent.stat().st_mode & 0o777 == 0o700


def test_only_what_is_not_known_is_computed(cache: AnswerCache) -> None:
    first, second = Counting(), Counting()
    assert outputs(cache, range(5), first) == [f"answer to pump {n}" for n in range(5)]
    assert outputs(cache, [0, 9, 3, 4, 8], second) == [f"answer to pump {n}" for n in (0, 9, 3, 4, 8)]
    assert (len(first.asked), second.asked) == (5, ["pump 9", "pump 8"])


def test_another_model_or_context_or_program_computes_anew(cache: AnswerCache) -> None:
    outputs(cache, range(2), FakeEngine())
    for changed in ({"model": "other"}, {"ctx": 64}, {"taibao": "0"}, {"adapters": ["a"]}):
        engine = Counting()
        outputs(cache, range(2), engine, **changed)
        assert len(engine.asked) == 2, changed


def test_known_rows_are_counted_and_cost_no_prompt(cache: AnswerCache) -> None:
    outputs(cache, range(3), FakeEngine())
    engine = RemembersRuns(FakeEngine(), cache, FACTS, MODEL.label)
    runner = Runner(engine, MODEL)
    rows = [row for _, row in runner.pairs(iter(_records(range(4))))]
    assert runner.cached == 3
    assert [row["usage"]["cached"] == row["usage"]["prompt"] for row in rows] == [True, True, True, False]


def _records(numbers: Iterable[int]) -> list[Any]:
    from taibao_cli.batch import Record

    return [Record(number, row) for number, row in enumerate(texts(numbers), 1)]


def test_a_file_of_nothing_but_known_rows_is_read_in_windows(cache: AnswerCache) -> None:
    outputs(cache, range(300), FakeEngine())
    given = 0

    def counted() -> Iterator[Any]:
        nonlocal given
        for row in texts(range(300)):
            given += 1
            yield row

    engine = RemembersRuns(FakeEngine(), cache, FACTS, MODEL.label)
    rows = run(counted(), engine=engine, model=MODEL, width=1)
    assert next(rows)["output"]
    assert given <= window_size(1)
    assert len(list(rows)) == 299


def test_two_processes_share_it(cache: AnswerCache) -> None:
    with AnswerCache(cache.path) as other:
        other.add(b"1", "m", FULL)
    assert cache.find(b"1", "k") is not None


def test_answers_are_written_together(tmp_path: Path) -> None:
    now = [0.0]
    cache = AnswerCache(tmp_path / "a", clock=lambda: now[0])
    counts = []
    for at in (0.2, 0.9, 1.1, 1.2):
        now[0] = at
        cache.add(repr(at).encode(), "m", FULL)
        with sqlite3.connect(tmp_path / "a") as db:
            counts.append(db.execute("SELECT COUNT(*) FROM answers").fetchone()[0])
    cache.close()
    assert counts == [0, 0, 3, 3]


def test_while_it_is_paused_nothing_is_found_or_kept(cache: AnswerCache) -> None:
    cache.add(b"1", "m", FULL)
    cache.paused = True
    cache.add(b"2", "m", FULL)
    assert cache.find(b"1", "k") is None
    cache.paused = False
    assert cache.find(b"1", "k") is not None
    assert cache.find(b"2", "k") is None


def test_a_cache_that_cannot_be_written_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    cache = AnswerCache(tmp_path / "a", on_failure=told.append)
    with sqlite3.connect(tmp_path / "a") as db:
        db.execute("DROP TABLE answers")
    engine = Counting()
    assert len(outputs(cache, range(3), engine)) == len(engine.asked) == 3
    cache.close()
    assert told == [f"{tmp_path / 'a'}: no such table: answers"]


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be taken for one" * 9, "later"])
def test_a_file_that_cannot_be_used_is_named_and_can_be_removed(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "a"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 9")
    with pytest.raises(TaibaoError, match="`taibao cache clear` removes it"):
        AnswerCache(path)
    assert remove(path) == 0
    assert os.listdir(tmp_path) == []


def test_forgetting(cache: AnswerCache) -> None:
    cache.add(b"1", "one", FULL)
    cache.add(b"2", "two", FULL)
    cache.close()
    with AnswerCache(cache.path) as again:
        assert [(held.model, held.answers) for held in again.held()] == [("one", 1), ("two", 1)]
        assert again.forget(model="one") == 1
        assert again.forget(before=0) == 0
        assert [held.model for held in again.held()] == ["two"]
        assert again.forget(before=4e9) == 1
        assert b"well" not in cache.path.read_bytes()


def test_a_streamed_answer_is_taken_from_it_too(cache: AnswerCache) -> None:
    inner = Counting()
    engine = RemembersEngine(inner, cache, FACTS, MODEL.label)
    request = Request("1", (Message("user", "hello"),), 50)
    said: list[str] = []
    results = [engine.stream(request, said.append) for _ in range(2)]
    assert "".join(said) == "answer to hello" * 2
    assert [result.remembered for result in results] == [False, True]
    assert len(inner.asked) == 1
    assert (engine.context, engine.count(request)) == (inner.context, inner.count(request))
