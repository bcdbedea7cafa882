"""`taibao convert report --data`: number formats measured by what the tasks score, with a plot and a recommendation."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from convert.report import SOURCE
from tests.cli.shell import taibao
from tests.train.corpora import make_corpora


def test_scores_of_the_tasks_decide_within_a_budget(tiny_gguf: Path, tmp_path: Path, texts: list[str]) -> None:
    pytest.importorskip("sklearn")
    make_corpora(tmp_path / "corpora", dev=8, train=3)
    (tmp_path / "held.txt").write_text("\n".join(texts), encoding="utf-8")
    asked = (
        "convert",
        "report",
        tiny_gguf,
        "--texts",
        "held.txt",
        "--types",
        "q8_0,q2_k",
        "--rows",
        "2",
        "--ctx",
        "256",
    )
    asked = (*asked, "--threads", "1", "--data", "corpora", "--tasks", "type,title", "--limit", "8")
    done = taibao(*asked, "-o", "out", "--max-loss", "1", "--max-kl", "0.1", home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr.decode()
    values = json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))
    original, q8, q2 = values["rows"]
    assert [row["type"] for row in values["rows"]] == [SOURCE, "q8_0", "q2_k"]
    sets = {"type zh accuracy", "type neutral zh accuracy", "type en accuracy", "type neutral en accuracy"}
    assert set(original["metrics"]) == set(q8["metrics"]) == sets | {"title zh ROUGE-L", "title en ROUGE-L"}
    assert all(0 <= score <= 1 for row in values["rows"] for score in row["metrics"].values())
    assert (q8["kl"] < 0.1 < q2["kl"], q2["bytes"] < q8["bytes"] < original["bytes"]) == (True, True)
    assert values["recommended"] == "q8_0"  # q2_k is smaller, and beyond --max-kl
    page = (tmp_path / "out/report.md").read_text(encoding="utf-8")
    assert "| **q8_0** |" in page
    assert "scores on up to 8 rows of each set of corpora" in page
    assert "KL 0." in page
    marks = [each.text for each in ElementTree.parse(tmp_path / "out/report.svg").iter() if each.tag.endswith("text")]
    assert {"q8_0", "q2_k", SOURCE} <= set(marks)


def test_a_budget_that_nothing_fits(tiny_gguf: Path, tmp_path: Path, texts: list[str]) -> None:
    (tmp_path / "held.txt").write_text(texts[0], encoding="utf-8")
    asked = ("convert", "report", tiny_gguf, "--texts", "held.txt", "--types", "q8_0", "--rows", "1", "--ctx", "256")
    done = taibao(*asked, "-o", "out", "--max-size", "0.01", home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr.decode()
    assert "No file is within the budget." in done.stdout.decode()
    assert json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))["recommended"] is None
