"""A model measured on evaluation sets, through the path users run, beside baselines on the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final, Literal

import numpy as np

from taibao_cli.batch.output import errors_of
from taibao_cli.batch.runner import DEFAULT_WIDTH, run
from taibao_cli.engine.base import Engine
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang, detect
from taibao_cli.tasks.prepare import HintsOf
from train.evaluation import metrics
from train.evaluation.baselines import Answer
from train.evaluation.metrics import Floats
from train.evaluation.rows import EvalRow, first_claim
from train.evaluation.sets import EvalSet

Verdict = Literal["better", "worse", "no claim"]
OutputRow = Mapping[str, Any]

FEWEST_ROWS: Final = 100
"""Under this many rows nothing is claimed."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`table` makes one line of numbers for each row, `combine` one number of any lines."""

    table: Callable[[Sequence[EvalRow], Sequence[Answer | None], str], Floats]
    combine: Callable[[Floats], float]
    rate: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A baseline on the same rows. `difference` is the 95 % interval of model minus baseline by paired bootstrap."""

    name: str
    value: float
    interval: tuple[float, float]
    difference: tuple[float, float]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Score:
    """chrF is on 0..100, correlations on -1..1, the rest on 0..1."""

    metric: str
    value: float
    interval: tuple[float, float]
    baselines: list[Comparison]


@dataclass(frozen=True, slots=True)
class SetReport:
    """`invalid` counts rows with an error, an empty answer or one in the wrong language; `loops` and `cut` answers that
    the repetition guard or the length bound ended; `parts` has the first metric by part."""

    name: str
    task: str
    lang: Lang
    kind: str
    rule: str
    rows: int
    errors: int
    invalid: int
    loops: int
    cut: int
    seconds: float
    scores: list[Score]
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def evaluate(
    sets: Sequence[EvalSet],
    *,
    engine: Engine | None,
    model: Model | None,
    hints: HintsOf | None,
    baselines: Mapping[str, Mapping[str, Sequence[Answer]]],
    samples: int = 0,
    width: int = DEFAULT_WIDTH,
    advance: Callable[[], None] = lambda: None,
) -> Iterator[SetReport]:
    """Measure set after set.

    Args:
        sets: what to measure.
        engine: may be None when all sets are answered from the primer.
        model: as for `engine`.
        hints: renderings and drafts offered to translations, as the commands offer them.
        baselines: answers by set and baseline, in the order of the rows.
        samples: how many answers of each set to keep in its report.
        width: rows at once.
        advance: called after each row.
    """
    for evalset in sets:
        start = time.monotonic()
        answered = []
        for row in run(
            [{"id": row.id, **row.inputs} for row in evalset.rows], engine=engine, model=model, hints=hints, width=width
        ):
            answered.append(row)
            advance()
        seconds = time.monotonic() - start
        yield report_on(evalset, answered, baselines.get(evalset.name, {}), seconds=seconds, samples=samples)


def report_on(
    evalset: EvalSet,
    answered: Sequence[OutputRow],
    baselines: Mapping[str, Sequence[Answer]],
    *,
    seconds: float,
    samples: int,
) -> SetReport:
    """What the output rows of a set are worth."""
    answers = [answer_of(row) for row in answered]
    invalid = [is_invalid(row, answer) for row, answer in zip(evalset.rows, answers, strict=True)]
    draws = metrics.resamples(len(evalset.rows))
    return SetReport(
        name=evalset.name,
        task=evalset.task,
        lang=evalset.lang,
        kind=evalset.kind,
        rule=evalset.rule,
        rows=len(evalset.rows),
        errors=sum(bool(errors_of(row)) for row in answered),
        invalid=sum(invalid),
        loops=sum(row["finish"] == "loop" for row in answered),
        cut=sum(row["finish"] == "length" for row in answered),
        seconds=round(seconds, 2),
        scores=[_score(name, evalset, answers, baselines, draws) for name in evalset.metrics],
        parts=_parts(evalset, answers),
        samples=[_sample(row, answer) for row, answer in zip(evalset.rows[:samples], answers, strict=False)],
    )


def answer_of(row: OutputRow) -> Answer | None:
    """What an output row says: ranked labels, a number, a text, the primer's state or verdict; None for an error."""
    output = row["output"]
    if row["error"] is not None or output is None:
        return None
    if isinstance(output, dict):
        return (str(output.get("verdict") or output["state"]),)
    if isinstance(output, str) and row.get("labels"):
        return tuple(str(label["label"]) for label in row["labels"])
    return float(output) if isinstance(output, (int, float)) else str(output)


def is_invalid(row: EvalRow, answer: Answer | None) -> bool:
    """No answer, an empty one, or a text in another language than the one asked for."""
    if answer is None or answer == "":
        return True
    return isinstance(answer, str) and detect(answer) != row.inputs.get("to", row.inputs["lang"])


def verdict_of(difference: tuple[float, float], rows: int, kind: str) -> Verdict:
    """Better or worse when the interval of the difference leaves zero out; never for few rows or looked-up answers."""
    if rows < FEWEST_ROWS or kind == "lookup" or difference[0] <= 0 <= difference[1]:
        return "no claim"
    return "better" if difference[0] > 0 else "worse"


def _score(
    name: str,
    evalset: EvalSet,
    answers: Sequence[Answer | None],
    baselines: Mapping[str, Sequence[Answer]],
    draws: Any,
) -> Score:
    metric = METRICS[name]
    value, interval, drawn = _measure(metric, evalset, answers, draws)
    compared = []
    for baseline, own in baselines.items():
        its_value, its_interval, its_drawn = _measure(metric, evalset, own, draws)
        difference = metrics.percentile_interval(drawn - its_drawn)
        verdict = verdict_of(difference, len(evalset.rows), evalset.kind)
        compared.append(Comparison(baseline, its_value, its_interval, _rounded(difference), verdict))
    return Score(name, value, interval, compared)


def _measure(
    metric: Metric, evalset: EvalSet, answers: Sequence[Answer | None], draws: Any
) -> tuple[float, tuple[float, float], Floats]:
    """Value, 95 % interval (Wilson for rates, bootstrap otherwise) and the value on each draw."""
    table = metric.table(evalset.rows, answers, evalset.task)
    drawn = metrics.bootstrap(table, metric.combine, draws)
    rate = metric.rate
    interval = metrics.wilson(int(table.sum()), len(table)) if rate else metrics.percentile_interval(drawn)
    return round(metric.combine(table), 4), _rounded(interval), drawn


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    return round(interval[0], 4), round(interval[1], 4)


def _parts(evalset: EvalSet, answers: Sequence[Answer | None]) -> dict[str, dict[str, float]]:
    """The first metric of the set for each part, when there are several."""
    name = evalset.metrics[0]
    metric = METRICS[name]
    table = metric.table(evalset.rows, answers, evalset.task)
    parts = sorted({row.part for row in evalset.rows})
    if len(parts) < 2:
        return {}
    places = {part: [at for at, row in enumerate(evalset.rows) if row.part == part] for part in parts}
    return {part: {"rows": len(at), name: round(metric.combine(table[at]), 4)} for part, at in places.items()}


def _sample(row: EvalRow, answer: Answer | None) -> dict[str, Any]:
    source = {key: value for key, value in row.inputs.items() if key not in ("task", "lang", "to", "level")}
    shown = list(answer[:3]) if isinstance(answer, tuple) else answer
    return {"id": row.id, "source": source, "answer": shown, "gold": row.gold}


def _hits(rows: Sequence[EvalRow], answers: Sequence[Answer | None], _: str, *, top: int) -> Floats:
    return np.array(
        [isinstance(answer, tuple) and row.gold in answer[:top] for row, answer in zip(rows, answers, strict=True)],
        np.float64,
    )


def _label_numbers(rows: Sequence[EvalRow], answers: Sequence[Answer | None], _: str) -> Floats:
    """(gold, answer) as numbers of labels; -1 for an answer that is no gold label of the set."""
    numbers = {gold: at for at, gold in enumerate(sorted({str(row.gold) for row in rows}))}
    given = [numbers.get(answer[0], -1) if isinstance(answer, tuple) else -1 for answer in answers]
    return np.array([[numbers[str(row.gold)], own] for row, own in zip(rows, given, strict=True)], np.float64)


def _numbers(rows: Sequence[EvalRow], answers: Sequence[Answer | None], _: str) -> Floats:
    given = [answer if isinstance(answer, float) else 0.0 for answer in answers]
    return np.array([[row.gold, own] for row, own in zip(rows, given, strict=True)], np.float64)


def _texts(
    rows: Sequence[EvalRow], answers: Sequence[Answer | None], task: str, *, measure: Callable[[str, str, Lang], Any]
) -> Floats:
    """One line of `measure(answer, gold, language of the gold)` a row; of drafted claims the first counts."""
    table = []
    for row, answer in zip(rows, answers, strict=True):
        text = answer if isinstance(answer, str) else ""
        text = first_claim(text) if task == "claims" else text
        table.append(measure(text, str(row.gold), row.inputs.get("to", row.inputs["lang"])))
    return np.array(table, np.float64)


def _of_columns(measure: Callable[[Floats, Floats], float]) -> Callable[[Floats], float]:
    return lambda table: measure(table[:, 0], table[:, 1])


METRICS: Final[Mapping[str, Metric]] = {
    "accuracy": Metric(partial(_hits, top=1), metrics.accuracy, rate=True),
    "top-3": Metric(partial(_hits, top=3), metrics.accuracy, rate=True),
    "macro-F1": Metric(_label_numbers, _of_columns(metrics.macro_f1)),
    "chrF": Metric(
        partial(_texts, measure=lambda answer, gold, _: metrics.chrf_statistics(answer, gold)),
        lambda table: metrics.chrf_score(table.sum(axis=0)),
    ),
    "ROUGE-L": Metric(partial(_texts, measure=metrics.rouge_l), metrics.accuracy),
    "Spearman": Metric(_numbers, _of_columns(metrics.spearman)),
    "Pearson": Metric(_numbers, _of_columns(metrics.pearson)),
}
