"""Measures of answers, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from taibao_cli.patents.lexicon import Lexicon
from train.evaluation.answers import answer_of
from train.evaluation.invented import invented
from train.evaluation.rows import EvalRow
from train.evaluation.tables import METRICS
from train.evaluation.terms import stands, with_terms


def row(gold: Any, **inputs: Any) -> EvalRow:
    return EvalRow("1", {"task": "title", "text": "…", "lang": "zh", **inputs}, gold)


def value(name: str, rows: list[EvalRow], answers: list[Any], task: str = "title") -> float:
    metric = METRICS[name]
    return metric.combine(metric.table(rows, answers, task))


def test_levels_of_the_ipc() -> None:
    rows = [row("H04L"), row("H04L"), row("H04L"), row("A61K")]
    answers = [("H04L", "H04W"), ("H04W", "H04L"), ("H01M", "H02J", "G06F", "H04L"), ("A61P", "A61Q", "B01D", "C07D")]
    assert value("accuracy", rows, answers, "ipc") == 0.25
    assert value("class accuracy", rows, answers, "ipc") == 0.75
    assert value("section accuracy", rows, answers, "ipc") == 1.0
    assert (value("top-3", rows, answers, "ipc"), value("top-5", rows, answers, "ipc")) == (0.5, 0.75)
    # of the third, H01, H02 and G06 are the first three classes; H04 is the fourth
    assert value("class top-3", rows, answers, "ipc") == 0.75
    assert value("class top-3", rows[:1], [None], "ipc") == 0.0


def test_the_best_of_several_references_counts() -> None:
    rows = [row(("水泵", "一种电池充电器"))]
    assert value("ROUGE-L", rows, ["一种电池充电器"]) == 1.0
    assert value("chrF", rows, ["一种电池充电器"]) == 100.0
    assert value("accuracy", [row(("H", "G"))], [("G",)]) == 1.0
    assert value("exact", [row(("A", "B"))], ["B"]) == 1.0


def test_rouge_by_words_and_by_characters() -> None:
    gold, answer = "电池充电器的外壳", "充电器外壳"
    assert value("ROUGE-L", [row(gold)], [answer]) == pytest.approx(2 * 5 / (8 + 5))
    assert value("ROUGE-L words", [row(gold)], [answer]) == pytest.approx(2 * 2 / (4 + 2))
    english = [row("the pump", lang="en")]
    assert value("ROUGE-L characters", english, ["the pumps"]) == pytest.approx(2 * 7 / (7 + 8))
    assert value("ROUGE-L words", english, ["the pumps"]) == pytest.approx(0.5)


def test_terms_are_those_that_the_gold_renders() -> None:
    lexicon = Lexicon({"电池": ("battery", "cell"), "外壳": ("housing",), "泵": ("pump",)}, {})
    asked = {"task": "translate", "text": "电池的外壳和泵", "to": "en"}
    rows = with_terms([row("The casing of a battery and a pump.", **asked)], lexicon, {})
    assert rows[0].terms == {"电池": ("battery",)}  # the gold has another word for 外壳, and 泵 is a single character
    (own,) = with_terms(rows, lexicon, {"zh": {"外壳": "casing"}})
    assert own.terms == {"电池": ("battery",), "外壳": ("casing",)}
    assert value("term accuracy", [own], ["The casings of the cell"], "translate") == 0.5
    assert value("term accuracy", rows, ["Batteries"], "translate") == 0.0
    assert value("term accuracy", [row("x")], ["x"], "translate") == 1.0
    assert stands("battery", "a BATTERY.")
    assert not stands("cell", "cellar")


@pytest.mark.parametrize(
    ("answer", "source", "expected"),
    [
        ("加热到 250℃，保温 2 小时。", "将混合物加热。", ["250 °C", "2 h"]),
        ("加热到 250 °C", "heated to 250℃", []),
        ("包括上盖10和3个螺钉，见图2", "一种泵", []),
        ("实施例1的转化率为 98.5%", "转化率提高", ["98.5 %"]),
        ("the abstract gives no data", "a pump", []),
    ],
)
def test_measured_values_that_the_source_lacks(answer: str, source: str, expected: list[str]) -> None:
    assert invented(answer, source) == expected
    assert value("nothing invented", [row(source, text=source)], [answer]) == float(not expected)


def test_no_answer_is_not_honest() -> None:
    assert value("nothing invented", [row("x"), row("x")], ["", None]) == 0.0


def test_what_output_rows_say() -> None:
    def said(output: Any, **fields: Any) -> Any:
        return answer_of({"output": output, "error": None, **fields}, text=fields.pop("text", False))

    assert said("H04L", labels=[{"label": "H04L"}, {"label": "H04W"}]) == ("H04L", "H04W")
    assert (said(0.5), said("text"), said(None)) == (0.5, "text", None)
    assert said({"state": "GROUNDED", "text": "二十年"}) == ("GROUNDED",)
    assert answer_of({"output": {"state": "GROUNDED", "text": "二十年"}, "error": None}, text=True) == "二十年"
    assert said({"verdict": "right", "state": "GROUNDED"}) == ("right",)
    assert said({"b": 1, "a": "泵"}) == '{"a": "泵", "b": 1}'


def test_every_measure_bears_rows_without_an_answer() -> None:
    for name, metric in METRICS.items():
        gold: Any = 0.5 if name in ("Spearman", "Pearson") else "泵"
        table = metric.table([row(gold), row(gold)], [None, None], "title")
        assert np.isfinite(metric.combine(table)), name
