"""Conversations with their answers as evaluation rows: asked as they stand, in sets by task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.engine.base import LabelScore, Request, Result
from taibao_cli.errors import InputError, RowError
from tests.cli.shell import taibao
from train.evaluation.evaluate import evaluate
from train.evaluation.own import own_sets


def said(task: str, question: str, answer: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"messages": messages, "task": task, **more}


ROWS = [
    said("type", "这是哪一种专利？", "发明"),
    said("ipc", "分类：一种电池", "H01M", section="H"),
    said("ipc", "分类：一种电机", "H02K 1/00"),
    said("similarity", "泵和水泵有多相似？", "3"),
    said("translate", "译成英文：一种泵", "A pump"),
    said("title", "起个名称：本发明公开了一种泵。", "一种泵"),
    said("", "Who are you?", "An assistant."),
]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


class Engine:
    """Answers what `known` has for the last message, label sets with certainty; keeps what it was asked."""

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known
        self.asked: list[Request] = []

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for request in requests:
            assert request is not None
            self.asked.append(request)
            answer = self.known.get(request.messages[-1].content)
            if answer is None:
                yield Result(request.key, "", "error", error=RowError("engine", "none"))
            elif request.labels:
                others = tuple(LabelScore(label, 0.0) for label in request.labels if label != answer)
                yield Result(request.key, "", "label", labels=(LabelScore(answer, 1.0), *others))
            else:
                yield Result(request.key, f" {answer}\n", "stop")


def test_sets_by_task_and_what_their_answers_are(tmp_path: Path) -> None:
    sets = own_sets(write(tmp_path / "test.jsonl", ROWS), None).made
    assert {made.name: (made.metrics[0], made.rows[0].gold) for made in sets} == {
        "type zh as asked": ("accuracy", "invention"),
        "ipc subclass zh as asked": ("accuracy", "H01M"),
        "ipc zh as asked, written": ("exact", "H02K 1/00"),
        "similarity zh as asked": ("Spearman", 0.75),
        "translate zh-en as asked, written": ("chrF", "A pump"),
        "title zh as asked, written": ("ROUGE-L", "一种泵"),
        "chat en as asked, written": ("ROUGE-L", "An assistant."),
    }
    assert {made.task for made in sets} == {"conversation"}
    assert "section accuracy" in next(made for made in sets if made.name.startswith("ipc subclass")).metrics


def test_they_are_asked_word_for_word(tmp_path: Path) -> None:
    rows = [{**row, "messages": [{"role": "system", "content": "Be brief."}, *row["messages"]]} for row in ROWS]
    sets = own_sets(write(tmp_path / "test.jsonl", rows), None).made
    engine: Any = Engine({row["messages"][1]["content"]: row["messages"][2]["content"] for row in rows})
    reports = list(evaluate(sets, engine=engine, model=None, hints=None, baselines={}))
    assert [[(m.role, m.content) for m in asked.messages] for asked in engine.asked] == [
        [(m["role"], m["content"]) for m in row["messages"][:-1]] for row in rows
    ]
    labels = [asked.labels for asked in engine.asked]
    assert labels[0] == ("发明", "实用新型", "外观设计")
    assert labels[1] is not None
    assert {"H01M", "A01B"} <= set(labels[1])
    assert labels[3] == ("0", "1", "2", "3", "4")
    assert [each is None for each in labels] == [False, False, True, False, True, True, True]
    values = {report.name: report.scores[0].value for report in reports}
    assert {name for name, value in values.items() if value == 1} == {
        name for name in values if not name.startswith(("similarity", "translate"))
    }
    assert values["translate zh-en as asked, written"] == 100.0
    assert [report.errors for report in reports] == [0] * len(ROWS)


def test_wrong_and_missing_answers(tmp_path: Path) -> None:
    sets = own_sets(write(tmp_path / "test.jsonl", [*ROWS[:2], said("type", "又是哪一种？", "发明")]), None).made
    engine: Any = Engine({"这是哪一种专利？": "外观设计", "分类：一种电池": "H01B"})
    types, symbols = evaluate(sets, engine=engine, model=None, hints=None, baselines={})
    assert (types.rows, types.errors, types.invalid, types.scores[0].value) == (2, 1, 1, 0.0)
    scores = {score.metric: score.value for score in symbols.scores}
    assert (scores["accuracy"], scores["section accuracy"], scores["class accuracy"]) == (0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages must end with an answer to a question"),
        (said("title", "x", " "), "messages must end with an answer to a question"),
        (
            {"messages": [{"role": "user"}, {"role": "assistant", "content": "x"}]},
            "messages must be objects with role and content",
        ),
        ({"messages": [{"role": "user", "content": "x"}], "task": "chat"}, "reference is missing"),
    ],
)
def test_conversations_that_are_none(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError) as caught:
        own_sets(write(tmp_path / "test.jsonl", [row]), None)
    assert str(caught.value) == f"{tmp_path / 'test.jsonl'}:1: {why}"


def test_the_command_measures_a_test_split_and_compares_it(tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", ROWS)
    done = taibao("eval", "--data", "test.jsonl", "-o", "a.json", "--rephrase", "2", home=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert "| type zh as asked | gold | 1 | accuracy |" in done.stdout.decode()
    compared = taibao("eval", "compare", "a.json", "a.json", "--json", home=tmp_path)
    assert compared.returncode == 0, compared.stderr.decode()
    assert len({each["set"] for each in json.loads(compared.stdout)["differences"]}) == len(ROWS)
