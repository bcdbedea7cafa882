"""Does a model know what it does not know? Probabilities of first labels against how often they are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from train.evaluation import metrics
from train.evaluation.answers import OutputRow
from train.evaluation.metrics import Floats
from train.evaluation.rows import EvalRow

BINS: Final = 10
SURE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose first label has a probability from `low` to below `high` (the last includes 1)."""

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """Of the rows that have probabilities.

    Attributes:
        gap: mean probability of the first label less the share that is right, with its 95 % interval by bootstrap;
            above 0 the model is over-confident.
        ece: expected calibration error over ten equal bins (Guo et al. 2017).
        brier: mean squared difference of probability and being right (0 or 1).
        sure: rows with a probability of 0.9 and more; `sure_wrong` of them are wrong, `sure_interval` is Wilson's.
    """

    rows: int
    confidence: float
    accuracy: float
    gap: float
    gap_interval: tuple[float, float]
    ece: float
    brier: float
    sure: int
    sure_wrong: int
    sure_interval: tuple[float, float]
    bins: tuple[Bin, ...]


def confidence_of(rows: Sequence[EvalRow], answered: Sequence[OutputRow]) -> Confidence | None:
    """None when no row has labels with probabilities."""
    pairs = [
        (float(answer["labels"][0]["p"]), str(answer["labels"][0]["label"]) in row.golds)
        for row, answer in zip(rows, answered, strict=True)
        if answer["error"] is None and isinstance(answer["output"], str) and has_p(answer.get("labels"))
    ]
    if not pairs:
        return None
    table = np.array(pairs, np.float64)
    p, hit = table[:, 0], table[:, 1]
    bins = _bins(p, hit)
    drawn = metrics.bootstrap(table, _gap, metrics.resamples(len(table)))
    sure = p >= SURE
    wrong = int(np.sum(sure & (hit == 0)))
    return Confidence(
        rows=len(table),
        confidence=round(float(p.mean()), 4),
        accuracy=round(float(hit.mean()), 4),
        gap=round(_gap(table), 4),
        gap_interval=metrics.rounded(metrics.percentile_interval(drawn)),
        ece=round(sum(each.rows * abs(each.confidence - each.accuracy) for each in bins) / len(table), 4),
        brier=round(float(np.mean((p - hit) ** 2)), 4),
        sure=int(sure.sum()),
        sure_wrong=wrong,
        sure_interval=metrics.rounded(metrics.wilson(wrong, int(sure.sum()))),
        bins=bins,
    )


def has_p(labels: Any) -> bool:
    """Whether labels come with probabilities."""
    return bool(labels) and "p" in labels[0]


def _gap(table: Floats) -> float:
    return float(table[:, 0].mean() - table[:, 1].mean())


def _bins(p: Floats, hit: Floats) -> tuple[Bin, ...]:
    places = np.minimum((p * BINS).astype(int), BINS - 1)
    return tuple(
        Bin(at / BINS, (at + 1) / BINS, int(own.sum()), float(p[own].mean()), float(hit[own].mean()))
        for at in range(BINS)
        if (own := places == at).any()
    )
