"""`taibao batch` from and to files of every kind."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from tests.cli.shell import taibao


def rows_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.splitlines()]


def table_of(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def chat(own: str, **body: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"say {own}"}]
    fields = {"model": "gpt-4o-mini", "messages": messages, **body}
    return {"custom_id": own, "method": "POST", "url": "/v1/chat/completions", "body": fields}


@pytest.mark.parametrize("options", [(), ("--format", "openai")])
def test_lines_of_an_openai_batch_are_answered_in_its_shape(tmp_path: Path, options: tuple[str, ...]) -> None:
    source = write(tmp_path / "in.jsonl", chat("a"), chat("b", max_tokens=3), chat("c", n=2), {"custom_id": "d"})
    done = taibao("batch", source, *options, "-o", "out.jsonl", home=tmp_path)
    assert done.returncode == 3, done.stderr
    lines = rows_of((tmp_path / "out.jsonl").read_bytes())
    assert [line["custom_id"] for line in lines] == ["a", "b", "c", "d"]
    assert [line["response"]["status_code"] for line in lines] == [200, 200, 400, 400]
    choices = [line["response"]["body"]["choices"][0] for line in lines[:2]]
    assert [choice["finish_reason"] for choice in choices] == ["stop", "length"]
    assert choices[0]["message"]["content"] == "echo: say a"
    assert lines[2]["error"] == {"code": "bad_value", "message": "line 3: body.n 2 is not supported"}
    assert b"4 rows, 2 failed" in done.stderr
    again = taibao("batch", source, *options, "-o", "out.jsonl", home=tmp_path)
    assert again.returncode == 3
    assert b"already complete: 4 rows" in again.stderr


def test_the_same_request_with_another_bound_is_another_one(tmp_path: Path) -> None:
    lines = [
        chat("a", max_tokens=3) | {"custom_id": str(n), "body": {**chat("a")["body"], "max_tokens": n}} for n in (3, 50)
    ]
    done = taibao("batch", "-", home=tmp_path, stdin="\n".join(map(json.dumps, lines)))
    found = [line["response"]["body"]["choices"][0]["finish_reason"] for line in rows_of(done.stdout)]
    assert found == ["length", "stop"]


def test_a_task_does_not_go_with_them(tmp_path: Path) -> None:
    done = taibao("batch", write(tmp_path / "in.jsonl", chat("a")), "--task", "title", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--task does not go with lines of an OpenAI batch" in done.stderr


def test_a_table_of_an_office_comes_back_with_its_columns(tmp_path: Path) -> None:
    data = "公开号,发明名称,摘要,申请日\nCN1,泵,一种泵。,2020\nCN2,阀,,2021\n".encode("gb18030")
    (tmp_path / "in.csv").write_bytes(data)
    args = ("batch", "in.csv", "-o", "out.csv", "--merge", "--task", "summarize,ipc")
    done = taibao(*args, home=tmp_path)
    assert done.returncode == 3, done.stderr
    first, second = table_of(tmp_path / "out.csv")
    assert [first[name] for name in ("公开号", "发明名称", "摘要", "申请日")] == ["CN1", "泵", "一种泵。", "2020"]
    assert first["summarize.output"].startswith("echo: 一种泵。")
    assert first["ipc.output"] == first["ipc.labels"].split(" ")[0]
    assert second["申请日"] == "2021"
    assert second["summarize.error"].startswith("missing_field: line 3: ")
    again = taibao(*args, home=tmp_path)
    assert again.returncode == 3
    assert b"already complete: 2 rows" in again.stderr


def test_a_workbook_in_and_out(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["公开号", "摘要"], ["CN1", "一种泵。"], ["CN2", "=1+1"]):
        book.active.append(row)
    book.active["B3"].data_type = "s"
    other = book.create_sheet("其他")
    other.append(["text"])
    other.append(["阀"])
    book.save(tmp_path / "in.xlsx")
    done = taibao("batch", "in.xlsx", "-o", "out.xlsx", "--merge", "--task", "title", home=tmp_path)
    assert done.returncode == 0, done.stderr
    header, *lines = openpyxl.load_workbook(tmp_path / "out.xlsx")["rows"].iter_rows(values_only=True)
    assert header[:6] == ("公开号", "摘要", "id", "task", "output", "p")
    assert [line[:5] for line in lines] == [
        ("CN1", "一种泵。", "CN1", "title", "echo: 一种泵。 发明名称："),
        ("CN2", "=1+1", "CN2", "title", "echo: =1+1 Title:"),
    ]
    done = taibao("batch", "in.xlsx", "--sheet", "其他", "--task", "title", home=tmp_path)
    assert [row["output"] for row in rows_of(done.stdout)] == ["echo: 阀 发明名称："]


def test_rows_say_what_code_can_prove_about_their_answers(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.jsonl",
        {"text": "一种泵，直径为12 mm。", "task": "translate"},
        {"text": "A pump.", "task": "title,ipc"},
        {"text": "阀", "task": "title", "labels": 1},
        {"task": "title"},
        {"a": "阀", "b": "泵", "task": "similarity"},
    )
    found = rows_of(taibao("batch", source, "--check", home=tmp_path).stdout)
    assert [list(row)[:6] for row in found[:1]] == [["id", "task", "model", "output", "checks", "usage"]]
    assert (found[0]["checks"]["state"], found[0]["checks"]["findings"][0]["check"]) == ("FIX", "source-script")
    assert {task: own["state"] for task, own in found[1]["checks"].items()} == {"title": "PASS", "ipc": "PASS"}
    assert ["checks" in row for row in found[2:]] == [True, False, True]
    assert found[4]["checks"] == {"state": "not checked", "findings": []}


def test_checks_are_made_again_when_a_run_goes_on(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"text": "一种泵。", "task": "translate"})
    args = ("batch", source, "-o", "out.jsonl", "--check", "--merge")
    assert taibao(*args, home=tmp_path).returncode == 0
    first = (tmp_path / "out.jsonl").read_bytes()
    write(tmp_path / "in.jsonl", {"text": "一种泵。", "task": "translate"}, {"text": "阀。", "task": "translate"})
    assert taibao(*args, home=tmp_path).returncode == 0
    assert (tmp_path / "out.jsonl").read_bytes().startswith(first)
    assert [row["checks"]["state"] for row in rows_of((tmp_path / "out.jsonl").read_bytes())] == ["FIX", "FIX"]
    plain = taibao(*args[:4], "--merge", home=tmp_path)
    assert (plain.returncode, b"checks was True, is None" in plain.stderr) == (1, True)


def test_rows_with_their_input_are_checked_in_a_pipe(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"text": "一种泵，直径为12 mm。", "task": "translate"})
    merged = taibao("batch", source, "--merge", home=tmp_path)
    checked = taibao("check", "--json", "-", home=tmp_path, stdin=merged.stdout.decode())
    assert (checked.returncode, rows_of(checked.stdout)[0]["state"]) == (1, "FIX")


def test_translations_become_a_translation_memory(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", {"text": "一种泵。"}, {"text": ""}, {"text": "A valve."})
    done = taibao("batch", source, "-o", "out.tmx", "--task", "translate", home=tmp_path)
    assert done.returncode == 3
    assert done.stderr.startswith(b"taibao: line 2: ")
    units = list(ElementTree.parse(tmp_path / "out.tmx").iter("tu"))
    assert [unit.findtext("prop") for unit in units] == ["1", "3"]
    assert [seg.text for seg in units[0].iter("seg")] == ["一种泵。", units[0].findall("tuv")[1].findtext("seg")]


def test_rows_with_errors_are_put_aside(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.jsonl", {"text": "泵", "task": "title"}, {"text": "阀"}, {"text": "栓", "task": "title"}
    )
    done = taibao("batch", source, "-o", "out.jsonl", "--errors-to", "bad.jsonl", "--merge", home=tmp_path)
    assert done.returncode == 3
    assert b"3 rows, 1 failed" in done.stderr
    assert b"1 rows with errors are in bad.jsonl" in done.stderr
    assert [row["id"] for row in rows_of((tmp_path / "out.jsonl").read_bytes())] == [1, 3]
    (bad,) = rows_of((tmp_path / "bad.jsonl").read_bytes())
    assert (bad["row"], bad["id"], bad["error"]["type"], bad["input"]) == (2, 2, "missing_field", {"text": "阀"})
    streamed = taibao("batch", source, "--errors-to", "other.jsonl", home=tmp_path)
    assert [row["id"] for row in rows_of(streamed.stdout)] == [1, 3]
    assert len(rows_of((tmp_path / "other.jsonl").read_bytes())) == 1
    refused = taibao("batch", source, "--errors-to", "other.jsonl", home=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, b"")


def test_other_forms_to_stdout(tmp_path: Path) -> None:
    rows = '{"text":"泵","task":"title"}\n{"text":"阀","task":"title"}\n'
    done = taibao("batch", "-", "--output-format", "tsv", home=tmp_path, stdin=rows)
    assert done.returncode == 0
    lines = done.stdout.decode("utf-8-sig").split("\r\n")
    assert [line.split("\t")[:3] for line in lines[:3]] == [
        ["id", "task", "output"],
        ["1", "title", "echo: 泵 发明名称："],
        ["2", "title", "echo: 阀 发明名称："],
    ]


def test_samples_are_the_same_again(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *({"text": f"text {n}", "task": "title"} for n in range(50)))
    ids = [
        [row["id"] for row in rows_of(taibao("batch", source, "--sample", "5", *seed, home=tmp_path).stdout)]
        for seed in ((), (), ("--seed", "1"))
    ]
    assert len(ids[0]) == 5
    assert ids[0] == sorted(ids[0]) == ids[1]
    assert ids[2] != ids[0]


def test_a_limit_counts_rows_that_arrive(tmp_path: Path) -> None:
    rows = "".join(f'{{"text":"text {n}","task":"title"}}\n' for n in range(50))
    done = taibao("batch", "-", "--limit", "20", home=tmp_path, stdin=rows)
    assert [row["id"] for row in rows_of(done.stdout)] == list(range(1, 21))


def test_without_order_all_rows_come_out(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl", *({"text": f"text {n}", "task": "title"} for n in range(50)))
    done = taibao("batch", source, "-o", "out.jsonl", "--unordered", home=tmp_path)
    assert done.returncode == 0
    assert sorted(row["id"] for row in rows_of((tmp_path / "out.jsonl").read_bytes())) == list(range(1, 51))


def test_figures_of_a_run(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.jsonl", {"text": "泵", "task": "title"}, {"text": "阀"}, {"text": "泵", "task": "type"}
    )
    for reused in (0, 3):
        done = taibao("batch", source, "-o", "out.jsonl", "--stats-json", "stats.json", home=tmp_path)
        assert done.returncode == 3
        stats = json.loads((tmp_path / "stats.json").read_bytes())
        assert {name: stats[name] for name in ("rows", "reused", "failed", "with_errors", "exit_code")} == {
            "rows": 3,
            "reused": reused,
            "failed": 1,
            "with_errors": 1,
            "exit_code": 3,
        }
        assert stats["finish"] == {"error": 1, "label": 1, "stop": 1}
        assert stats["errors"] == {"missing_field": 1}
        assert stats["tokens"]["prompt"] > 0
        assert stats["seconds"] >= 0


def test_several_tasks_hold_through_dry_run_interruption_and_retry(tmp_path: Path) -> None:
    rows = [
        {"text": "泵", "task": "title,type"},
        {"text": "阀", "task": "title,labels"},
        {"text": "泵", "task": "title"},
    ]
    source = write(tmp_path / "in.jsonl", *rows)
    dry = taibao("batch", source, "--dry-run", home=tmp_path)
    assert dry.returncode == 3
    assert b"dry run: 3 rows, " in dry.stderr
    assert dry.stderr.decode().startswith("taibao: line 2: task labels needs labels")
    done = taibao("batch", source, "-o", "out.jsonl", home=tmp_path)
    assert done.returncode == 3
    assert b"3 rows, 0 failed" in done.stderr
    first, second, third = rows_of((tmp_path / "out.jsonl").read_bytes())
    assert (first["task"], set(first["output"]), third["output"]) == (
        "title,type",
        {"title", "type"},
        first["output"]["title"],
    )
    assert third["usage"]["cached"] == third["usage"]["prompt"], "the same request as the first row's"
    before = (tmp_path / "out.jsonl").read_bytes()
    for option in ((), ("--retry-errors",)):
        assert taibao("batch", source, "-o", "out.jsonl", *option, home=tmp_path).returncode == 3
    again = rows_of((tmp_path / "out.jsonl").read_bytes())
    assert [row["output"] for row in again] == [row["output"] for row in rows_of(before)]
    assert second["error"]["labels"]["type"] == "missing_field"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["in.jsonl", "-o", "out.tmx"], 2, "tmx holds translations; give --task translate"),
        (["in.jsonl", "-o", "out.csv.gz"], 2, "-o out.csv.gz: outputs are not compressed"),
        (["in.jsonl", "-o", "x", "--errors-to", "x"], 2, "--errors-to x is the place of -o too"),
        (["in.jsonl", "--stats-json", "in.jsonl"], 2, "--stats-json in.jsonl is part of the input"),
        (["in.jsonl", "--stats-json", "none/s.json"], 2, "--stats-json none/s.json: not a place for a file"),
        (["in.jsonl", "--output-format", "openai"], 2, "openai is the form of answers to lines of an OpenAI batch"),
        (["in.jsonl", "--sheet", "a"], 2, "--sheet is for workbooks"),
        (["-", "--sheet", "a"], 2, "--sheet is for workbooks"),
        (["-", "--format", "xlsx"], 2, "a workbook cannot be read from stdin"),
        (["in.xlsx"], 4, "in.xlsx: not an XLSX file; save it as .xlsx or .csv"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(tmp_path: Path, args: list[str], code: int, message: str) -> None:
    write(tmp_path / "in.jsonl", {"text": "泵", "task": "title"})
    (tmp_path / "in.xlsx").write_bytes(b"PK")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = taibao("batch", *args, home=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
