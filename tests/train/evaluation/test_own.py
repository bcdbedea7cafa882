"""Rows of a user's own, with references, measured through the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import InputError
from tests.cli.shell import taibao
from train.evaluation.own import own_sets

ROWS: list[dict[str, Any]] = [
    {"id": "t1", "task": "title", "abstract": "本发明公开了一种泵。", "reference": ["一种泵", "泵"], "section": "F"},
    {"id": "t2", "task": "title", "text": "本发明公开了一种阀。", "reference": "一种阀", "section": "F"},
    {"task": "ipc", "text": "一种电池", "reference": "H01M 10/0525"},
    {"task": "ipc", "text": "一种电池", "level": "section", "reference": "H"},
    {"task": "translate", "text": "一种泵", "to": "en", "reference": "a pump"},
    {"task": "labels", "text": "一种泵", "labels": ["电池", "泵"], "reference": "泵", "part": "mine"},
    {"task": "similarity", "a": "pump", "b": "fluid pump", "reference": 0.75},
    {"task": "entail", "a": "包括壳体。", "b": "有壳体。", "reference": "entailed"},
    {"task": "ask", "question": "发明专利保护期多久？", "reference": "GROUNDED"},
    {"question": "保护期？", "choices": ["十年", "二十年"], "answer": "B", "subject": "专利法"},
]


def write(path: Path, rows: list[Mapping[str, Any]] | list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_set_for_each_task_language_and_level(tmp_path: Path) -> None:
    made = {evalset.name: evalset for evalset in own_sets(write(tmp_path / "r.jsonl", ROWS), None).made}
    assert {name: evalset.metrics[0] for name, evalset in made.items()} == {
        "title zh": "ROUGE-L",
        "ipc subclass zh": "accuracy",
        "ipc section zh": "accuracy",
        "translate zh-en": "chrF",
        "labels zh": "accuracy",
        "similarity en": "Spearman",
        "entail zh": "accuracy",
        "ask zh": "accuracy",
        "choice zh": "accuracy",
    }
    titles = made["title zh"].rows
    assert [(row.id, row.golds, row.section) for row in titles] == [
        ("t1", ("一种泵", "泵"), "F"),
        ("t2", ("一种阀",), "F"),
    ]
    assert (made["ipc subclass zh"].rows[0].gold, made["ipc subclass zh"].rows[0].id) == ("H01M", "3")
    assert all("reference" not in row.inputs for evalset in made.values() for row in evalset.rows)
    assert "class accuracy" in made["ipc subclass zh"].metrics
    assert "class accuracy" not in made["ipc section zh"].metrics


def test_a_default_task_and_a_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", [{"text": "本发明公开了一种泵。", "reference": "一种泵"}] * 3)
    (made,) = own_sets(path, "title", limit=2).made
    assert (made.name, len(made.rows)) == ("title zh", 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"task": "title", "text": "一种泵"}', "2: reference is missing"),
        ('{"text": "一种泵", "reference": "泵"}', "2: task is missing"),
        ('{"task": "title", "text": "一种泵", "reference": 3}', "2: reference must be text"),
        (
            '{"task": "similarity", "a": "x", "b": "y", "reference": "0.5"}',
            "2: reference of task similarity must be a num",
        ),
        (
            '{"task": "labels", "text": "泵", "labels": ["甲", "乙"], "reference": "丙"}',
            "2: reference '丙' is none of the la",
        ),
        ('{"task": "title", "reference": "泵"}', "2: task title needs abstract or text"),
        ("[]", "2: a row is a JSON object"),
        ("{", "2: not JSON"),
    ],
)
def test_rows_that_do_not_fit_are_named_by_line(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "r.jsonl").write_text(json.dumps(ROWS[1], ensure_ascii=False) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"r\.jsonl:{why}"):
        own_sets(tmp_path / "r.jsonl", None)


def test_an_empty_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no rows"):
        own_sets(write(tmp_path / "r.jsonl", []), None)


def test_command_measures_compares_and_makes_pages(tmp_path: Path) -> None:
    long = [{**row, "id": f"{n}-{at}"} for n in range(4) for at, row in enumerate(ROWS)]
    write(tmp_path / "rows.jsonl", long)
    asked = ("eval", "--data", "rows.jsonl", "--rephrase", "2", "--samples", "1")
    done = taibao(*asked, "-o", "a.json", "--page", "a.html", home=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "| choice zh | gold | 4 | accuracy |" in done.stdout.decode()
    report = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    made = {each["name"]: each for each in report["sets"]}
    assert made["entail zh"]["stability"]["phrasings"] > 2
    assert made["labels zh"]["confidence"]["rows"] == 4
    assert made["choice zh"]["scores"][0]["baselines"][0]["name"] == "longest choice"
    assert len(made["title zh"]["measured"]["tables"]["ROUGE-L"]) == 8
    assert made["title zh"]["checks"][0]["check"] == "all"
    html = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert html.count("<svg") == 2
    assert "<script" not in html
    again = taibao("--lang", "zh", "eval", "page", "a.json", "-o", "a.md", home=tmp_path)
    assert again.returncode == 0, again.stderr.decode()
    page = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert page.startswith("# 评测报告：fake@000000000000\n")
    assert "![scores](a-scores.svg)" in page
    assert {path.name for path in tmp_path.glob("*.svg")} == {"a-scores.svg", "a-reliability.svg"}
    write(tmp_path / "rows.jsonl", long[5:])
    taibao(*asked, "-o", "b.json", home=tmp_path)
    compared = taibao("eval", "compare", "a.json", "b.json", "--json", "-o", "c.md", home=tmp_path)
    assert compared.returncode == 0, compared.stderr.decode()
    found = json.loads(compared.stdout)
    rows = {each["set"]: each["rows"] for each in found["differences"]}
    assert (rows["title zh"], rows["choice zh"]) == (6, 4)
    assert all(each["difference"] == 0 and each["p"] == 1 for each in found["differences"])
    assert (tmp_path / "c-differences.svg").is_file()
    table = taibao("--lang", "zh", "eval", "compare", "a.json", "b.json", home=tmp_path).stdout.decode()
    columns = "评测集 | 指标 | 行数 | 前者 | 后者 | 差（后减前） | 95% 区间 | p | 更好 | 更差 | 结论"
    assert table.startswith(f"| {columns} |\n")
    assert "| choice zh | accuracy | 4 | " in table
    assert "| 不作结论 |" in table
    refused = taibao("eval", "page", "a.json", "-o", "a.md", home=tmp_path)
    assert (refused.returncode, b"exists already" in refused.stderr) == (1, True)
    wrong = taibao("eval", "page", "a.json", "-o", "a.pdf", home=tmp_path)
    assert (wrong.returncode, b"a page is HTML or Markdown" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("page", "code", "why"),
    [("a.pdf", 2, "a page is HTML or Markdown"), ("none/a.html", 1, "there is no folder none")],
)
def test_pages_that_cannot_be_are_refused_before_anything_is_measured(
    tmp_path: Path, page: str, code: int, why: str
) -> None:
    write(tmp_path / "rows.jsonl", ROWS)
    done = taibao("eval", "--data", "rows.jsonl", "--page", page, "-o", "a.json", home=tmp_path)
    assert (done.returncode, why in done.stderr.decode(), done.stdout) == (code, True, b"")
    assert not (tmp_path / "a.json").exists()


def test_reports_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"schema": 1, "sets": []}', encoding="utf-8")
    (tmp_path / "b.json").write_text("[]", encoding="utf-8")
    for name, why in (("a.json", "measure again"), ("b.json", "not a report"), ("c.json", "not a report")):
        done = taibao("eval", "compare", name, "a.json", home=tmp_path)
        assert (done.returncode, why in done.stderr.decode()) == (4, True)
