"""Agreement of the answers to one question in several wordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from taibao_cli.engine.base import LabelScore, Request, Result
from taibao_cli.models.registry import Model
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet
from train.evaluation.stability import stability

MODEL = Model(name="fake", path=Path(), sha256="0" * 64, prompt="full", lexicon=None, metadata={})
TEXT = "本装置包括壳体和盖板。"


class Chooses:
    """Takes the label that a function names for a request."""

    def __init__(self, label: Callable[[Request], str]) -> None:
        self.label, self.asked = label, list[Request]()

    def run(self, requests: Iterator[Request]) -> Iterator[Result]:
        for request in requests:
            self.asked.append(request)
            best = self.label(request)
            assert request.labels is not None
            assert best in request.labels
            rest = tuple(LabelScore(label, 0.0) for label in request.labels if label != best)
            yield Result(request.key, best, "label", labels=(LabelScore(best, 1.0), *rest))


def evalset(task: str, lang: str, *golds: str | float, **inputs: str) -> EvalSet:
    given = inputs or {"text": TEXT}
    rows = tuple(EvalRow(str(n), {"task": task, "lang": lang, **given}, gold) for n, gold in enumerate(golds))
    return EvalSet(task, task, lang, ("accuracy",), "gold", "made", rows)  # type: ignore[arg-type]


def test_one_answer_in_every_wording() -> None:
    engine = Chooses(lambda request: "发明")
    found = stability(evalset("type", "zh", "invention", "utility model"), engine, MODEL, rows=2)
    assert found is not None
    assert (found.rows, found.phrasings, found.agreement, found.unanimous) == (2, 4, 1.0, 2)
    assert found.accuracy == (0.5,) * 4
    assert len({request.messages[-1].content for request in engine.asked}) == 4
    assert all(TEXT in request.messages[-1].content for request in engine.asked)


def test_a_model_that_wavers() -> None:
    def label(request: Request) -> str:
        return "实用新型" if request.messages[-1].content.startswith(TEXT) and len(request.messages) == 1 else "发明"

    found = stability(evalset("type", "zh", "invention"), Chooses(label), MODEL, rows=5)
    assert found is not None
    assert (found.agreement, found.unanimous) == (0.75, 0)
    assert sorted(found.accuracy) == [0.0, 1.0, 1.0, 1.0]


def test_numbers_have_a_spread() -> None:
    engine = Chooses(lambda request: "4" if len(request.messages) > 1 else "0")
    pair = {"a": "battery charger", "b": "phone charger"}
    found = stability(evalset("similarity", "en", 0.5, **pair), engine, MODEL, rows=1)
    assert found is not None
    assert found.agreement == pytest.approx((found.phrasings - 1) / found.phrasings, abs=1e-4)
    assert found.spread is not None
    assert found.spread > 0.3


def test_rows_in_another_language_than_the_set_are_left_out() -> None:
    """Pairs across languages stand in the English set of similarity."""
    pair = {"a": "一种充电器", "b": "phone charger"}
    rows = (EvalRow("1", {"task": "similarity", "lang": "zh", **pair}, 0.5),)
    mixed = EvalSet("similarity documents", "similarity", "en", ("Spearman",), "gold", "made", rows)
    assert stability(mixed, Chooses(lambda request: "4"), MODEL, rows=1) is None


def test_free_answers_have_none() -> None:
    assert stability(evalset("title", "zh", "一种泵"), Chooses(lambda request: ""), MODEL, rows=1) is None
