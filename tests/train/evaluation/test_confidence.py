from __future__ import annotations

from typing import Any

import pytest

from train.evaluation.confidence import confidence_of
from train.evaluation.rows import EvalRow

ROWS = [EvalRow(str(n), {"task": "type", "text": "…", "lang": "zh"}, gold) for n, gold in enumerate("AABB")]


def said(label: str, p: float) -> dict[str, Any]:
    return {"output": label, "error": None, "labels": [{"label": label, "p": p}]}


def test_a_model_that_is_too_sure() -> None:
    found = confidence_of(ROWS, [said("A", 0.95), said("B", 0.95), said("B", 0.95), said("A", 0.55)])
    assert found is not None
    assert (found.rows, found.confidence, found.accuracy, found.gap) == (4, 0.85, 0.5, 0.35)
    assert found.ece == pytest.approx((3 * abs(0.95 - 2 / 3) + 0.55) / 4, abs=1e-4)
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 0.05**2 + 0.55**2) / 4, abs=1e-4)
    assert (found.sure, found.sure_wrong) == (3, 1)
    assert [(each.low, each.rows, each.accuracy) for each in found.bins] == [
        (0.5, 1, 0.0),
        (0.9, 3, pytest.approx(2 / 3)),
    ]
    assert found.gap_interval[0] < 0.35 < found.gap_interval[1]


def test_a_model_that_knows() -> None:
    found = confidence_of(ROWS, [said(str(row.gold), 1.0) for row in ROWS])
    assert found is not None
    assert (found.gap, found.ece, found.brier, found.sure_wrong) == (0.0, 0.0, 0.0, 0)
    assert found.bins[0].high == 1.0


def test_without_probabilities_there_is_nothing_to_say() -> None:
    text = {"output": "泵", "error": None, "labels": None}
    primer = {"output": {"verdict": "right"}, "error": None, "labels": None}
    assert confidence_of(ROWS[:2], [text, primer]) is None
