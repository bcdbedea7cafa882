"""Two models on the same rows: differences with intervals, by paired bootstrap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from train.evaluation import metrics
from train.evaluation.evaluate import Verdict, measure, verdict_of
from train.evaluation.metrics import Floats
from train.evaluation.reports import Report
from train.evaluation.tables import METRICS


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of one set, the second model against the first.

    Attributes:
        rows: those that both measured with the same question and gold.
        difference: second minus first; `interval` its middle 95 % over 1,000 resamples of the rows.
        p: how often a resample has the difference on the other side of zero, twice: a two-sided p value.
        higher, lower: rows on which the second model has more or less; None for measures of whole sets.
        verdict: of the second model, at 95 %; "no claim" under 100 rows and for looked-up answers.
    """

    set: str
    task: str
    lang: str
    metric: str
    rows: int
    first: float
    second: float
    difference: float
    interval: tuple[float, float]
    p: float
    higher: int | None
    lower: int | None
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Compared:
    """What could be compared, and what could not: (set, why)."""

    differences: list[Difference] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def compare(first: Report, second: Report) -> Compared:
    """All metrics of all sets that both reports have rows of."""
    others = {made["name"]: made for made in second["sets"]}
    found = Compared()
    for made in first["sets"]:
        other = others.pop(made["name"], None)
        if other is None:
            found.left_out.append((made["name"], "only the first report has it"))
            continue
        places = _common(made["measured"], other["measured"])
        if not places:
            found.left_out.append((made["name"], "no row was measured with the same question and gold in both"))
            continue
        found.differences += _differences(made, other, places)
    found.left_out += [(name, "only the second report has it") for name in others]
    return found


def _common(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Places of the rows that both have, in the order of the first."""
    there = {key: at for at, key in enumerate(zip(second["ids"], second["digests"], strict=True))}
    keys = zip(first["ids"], first["digests"], strict=True)
    return [(at, there[key]) for at, key in enumerate(keys) if key in there]


def _differences(
    first: Mapping[str, Any], second: Mapping[str, Any], places: list[tuple[int, int]]
) -> Iterator[Difference]:
    draws = metrics.resamples(len(places))
    for name, lines in first["measured"]["tables"].items():
        others = second["measured"]["tables"].get(name)
        if others is None or name not in METRICS:
            continue
        a = np.array([lines[at] for at, _ in places], np.float64)
        b = np.array([others[at] for _, at in places], np.float64)
        yield _difference(first, name, a, b, draws)


def _difference(made: Mapping[str, Any], name: str, a: Floats, b: Floats, draws: Any) -> Difference:
    metric = METRICS[name]
    (first, _, drawn), (second, _, other) = measure(metric, a, draws), measure(metric, b, draws)
    drawn = other - drawn
    interval = metrics.rounded(metrics.percentile_interval(drawn))
    alone = metric.rate or metric.mean
    return Difference(
        set=made["name"],
        task=made["task"],
        lang=made["lang"],
        metric=name,
        rows=len(a),
        first=first,
        second=second,
        difference=round(second - first, 4),
        interval=interval,
        p=round(min(1.0, 2 * min(float((drawn <= 0).mean()), float((drawn >= 0).mean()))), 4),
        higher=int((b > a).sum()) if alone else None,
        lower=int((b < a).sum()) if alone else None,
        verdict=verdict_of(interval, len(a), made["kind"]),
    )
