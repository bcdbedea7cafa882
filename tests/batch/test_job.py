"""Runs into a file: killed, resumed, finished, repeated, extended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from taibao_cli.batch import Overrides, Record, run
from taibao_cli.batch.identity import Facts, run_facts
from taibao_cli.batch.job import Job
from taibao_cli.batch.journal import Journal
from taibao_cli.engine.base import Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError, TaibaoError
from tests.batch.killed import MODEL, WIDTH
from tests.cli.shell import ROOT

FACTS = run_facts(MODEL, Overrides(), ctx=None, task=None)


def texts(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"id": f"p{n}", "text": f"A pump number {n}", "task": "title"} for n in range(start, start + count)]


class Counting(FakeEngine):
    """Remembers the texts that were asked."""

    def __init__(self, **options: Any) -> None:
        self.asked: list[str] = []
        super().__init__(self._remember, **options)

    def _remember(self, request: Request) -> str:
        self.asked.append(request.messages[-1].content.split("\n")[0])
        return "Pump"


def answer(
    out: Path, rows: Iterable[dict[str, Any]], engine: FakeEngine | None = None, facts: Facts = FACTS, **options: Any
) -> Job:
    with Job(out, **options) as job:
        job.begin(facts)
        records = job.records(Record(number, row) for number, row in enumerate(rows, 1))
        for row in run(records, engine=engine or FakeEngine(), model=MODEL, on_row=job.on_row):
            job.write(row)
    return job


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def breaking_off(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from rows[:2]
    raise KeyboardInterrupt


def interrupted(out: Path, rows: list[dict[str, Any]], after: int) -> None:
    """A run whose engine breaks when it is asked for row `after` (from 1)."""
    with pytest.raises(OSError, match="gone"):
        answer(out, rows, FakeEngine(errors={f"{after}/0/0": OSError("gone")}))


def kill_and_resume(folder: Path, rows: int, moments: Iterable[int]) -> None:
    source, out, log = folder / "in.jsonl", folder / "out.jsonl", folder / "log"
    source.write_text("".join(json.dumps(row) + "\n" for row in texts(rows)), encoding="utf-8")
    log.touch()
    kills = 0
    for after in [*moments, -1]:
        command = [sys.executable, "-m", "tests.batch.killed", source, out, log, str(after)]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        kills += code == -9
        if out.exists():
            break
    assert code == 0
    assert [row["id"] for row in rows_of(out)] == [f"p{n}" for n in range(rows)]
    computed = len(log.read_text().splitlines())
    assert rows <= computed <= rows + kills * WIDTH
    assert kills > 0
    assert sorted(path.name for path in folder.iterdir()) == ["in.jsonl", "log", "out.jsonl", "out.jsonl.manifest.json"]


def test_killed_at_random_moments_nothing_is_lost_or_answered_twice(tmp_path: Path) -> None:
    rng = Random(1)
    kill_and_resume(tmp_path, 120, [rng.randrange(1, 40) for _ in range(6)])


@pytest.mark.slow
def test_killed_fifty_times_over_five_thousand_rows(tmp_path: Path) -> None:
    rng = Random(2)
    kill_and_resume(tmp_path, 5000, [rng.randrange(1, 180) for _ in range(50)])


def test_a_torn_last_line_is_cut_off_and_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    interrupted(out, texts(9), after=6)
    journal = tmp_path / "out.jsonl.journal"
    whole = journal.read_bytes()
    assert whole.count(b"\n") == 1 + 5
    journal.write_bytes(whole[:-7])
    engine = Counting()
    assert answer(out, texts(9), engine).taken_over == 4
    assert engine.asked == [f"A pump number {n}" for n in range(4, 9)]
    assert [row["id"] for row in rows_of(out)] == [f"p{n}" for n in range(9)]


def test_a_journal_of_nothing_but_a_torn_header_is_begun_anew(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    (tmp_path / "out.jsonl.journal").write_bytes(b'{"journal":1,"ru')
    assert answer(out, texts(2)).tally.rows == 2


def test_rows_that_were_moved_or_added_since_keep_their_answers_and_get_their_own_ids(tmp_path: Path) -> None:
    out, first = tmp_path / "out.jsonl", texts(8)
    interrupted(out, first, after=6)
    engine = Counting()
    moved = [*texts(1, start=100), {**first[3], "id": "new"}, first[0]]
    answer(out, moved, engine)
    assert engine.asked == ["A pump number 100"]
    assert [row["id"] for row in rows_of(out)] == ["p100", "new", "p0"]


def test_a_finished_output_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    before = {path.name: (path.read_bytes(), path.stat().st_ino) for path in tmp_path.iterdir()}
    engine = Counting()
    job = answer(out, texts(5), engine)
    assert job.nothing_new
    assert (job.tally.rows, job.tally.with_errors, engine.asked) == (5, 0, [])
    assert {path.name: (path.read_bytes(), path.stat().st_ino) for path in tmp_path.iterdir()} == before


def test_rows_appended_to_the_input_are_answered_and_added(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    engine = Counting()
    job = answer(out, texts(7), engine)
    assert engine.asked == ["A pump number 5", "A pump number 6"]
    assert [row["id"] for row in rows_of(out)] == [f"p{n}" for n in range(7)]
    assert not job.nothing_new
    assert answer(out, texts(7), engine).nothing_new


def test_an_extension_that_was_interrupted_keeps_the_finished_answers(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    interrupted(out, texts(9), after=8)
    engine = Counting()
    answer(out, texts(9), engine)
    assert engine.asked == ["A pump number 7", "A pump number 8"]
    assert [row["id"] for row in rows_of(out)] == [f"p{n}" for n in range(9)]


def test_an_interrupted_check_of_a_finished_output_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        answer(out, breaking_off(texts(5)))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("finished", [True, False])
def test_new_ids_are_taken_and_nothing_is_asked_again(tmp_path: Path, finished: bool) -> None:
    out = tmp_path / "out.jsonl"
    if finished:
        answer(out, texts(5))
    else:
        interrupted(out, texts(5), after=5)
    engine = Counting()
    job = answer(out, [{**row, "id": f"new {n}"} for n, row in enumerate(texts(5))], engine)
    assert len(engine.asked) == (0 if finished else 1)
    assert not job.nothing_new
    assert [row["id"] for row in rows_of(out)] == [f"new {n}" for n in range(5)]


def test_an_output_that_was_changed_by_hand_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    shorter = b"".join(out.read_bytes().splitlines(keepends=True)[1:])
    out.write_bytes(shorter)
    with pytest.raises(TaibaoError, match="was changed since it was made"):
        answer(out, texts(5))
    assert out.read_bytes() == shorter
    assert answer(out, texts(5), overwrite=True).tally.rows == 5


@pytest.mark.parametrize("changed", [texts(4), texts(5, start=1), [*texts(2), *texts(3, start=9)]])
def test_another_input_never_replaces_a_finished_output(tmp_path: Path, changed: list[dict[str, Any]]) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TaibaoError, match="was made from another input"):
        answer(out, changed)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert answer(out, changed, overwrite=True).tally.rows == len(changed)


def test_other_parameters_are_named_and_nothing_is_mixed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    other = run_facts(MODEL, Overrides(max_tokens=9), ctx=None, task=None)
    interrupted(out, texts(5), after=3)
    with pytest.raises(TaibaoError, match=r"interrupted run: max_tokens was None, is 9; give the same options"):
        answer(out, texts(5), facts=other)
    assert answer(out, texts(5), facts=other, resume=False).taken_over == 0
    with pytest.raises(TaibaoError, match="was made otherwise: max_tokens was 9, is None"):
        answer(out, texts(5))
    assert answer(out, texts(5), overwrite=True).tally.rows == 5


def test_error_rows_are_asked_again_on_request(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    broken = FakeEngine(errors={"2/0/0": RowError("engine", "broken", retryable=True)})
    assert answer(out, texts(3), broken).tally.with_errors == 1
    assert answer(out, texts(3)).tally.with_errors == 1, "not asked for"
    engine = Counting()
    job = answer(out, texts(3), engine, retry_errors=True)
    assert engine.asked == ["A pump number 1"]
    assert job.tally.with_errors == 0
    assert [row["error"] for row in rows_of(out)] == [None] * 3


def test_two_runs_on_one_output_are_kept_apart(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with Job(out) as job:
        job.begin(FACTS)
        with pytest.raises(TaibaoError, match="another run is writing this output"):
            Job(out)
    assert answer(out, texts(1)).tally.rows == 1


def test_a_file_that_is_not_ours_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("earlier")
    with pytest.raises(TaibaoError, match="exists already"):
        answer(out, texts(1))
    assert os.listdir(tmp_path) == ["out.jsonl"]
    (tmp_path / "out.jsonl.journal").write_text("notes\n")
    with pytest.raises(TaibaoError, match="not a journal"):
        answer(out, texts(1), overwrite=True)
    assert (tmp_path / "out.jsonl.journal").read_text() == "notes\n"


def test_the_manifest_says_what_made_the_output(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, [*texts(2), {"text": "x", "task": "nope"}])
    manifest = json.loads((tmp_path / "out.jsonl.manifest.json").read_text())
    assert manifest["run"]["model"] == "fake@" + "ab" * 32
    assert (manifest["rows"], manifest["failed"], manifest["with_errors"]) == (3, 1, 1)


def test_a_power_cut_takes_back_one_second_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now, synced = [0.0], []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(now[0]))
    journal = Journal(tmp_path / "j", clock=lambda: now[0])
    journal.begin(FACTS)
    for at in (0.2, 0.9, 1.1, 1.5, 2.2):
        now[0] = at
        journal.add(b"k" * 16, b"{}")
    journal.close(delete=False)
    assert synced == [1.1, 2.2]
