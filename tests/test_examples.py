"""The example files are valid input and cover what they promise to cover."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.patents.language import detect
from taibao_cli.tasks import label_surfaces, load_file, prepare, render
from taibao_cli.tasks.registry import builtin_tasks
from tests.cli.shell import taibao

EXAMPLES = Path(__file__).parents[1] / "examples"
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (EXAMPLES / "patents.jsonl").read_text(encoding="utf-8").splitlines()
]


def task_names(row: dict[str, Any]) -> list[str]:
    return [name.strip() for name in row["task"].split(",")]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_row_is_accepted_and_its_language_is_the_one_in_its_id(row: dict[str, Any]) -> None:
    for name in task_names(row):
        assert prepare(builtin_tasks()[name], row).lang == row["id"][:2]


def test_ids_are_unique() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)


def test_every_builtin_task_appears_in_both_languages() -> None:
    seen = {(name, row["id"][:2]) for row in ROWS for name in task_names(row)}
    assert seen == {(name, lang) for name in builtin_tasks() for lang in ("zh", "en")}


def test_abstracts_keep_the_length_rules_of_their_office() -> None:
    for row in ROWS:
        if "abstract" in row:
            size = len(row["abstract"]) if detect(row["abstract"]) == "zh" else len(row["abstract"].split())
            assert size <= (300 if row["id"].startswith("zh") else 150), row["id"]


def test_glossary_has_ten_different_terms_with_a_rendering_each() -> None:
    pairs = [line.split("\t") for line in (EXAMPLES / "glossary.tsv").read_text(encoding="utf-8").splitlines()]
    assert all(len(pair) == 2 and all(pair) for pair in pairs)
    assert len({source for source, _ in pairs}) == 10


def test_the_patent_file_has_the_texts_beside_it(tmp_path: Path) -> None:
    row = json.loads(taibao("import", EXAMPLES / "patent.xml", home=tmp_path).stdout)
    assert row["claims"] == (EXAMPLES / "claims.txt").read_text(encoding="utf-8").splitlines()
    assert row["abstract"] == (EXAMPLES / "abstract.txt").read_text(encoding="utf-8").strip()
    assert row["description"].replace("## ", "") == (EXAMPLES / "description.txt").read_text(encoding="utf-8").strip()


def test_claims_and_patent_pass_all_checks(tmp_path: Path) -> None:
    for name in ("claims.txt", "patent.xml"):
        done = taibao("check", EXAMPLES / name, home=tmp_path)
        assert done.returncode == 0, done.stdout.decode()


def test_own_task_renders_in_both_languages() -> None:
    task = load_file(EXAMPLES / "my-task.toml")
    chinese = prepare(task, {"claims": ["1. 一种水泵，其特征在于，包括泵体和叶轮。"]})
    english = prepare(task, {"text": "1. A method of drying seeds, comprising heating the seeds to 40 °C."})
    assert label_surfaces(task, chinese) == ("产品", "方法", "用途")
    assert label_surfaces(task, english) == ("product", "method", "use")
    assert render(task, chinese, "brief")[-1].content.endswith("保护类型？")
    assert render(task, english, "full")[0].content.startswith("You are a patent attorney.")
