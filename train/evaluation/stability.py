"""Does the answer change when the same is asked in other words?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from taibao_cli.batch.runner import Overrides, build_request
from taibao_cli.engine.base import Request, Runs
from taibao_cli.errors import RowError
from taibao_cli.models.registry import Model
from taibao_cli.tasks import Inputs, Task, prepare
from taibao_cli.tasks.parse import parse
from train.evaluation import metrics
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet
from train.instructions.phrasings import phrasings


@dataclass(frozen=True, slots=True)
class Stability:
    """Of rows asked in every phrasing of their task, the one of run time first.

    Attributes:
        agreement: share of the phrasings that give the most frequent label of a row, mean over the rows, with its
            95 % interval by bootstrap.
        unanimous: rows on which all phrasings agree.
        accuracy: of each phrasing.
        spread: of numbers (similarity), the mean over the rows of the standard deviation; else None.
    """

    rows: int
    phrasings: int
    agreement: float
    interval: tuple[float, float]
    unanimous: int
    accuracy: tuple[float, ...]
    spread: float | None = None


def stability(evalset: EvalSet, engine: Runs, model: Model, *, rows: int) -> Stability | None:
    """Ask the first `rows` rows of a set of labels or numbers in all phrasings; None for a set without several."""
    asked = phrasings().get((evalset.task, evalset.lang), ())
    if len(asked) < 2 or asked[0].kind not in ("labels", "number"):
        return None
    taken = evalset.rows[:rows]
    answers = _answers(taken, asked, engine, model)
    if asked[0].kind == "number":
        return _of_numbers(taken, answers)
    kept = [(row, [str(label) for label in own]) for row, own in zip(taken, answers, strict=True) if None not in own]
    if not kept:
        return None
    agreement = np.array([Counter(own).most_common(1)[0][1] / len(own) for _, own in kept], np.float64)
    hits = np.array([[label in row.golds for label in own] for row, own in kept], np.float64)
    return Stability(
        rows=len(kept),
        phrasings=len(asked),
        agreement=round(float(agreement.mean()), 4),
        interval=_interval(agreement),
        unanimous=int((agreement == 1).sum()),
        accuracy=tuple(round(float(rate), 4) for rate in hits.mean(axis=0)),
    )


def _of_numbers(rows: Sequence[EvalRow], answers: Sequence[Sequence[str | float | None]]) -> Stability | None:
    """Agreement is that of the nearest quarters; accuracy the rank correlation with gold."""
    kept = [(float(str(row.gold)), own) for row, own in zip(rows, answers, strict=True) if None not in own]
    if not kept:
        return None
    table = np.array([own for _, own in kept], np.float64)
    golds = np.array([gold for gold, _ in kept])
    rounded = np.rint(table * 4)
    agreement = np.array([np.unique(line, return_counts=True)[1].max() / len(line) for line in rounded], np.float64)
    return Stability(
        rows=len(kept),
        phrasings=table.shape[1],
        agreement=round(float(agreement.mean()), 4),
        interval=_interval(agreement),
        unanimous=int((agreement == 1).sum()),
        accuracy=tuple(round(metrics.spearman(golds, column), 4) for column in table.T),
        spread=round(float(table.std(axis=1).mean()), 4),
    )


def _interval(values: metrics.Floats) -> tuple[float, float]:
    drawn = metrics.bootstrap(values, metrics.accuracy, metrics.resamples(len(values)))
    return metrics.rounded(metrics.percentile_interval(drawn))


def _answers(
    rows: Sequence[EvalRow], asked: Sequence[Task], engine: Runs, model: Model
) -> list[list[str | float | None]]:
    """By row and phrasing; None where there was no answer."""
    found: list[list[str | float | None]] = [[None] * len(asked) for _ in rows]
    prepared: list[Inputs | None] = [_prepared(asked[1], row) for row in rows]

    def requests() -> Iterator[Request]:
        for at, task in enumerate(asked):
            for number, inputs in enumerate(prepared):
                if inputs is not None:
                    yield build_request(f"{number}/{at}", task, inputs, model, Overrides())

    for result in engine.run(requests()):
        number, at = map(int, result.key.split("/"))
        inputs = prepared[number]
        if result.error is None and inputs is not None:
            output, _ = parse(asked[at], inputs, result)
            found[number][at] = output if isinstance(output, (str, float)) else None
    return found


def _prepared(task: Task, row: EvalRow) -> Inputs | None:
    """None for a row that cannot be asked, or not in the language of the phrasings."""
    try:
        inputs = prepare(task, row.inputs)
    except RowError:
        return None
    return inputs if ("full", inputs.lang) in task.prompts else None
