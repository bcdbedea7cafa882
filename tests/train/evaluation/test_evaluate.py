from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.engine.base import Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import InputError, RowError
from taibao_cli.models.registry import Model
from taibao_cli.tasks.prepare import Hints
from tests.cli.shell import taibao
from tests.train.corpora import make_corpora
from train.evaluation.evaluate import evaluate, report_on, verdict_of
from train.evaluation.lookup_rows import altered
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet, Lookup, build_sets
from train.evaluation.written_rows import first_claim

LOOKUP = Lookup(
    questions=[("zh", "发明专利的保护期是多久？"), ("en", "How long does an invention patent last?")],
    statements=[("zh", "任何人可以提出无效宣告请求。", "right"), ("en", "A patent lasts forever.", "wrong")],
)
MODEL = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpora(tmp_path_factory.mktemp("corpora"))


def output(answer: Any, finish: str = "stop", **fields: Any) -> dict[str, Any]:
    return {"id": 1, "output": answer, "finish": finish, "error": None, **fields}


def text_set(*golds: str, task: str = "title") -> EvalSet:
    rows = tuple(EvalRow(str(n), {"task": task, "abstract": "…", "lang": "zh"}, gold) for n, gold in enumerate(golds))
    return EvalSet("t", task, "zh", ("ROUGE-L",), "gold", "made", rows)


def test_sets_come_from_dev_rows_with_the_gold_left_out_of_the_inputs(folder: Path) -> None:
    sets = build_sets(folder, LOOKUP)
    assert sets.left_out == [
        ("summarize description zh", "no dev rows for it"),
        ("similarity documents", "no dev rows for it"),
        ("chat zh", f"instructions.jsonl.xz is not in {folder}"),
        ("invented data zh", "no dev rows for it"),
        ("chat en", f"instructions.jsonl.xz is not in {folder}"),
    ]
    by_name = {made.name: made for made in sets.made}
    assert all("-train-" not in row.id for made in sets.made for row in made.rows)
    assert all(not re.search(r"\d", row.inputs["text"]) for row in by_name["type zh"].rows)
    assert all("本发明" not in row.inputs["text"] for row in by_name["type neutral zh"].rows)
    assert sorted(row.gold for row in by_name["type zh"].rows) == ["invention"] * 6 + ["utility model"] * 6
    assert {row.gold for row in by_name["ipc class en"].rows} == {"H02", "B65", "C08"}
    assert [row.id for row in by_name["ipc class en"].rows] == [row.id for row in by_name["ipc section en"].rows]
    assert all("title" not in row.inputs for row in by_name["title zh"].rows)
    assert all(row.gold in row.inputs["labels"] for row in by_name["labels en"].rows)
    assert {row.part for row in by_name["translate zh-en"].rows} == {"title", "clause", "scheme title"}
    assert not any(row.id.startswith(("p-dev-90", "p-dev-92")) for row in by_name["translate zh-en"].rows)
    assert ("judge-0/altered", "任何人不得提出无效宣告请求。", "wrong") in {
        (row.id, row.inputs["text"], row.gold) for row in by_name["judge zh"].rows
    }
    assert {made.kind for name, made in by_name.items() if name.startswith(("entail", "labels"))} == {"constructed"}


def test_sets_are_the_same_each_time_and_a_limit_takes_their_start(folder: Path) -> None:
    sets = build_sets(folder, LOOKUP).made
    assert sets == build_sets(folder, LOOKUP).made
    fewer = build_sets(folder, LOOKUP, limit=3).made
    assert [made.rows for made in fewer] == [made.rows[:3] for made in sets]
    assert {made.task for made in build_sets(folder, LOOKUP, tasks=["title", "ask"]).made} == {"title", "ask"}


def test_folder_without_corpora(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has none of patents_zh\.jsonl\.xz"):
        build_sets(tmp_path, LOOKUP)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    make_corpora(tmp_path)
    (tmp_path / "pairs.jsonl.xz").unlink()
    left_out = dict(build_sets(tmp_path, LOOKUP, tasks=["translate"]).left_out)
    assert left_out == dict.fromkeys(("translate zh-en", "translate en-zh"), f"pairs.jsonl.xz is not in {tmp_path}")


def test_a_model_that_knows_the_answers_beats_the_baseline() -> None:
    evalset = text_set(*("一种泵", "一种阀") * 60)
    right = [output(row.gold) for row in evalset.rows]
    report = report_on(evalset, right, {"lead": ["一种"] * 120}, seconds=1.0, samples=1)
    (score,) = report.scores
    assert (score.metric, score.value, score.interval) == ("ROUGE-L", 1.0, (1.0, 1.0))
    (lead,) = score.baselines
    assert (lead.name, lead.value, lead.difference, lead.verdict) == ("lead", 0.8, (0.2, 0.2), "better")
    assert report.samples == [{"id": "0", "source": {"abstract": "…"}, "answer": "一种泵", "gold": "一种泵"}]


def test_counts_of_bad_answers() -> None:
    evalset = text_set("一种泵", "一种泵", "一种泵", "一种泵", "一种泵")
    failed = {**output(None, "error"), "error": RowError("too_long", "too long").as_json()}
    rows = [output("一种泵"), output(""), output("a pump", "length"), output("一种一种一种", "loop"), failed]
    report = report_on(evalset, rows, {}, seconds=0.5, samples=0)
    assert (report.rows, report.errors, report.invalid, report.loops, report.cut) == (5, 1, 3, 1, 1)
    assert report.scores[0].value == pytest.approx((1 + 4 / 9) / 5, abs=1e-4)


def test_ranked_labels() -> None:
    rows = tuple(
        EvalRow(str(n), {"task": "ipc", "text": "…", "lang": "zh"}, gold, gold) for n, gold in enumerate("HBCA")
    )
    evalset = EvalSet("i", "ipc", "zh", ("accuracy", "top-3", "macro-F1"), "gold", "made", rows)
    ranked = [["H", "B"], ["H", "C", "B"], ["H", "B", "A", "C"], ["A"]]
    answered = [output(own[0], "label", labels=[{"label": label} for label in own]) for own in ranked]
    report = report_on(evalset, answered, {"majority": [("H",)] * 4}, seconds=1.0, samples=0)
    assert [(score.metric, score.value) for score in report.scores] == [
        ("accuracy", 0.5),
        ("top-3", 0.75),
        ("macro-F1", 0.375),
    ]
    assert report.parts["B"] == {"rows": 1, "accuracy": 0.0}
    assert report.scores[0].baselines[0].verdict == "no claim"


def test_of_drafted_claims_the_first_counts() -> None:
    assert first_claim("1. 一种泵，包括壳体。\n2. 根据权利要求1所述的泵。") == "一种泵，包括壳体。"
    assert first_claim("A pump.") == "A pump."
    report = report_on(
        text_set("一种泵。", task="claims"), [output("1. 一种泵。\n2. 根据权利要求1的泵。")], {}, seconds=0, samples=0
    )
    assert report.scores[0].value == 1.0


@pytest.mark.parametrize(
    ("difference", "rows", "kind", "expected"),
    [
        ((0.1, 0.2), 100, "gold", "better"),
        ((-0.2, -0.1), 100, "constructed", "worse"),
        ((-0.1, 0.1), 900, "gold", "no claim"),
        ((0.1, 0.2), 99, "gold", "no claim"),
        ((0.1, 0.2), 900, "lookup", "no claim"),
    ],
)
def test_verdicts(difference: tuple[float, float], rows: int, kind: str, expected: str) -> None:
    assert verdict_of(difference, rows, kind) == expected


def test_statements_turned_round() -> None:
    assert altered("申请人可以修改申请文件。", "zh") == "申请人不得修改申请文件。"
    assert altered("A design is not examined.", "en") == "A design is examined."
    assert altered("二十年。", "zh") is None


def test_answers_go_through_the_path_of_the_users(folder: Path) -> None:
    sets = build_sets(folder, LOOKUP, tasks=["ipc", "title", "translate", "similarity", "ask"]).made
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.messages[-1].content)
        return "充电器 \n second line"

    rows: list[None] = []
    reports = list(
        evaluate(
            sets,
            engine=FakeEngine(answer),
            model=MODEL,
            hints=lambda text, source, to: Hints(terms="charger (given)"),
            baselines={},
            advance=lambda: rows.append(None),
        )
    )
    assert [report.name for report in reports] == [made.name for made in sets]
    assert len(rows) == sum(report.rows for report in reports)
    titles = next(report for report in reports if report.name == "title zh")
    assert titles.errors == titles.invalid == 0
    assert titles.parts == {}
    sections = next(report for report in reports if report.name == "ipc section zh")
    top1, top3, top5, _ = sections.scores
    assert 0 <= top1.value <= top3.value <= top5.value
    assert {part: own["rows"] for part, own in sections.parts.items()} == {"B": 4, "C": 4, "H": 4}
    assert sum("charger (given)" in text for text in asked) == sum(r.rows for r in reports if r.task == "translate")
    english = next(report for report in reports if report.name == "translate zh-en")
    assert english.invalid == english.rows


def test_command_prints_a_table_and_writes_a_report(folder: Path, tmp_path: Path) -> None:
    done = taibao(
        "eval", "--data", folder, "--tasks", "type,title,ask", "--samples", "1", "-o", "r.json", home=tmp_path
    )
    assert done.returncode == 0, done.stderr
    table = done.stdout.decode()
    assert "| set | gold | rows | metric | score | 95 % | baseline | its score | verdict |" in table
    assert re.search(r"\| title zh \| gold \| 12 \| ROUGE-L \| 0\.\d{3} \| 0\.\d{3}–0\.\d{3} \| first clause \|", table)
    chinese = taibao("--lang", "zh", "eval", "--data", folder, "--tasks", "type", home=tmp_path).stdout.decode()
    assert "| 评测集 | 答案来源 | 行数 | 指标 | 得分 | 95% 区间 | 基线 | 基线得分 | 结论 |" in chinese
    assert "| 评测集 | 行数 | 错误 | 无效答案 | 循环 | 超长截断 | 秒 |" in chinese
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert set(report) == {"schema", "taibao", "model", "width", "limit", "threads", "seconds", "sets", "left_out"}
    assert report["model"]["label"] == "fake@000000000000"
    assert [made["name"] for made in report["sets"]][:2] == ["type zh", "type neutral zh"]
    first = report["sets"][0]
    assert set(first["scores"][0]) == {"metric", "value", "interval", "baselines"}
    assert set(first["scores"][0]["baselines"][0]) == {"name", "value", "interval", "difference", "verdict"}
    assert len(first["samples"]) == 1
    assert (tmp_path / "r.baselines.json").is_file()
    again = taibao("eval", "--data", folder, "--tasks", "title", "-o", "r.json", home=tmp_path)
    assert (again.returncode, b"exists already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "give --data: a folder with patents_zh.jsonl.xz"),
        (["--data", "."], 4, "has none of patents_zh.jsonl.xz"),
        (["--data", ".", "--tasks", "claim"], 2, "no set for claim; there are sets for type, ipc"),
        (["--data", ".", "-o", "missing/r.json"], 1, "missing/r.json.part: cannot be written"),
    ],
)
def test_bad_arguments(tmp_path: Path, arguments: list[str], code: int, message: str) -> None:
    done = taibao("eval", *arguments, home=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
