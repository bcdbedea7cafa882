"""Runs into files that are no plain JSON Lines, or into two files."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from taibao_cli.batch import Overrides, Record
from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.delimited import delimited
from taibao_cli.batch.forms.jsonl import jsonl
from taibao_cli.batch.forms.openai import service_lines
from taibao_cli.batch.forms.workbook import workbook
from taibao_cli.batch.identity import differences, run_facts
from taibao_cli.batch.job import Job
from taibao_cli.batch.openai import read_batch_lines
from taibao_cli.batch.runner import Runner
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError, TaibaoError
from tests.batch.killed import MODEL
from tests.batch.test_job import Counting, rows_of, texts

FACTS = run_facts(MODEL, Overrides(), ctx=None, task=None)
CSV = delimited("csv", (), merge=True)


def answer(out: Path, rows: Iterable[Any], engine: FakeEngine | None = None, **options: Any) -> Job:
    in_order = options.get("in_order", True)
    with Job(out, **options) as job:
        job.begin(FACTS)
        given = [row if isinstance(row, Record) else Record(number, row) for number, row in enumerate(rows, 1)]
        runner = Runner(engine or FakeEngine(), MODEL, on_row=job.on_row, in_order=in_order)
        for record, row in runner.pairs(job.records(given)):
            job.write(row, record)
    return job


def gone(after: int) -> FakeEngine:
    """Breaks when it is asked for row `after` (from 1)."""
    return FakeEngine(errors={f"{after}/0/0": OSError("gone")})


def broken(*rows: int) -> FakeEngine:
    return FakeEngine(errors={f"{row}/0/0": RowError("engine", "broken", retryable=True) for row in rows})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("form", [CSV, workbook((), merge=False)], ids=lambda form: form.name)
def test_a_table_is_resumed_complete_and_not_extended(tmp_path: Path, form: Form) -> None:
    out = tmp_path / f"out.{form.name}"
    with pytest.raises(OSError, match="gone"):
        answer(out, texts(9), gone(6), form=form)
    assert not out.exists()
    engine = Counting()
    assert answer(out, texts(9), engine, form=form).taken_over == 5
    assert engine.asked == [f"A pump number {n}" for n in range(5, 9)]
    before = contents(tmp_path)
    job = answer(out, texts(9), engine, form=form)
    assert job.nothing_new
    assert (job.tally.rows, len(engine.asked)) == (9, 4)
    for rows, why in ((texts(10), "complete, and there are 1 more rows"), (texts(8), "from another input")):
        with pytest.raises(TaibaoError, match=why):
            answer(out, rows, engine, form=form)
    assert contents(tmp_path) == before
    assert answer(out, texts(10), form=form, overwrite=True).tally.rows == 10


def test_errors_in_a_table_are_counted_and_cannot_be_retried(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert answer(out, texts(3), broken(2), form=CSV).tally.failed == 1
    job = answer(out, texts(3), form=CSV)
    assert (job.nothing_new, job.tally.failed, job.tally.with_errors) == (True, 1, 1)
    with pytest.raises(TaibaoError, match="there are answers to replace, but rows cannot be read back"):
        answer(out, texts(3), form=CSV, retry_errors=True)


def test_a_killed_table_comes_out_as_if_it_had_not_been(tmp_path: Path) -> None:
    whole, resumed = tmp_path / "a.csv", tmp_path / "b.csv"
    answer(whole, texts(20), form=CSV)
    for after in (4, 11):
        with pytest.raises(OSError, match="gone"):
            answer(resumed, texts(20), gone(after), form=CSV)
    answer(resumed, texts(20), form=CSV)
    assert resumed.read_bytes() == whole.read_bytes()
    lines = list(csv.reader(whole.read_text(encoding="utf-8-sig").splitlines()))
    assert lines[0][:3] == ["text", "others", "id"]
    assert len(lines) == 21


def test_another_form_of_the_same_answers_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(2))
    with pytest.raises(TaibaoError, match="made otherwise: merge was False, is True; overwrite"):
        answer(out, texts(2), form=jsonl(merge=True))
    answer(out, texts(2), form=jsonl(merge=True), overwrite=True)
    assert rows_of(out)[1]["input"] == texts(2)[1]
    assert answer(out, texts(2), form=jsonl(merge=True)).nothing_new
    answer(out, texts(3), form=jsonl(merge=True))
    assert [row["input"] for row in rows_of(out)] == texts(3)


def test_an_output_without_a_shape_in_its_manifest_is_plain_json_lines(tmp_path: Path) -> None:
    out, manifest = tmp_path / "out.jsonl", tmp_path / "out.jsonl.manifest.json"
    answer(out, texts(2))
    said = json.loads(manifest.read_text())
    del said["shape"], said["aside"]
    manifest.write_text(json.dumps(said))
    assert answer(out, texts(2)).nothing_new


def test_rows_with_errors_go_aside_and_come_back(tmp_path: Path) -> None:
    out, aside = tmp_path / "out.jsonl", tmp_path / "errors.jsonl"
    job = answer(out, texts(6), broken(2, 6), errors_to=aside)
    assert (job.tally.rows, job.tally.failed) == (6, 2)
    assert [row["id"] for row in rows_of(out)] == ["p0", "p2", "p3", "p4"]
    assert [(row["row"], row["id"], row["error"]["type"]) for row in rows_of(aside)] == [
        (2, "p1", "engine"),
        (6, "p5", "engine"),
    ]
    assert answer(out, texts(6), errors_to=aside).nothing_new
    engine = Counting()
    job = answer(out, texts(7), engine, errors_to=aside, retry_errors=True)
    assert engine.asked == ["A pump number 1", "A pump number 5", "A pump number 6"]
    assert [row["id"] for row in rows_of(out)] == [f"p{n}" for n in range(7)]
    assert aside.read_bytes() == b""
    assert sorted(os.listdir(tmp_path)) == ["errors.jsonl", "out.jsonl", "out.jsonl.manifest.json"]


def test_rows_of_several_tasks_that_failed_in_part_are_in_both(tmp_path: Path) -> None:
    out, aside = tmp_path / "out.jsonl", tmp_path / "errors.jsonl"
    rows = [{**row, "task": "title,summarize"} for row in texts(3)]
    job = answer(out, rows, broken(2), errors_to=aside)
    assert (job.tally.failed, job.tally.with_errors) == (0, 1)
    assert [row["id"] for row in rows_of(out)] == ["p0", "p1", "p2"]
    assert [row["id"] for row in rows_of(aside)] == ["p1"]
    engine = Counting()
    answer(out, rows, engine, errors_to=aside, retry_errors=True)
    assert engine.asked == ["A pump number 1"]
    assert [row["output"]["title"] for row in rows_of(out)][1] == "Pump"
    assert all(row["error"] == {"title": None, "summarize": None} for row in rows_of(out))


def test_an_interrupted_run_asks_only_the_tasks_that_failed_again(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    rows = [{**row, "task": "title,summarize"} for row in texts(3)]
    errors: dict[str, Exception] = {"1/1/0": RowError("engine", "broken"), "3/0/0": OSError("gone")}
    with pytest.raises(OSError, match="gone"):
        answer(out, rows, FakeEngine(errors=errors))
    engine = Counting()
    assert answer(out, rows, engine).taken_over == 2
    assert engine.asked == ["A pump number 0", "A pump number 2", "A pump number 2"]
    assert [row["id"] for row in rows_of(out)] == ["p0", "p1", "p2"]


def test_a_run_that_died_between_its_files_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, aside = tmp_path / "out.jsonl", tmp_path / "errors.jsonl"
    replaced = os.replace
    for allowed in (0, 1, 2):
        left = [allowed]

        def dying(source: Any, target: Any, left: list[int] = left) -> None:
            if not left[0]:
                raise OSError("gone")
            left[0] -= 1
            replaced(source, target)

        monkeypatch.setattr(os, "replace", dying)
        with pytest.raises((OSError, TaibaoError)):
            answer(out, texts(4), broken(2), errors_to=aside)
        monkeypatch.setattr(os, "replace", replaced)
        engine = Counting(errors={"2/0/0": RowError("engine", "broken", retryable=True)})
        answer(out, texts(4), engine, errors_to=aside)
        assert engine.asked == []
        assert [row["id"] for row in rows_of(out)] == ["p0", "p2", "p3"]
        assert [row["row"] for row in rows_of(aside)] == [2]
        for path in tmp_path.iterdir():
            path.unlink()


def test_a_file_for_errors_that_is_not_ours_is_not_touched(tmp_path: Path) -> None:
    out, aside = tmp_path / "out.jsonl", tmp_path / "errors.jsonl"
    aside.write_text("notes")
    with pytest.raises(TaibaoError, match=r"errors\.jsonl exists already"):
        answer(out, texts(2), errors_to=aside)
    assert contents(tmp_path) == {"errors.jsonl": b"notes"}
    answer(out, texts(2), errors_to=aside, overwrite=True)
    assert aside.read_bytes() == b""
    aside.write_text("changed")
    with pytest.raises(TaibaoError, match="was changed since it was made"):
        answer(out, texts(2), errors_to=aside)


def chats(count: int) -> list[Record]:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    lines = [
        {"custom_id": f"c{n}", "method": "POST", "url": "/v1/chat/completions", "body": {**body, "max_tokens": n + 2}}
        for n in range(count)
    ]
    return list(read_batch_lines(Record(number, line) for number, line in enumerate(lines, 1)))


def test_lines_of_a_batch_are_resumed_extended_and_retried(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, chats(3), broken(2), form=service_lines(created=7))
    assert [line["response"]["status_code"] for line in rows_of(out)] == [200, 503, 200]
    assert answer(out, chats(3), form=service_lines(created=8)).nothing_new
    engine = Counting()
    answer(out, chats(4), engine, form=service_lines(created=9), retry_errors=True)
    assert len(engine.asked) == 2
    bodies = [line["response"]["body"] for line in rows_of(out)]
    assert [body["created"] for body in bodies] == [7, 9, 7, 9]
    assert [line["custom_id"] for line in rows_of(out)] == ["c0", "c1", "c2", "c3"]


def test_an_output_without_order_is_complete_and_not_extended(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    answer(out, texts(5), in_order=False)
    assert answer(out, texts(5), in_order=False).nothing_new
    with pytest.raises(TaibaoError, match="unordered was True, is False"):
        answer(out, texts(5))
    with pytest.raises(TaibaoError, match="1 more rows"):
        answer(out, texts(6), in_order=False)


def test_a_workbook_is_whole_after_a_resume(tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    with pytest.raises(OSError, match="gone"):
        answer(out, texts(5), gone(3), form=workbook((), merge=True))
    answer(out, texts(5), form=workbook((), merge=True))
    sheet = openpyxl.load_workbook(out)["rows"]
    assert [row[0].value for row in sheet.iter_rows()] == ["text", *(f"A pump number {n}" for n in range(5))]
    assert sorted(os.listdir(tmp_path)) == ["out.xlsx", "out.xlsx.manifest.json"]


def test_rows_with_a_temperature_of_their_own_are_not_mixed_over_seeds() -> None:
    facts = [run_facts(MODEL, Overrides(seed=seed), ctx=None, task=None) for seed in (0, 1)]
    assert differences(*facts) == "seed was None, is 1"
