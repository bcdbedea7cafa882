"""Where a model is better and where worse: by section of the IPC, by length, by label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from train.evaluation import metrics
from train.evaluation.answers import Answer
from train.evaluation.metrics import Floats
from train.evaluation.rows import EvalRow
from train.evaluation.tables import Metric

LENGTHS: Final = ("short", "middle", "long")
"""Thirds of the rows by the length of their source."""

MOST_LABELS: Final = 12
_DRAWS: Final = 500


@dataclass(frozen=True, slots=True)
class Share:
    """The first metric of a set on some of its rows; `by` is section or length, `name` which; `longest` is that of the
    sources, in characters."""

    by: str
    name: str
    rows: int
    value: float
    interval: tuple[float, float]
    longest: int


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label of gold: `f1` is 0 when it was never given."""

    label: str
    rows: int
    given: int
    precision: float
    recall: float
    f1: float


def shares(rows: Sequence[EvalRow], table: Floats, metric: Metric) -> list[Share]:
    """By section, where the rows have any, and by length, where there are three rows or more."""
    sizes = np.array([len(row.source) for row in rows])
    found: list[Share] = []
    sections = sorted({row.section for row in rows} - {""})
    if len(sections) > 1:
        for name in sections:
            found.append(_share("section", name, np.array([row.section == name for row in rows]), sizes, table, metric))
    if len(rows) >= len(LENGTHS) and len(set(sizes.tolist())) > 1:
        order = np.argsort(sizes, kind="stable")
        for name, places in zip(LENGTHS, np.array_split(order, len(LENGTHS)), strict=True):
            found.append(_share("length", name, places, sizes, table, metric))
    return found


def _share(by: str, name: str, places: np.ndarray, sizes: np.ndarray, table: Floats, metric: Metric) -> Share:
    own = table[places]
    drawn = metrics.bootstrap(own, metric.combine, metrics.resamples(len(own), samples=_DRAWS))
    interval = metrics.wilson(int(own.sum()), len(own)) if metric.rate else metrics.percentile_interval(drawn)
    value = round(metric.combine(own), 4)
    return Share(by, name, len(own), value, metrics.rounded(interval), int(sizes[places].max()))


def label_scores(rows: Sequence[EvalRow], answers: Sequence[Answer | None]) -> list[LabelScore]:
    """Precision, recall and F1 of each label of a small closed set; [] for other answers."""
    if not any(isinstance(answer, tuple) for answer in answers):
        return []
    golds = [row.golds[0] for row in rows]
    labels = sorted(set(golds))
    if not 2 <= len(labels) <= MOST_LABELS:
        return []
    given = [answer[0] if isinstance(answer, tuple) and answer else None for answer in answers]
    return [_label(label, golds, given) for label in labels]


def _label(label: str, golds: Sequence[str], given: Sequence[str | None]) -> LabelScore:
    both = sum(gold == own == label for gold, own in zip(golds, given, strict=True))
    wanted, said = golds.count(label), list(given).count(label)
    return LabelScore(
        label=label,
        rows=wanted,
        given=said,
        precision=round(both / said, 4) if said else 0.0,
        recall=round(both / wanted, 4),
        f1=round(2 * both / (wanted + said), 4),
    )
