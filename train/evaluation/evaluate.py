"""A model measured on evaluation sets, through the path users run, beside baselines on the same rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from taibao_cli.batch.output import errors_of
from taibao_cli.batch.runner import DEFAULT_WIDTH, Overrides, run
from taibao_cli.engine.base import Engine, Runs
from taibao_cli.errors import TaibaoError
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.tasks.prepare import HintsOf
from train.evaluation import metrics
from train.evaluation.answers import Answer, OutputRow, answer_of, is_invalid
from train.evaluation.choices import TASK as CHOICE
from train.evaluation.choices import ask_choices
from train.evaluation.confidence import Confidence, confidence_of
from train.evaluation.conversations import TASK as CONVERSATION
from train.evaluation.conversations import ask_conversations
from train.evaluation.metrics import Floats
from train.evaluation.passed import Passed, passed
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet
from train.evaluation.shares import LabelScore, Share, label_scores, shares
from train.evaluation.stability import Stability, stability
from train.evaluation.tables import METRICS, Metric

Verdict = Literal["better", "worse", "no claim"]

FEWEST_ROWS: Final = 100
"""Under this many rows nothing is claimed."""

_NOT_OF_TEXTS: Final = ("accuracy", "exact")

_ASK: Final[Mapping[str, Callable[[Sequence[EvalRow], Runs], list[OutputRow]]]] = {
    CHOICE: ask_choices,
    CONVERSATION: ask_conversations,
}
"""Sets whose prompts are not those of a task."""


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
    """chrF and BLEU are on 0..100, correlations on -1..1, the rest on 0..1."""

    metric: str
    value: float
    interval: tuple[float, float]
    baselines: list[Comparison]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a later comparison needs of each row: its id, a digest of question and gold, and its line of each table."""

    ids: list[str]
    digests: list[str]
    tables: dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class SetReport:
    """`invalid` counts rows with an error, an empty answer or one in the wrong language, and `invalid_interval` is that
    of their rate; `loops` and `cut` answers that the repetition guard or the length bound ended; `parts` has the first
    metric by part, `shares` by section and length."""

    name: str
    task: str
    lang: Lang
    kind: str
    rule: str
    rows: int
    errors: int
    invalid: int
    invalid_interval: tuple[float, float]
    loops: int
    cut: int
    seconds: float
    scores: list[Score]
    parts: dict[str, dict[str, float]] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    labels: list[LabelScore] = field(default_factory=list)
    confidence: Confidence | None = None
    checks: list[Passed] = field(default_factory=list)
    stability: Stability | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    measured: Measured | None = None

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
    rephrased: int = 0,
    width: int = DEFAULT_WIDTH,
    overrides: Overrides | None = None,
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
        rephrased: how many rows of each set of labels to ask in other words too.
        width: rows at once.
        overrides: bounds and sampling given by the user.
        advance: called after each row.
    """
    for evalset in sets:
        start = time.monotonic()
        answered = []
        for row in _answer(evalset, engine, model, hints, width, overrides):
            answered.append(row)
            advance()
        seconds = time.monotonic() - start
        report = report_on(evalset, answered, baselines.get(evalset.name, {}), seconds=seconds, samples=samples)
        if rephrased and engine is not None and model is not None:
            report = replace(report, stability=stability(evalset, engine, model, rows=rephrased))
        yield report


def _answer(
    evalset: EvalSet,
    engine: Engine | None,
    model: Model | None,
    hints: HintsOf | None,
    width: int,
    overrides: Overrides | None,
) -> Iterator[OutputRow]:
    ask = _ASK.get(evalset.task)
    if ask is not None:
        if engine is None:
            raise TaibaoError(f"{evalset.name}: needs a model")
        yield from ask(evalset.rows, engine)
        return
    rows = [{"id": row.id, **row.inputs} for row in evalset.rows]
    yield from run(rows, engine=engine, model=model, hints=hints, width=width, overrides=overrides)


def report_on(
    evalset: EvalSet,
    answered: Sequence[OutputRow],
    baselines: Mapping[str, Sequence[Answer]],
    *,
    seconds: float,
    samples: int,
) -> SetReport:
    """What the output rows of a set are worth."""
    rows = evalset.rows
    names = [name for name in evalset.metrics if name != "term accuracy" or any(row.terms for row in rows)]
    answers = [answer_of(row, text=names[0] not in _NOT_OF_TEXTS) for row in answered]
    invalid = sum(is_invalid(row, answer) for row, answer in zip(rows, answers, strict=True))
    draws = metrics.resamples(len(rows))
    tables = {name: METRICS[name].table(rows, answers, evalset.task) for name in names}
    first = METRICS[names[0]]
    return SetReport(
        name=evalset.name,
        task=evalset.task,
        lang=evalset.lang,
        kind=evalset.kind,
        rule=evalset.rule,
        rows=len(rows),
        errors=sum(bool(errors_of(row)) for row in answered),
        invalid=invalid,
        invalid_interval=metrics.rounded(metrics.wilson(invalid, len(rows))),
        loops=sum(row["finish"] == "loop" for row in answered),
        cut=sum(row["finish"] == "length" for row in answered),
        seconds=round(seconds, 2),
        scores=[_score(name, evalset, tables[name], baselines, draws) for name in names],
        parts=_parts(evalset, names[0], tables[names[0]]),
        shares=shares(rows, tables[names[0]], first),
        labels=label_scores(rows, answers),
        confidence=confidence_of(rows, answered),
        checks=passed(evalset.task, rows, answers),
        samples=[_sample(row, answer) for row, answer in zip(rows[:samples], answers, strict=False)],
        measured=_measured(evalset, tables),
    )


def verdict_of(difference: tuple[float, float], rows: int, kind: str) -> Verdict:
    """Better or worse when the interval of the difference leaves zero out; never for few rows or looked-up answers."""
    if rows < FEWEST_ROWS or kind == "lookup" or difference[0] <= 0 <= difference[1]:
        return "no claim"
    return "better" if difference[0] > 0 else "worse"


def _measured(evalset: EvalSet, tables: Mapping[str, Floats]) -> Measured:
    return Measured(
        ids=[row.id for row in evalset.rows],
        digests=[row.digest for row in evalset.rows],
        tables={name: table.round(6).tolist() for name, table in tables.items()},
    )


def _score(name: str, evalset: EvalSet, table: Floats, baselines: Mapping[str, Sequence[Answer]], draws: Any) -> Score:
    metric = METRICS[name]
    value, interval, drawn = measure(metric, table, draws)
    compared = []
    for baseline, own in baselines.items():
        its_value, its_interval, its_drawn = measure(metric, metric.table(evalset.rows, own, evalset.task), draws)
        difference = metrics.percentile_interval(drawn - its_drawn)
        verdict = verdict_of(difference, len(evalset.rows), evalset.kind)
        compared.append(Comparison(baseline, its_value, its_interval, metrics.rounded(difference), verdict))
    return Score(name, value, interval, compared)


def measure(metric: Metric, table: Floats, draws: Any) -> tuple[float, tuple[float, float], Floats]:
    """Value, 95 % interval (Wilson for rates, bootstrap otherwise) and the value on each draw."""
    drawn = metrics.bootstrap(table, metric.combine, draws)
    rate = metric.rate
    interval = metrics.wilson(int(table.sum()), len(table)) if rate else metrics.percentile_interval(drawn)
    return round(metric.combine(table), 4), metrics.rounded(interval), drawn


def _parts(evalset: EvalSet, name: str, table: Floats) -> dict[str, dict[str, float]]:
    """The first metric of the set for each part, when there are several."""
    parts = sorted({row.part for row in evalset.rows})
    if len(parts) < 2:
        return {}
    places = {part: [at for at, row in enumerate(evalset.rows) if row.part == part] for part in parts}
    return {part: {"rows": len(at), name: round(METRICS[name].combine(table[at]), 4)} for part, at in places.items()}


def _sample(row: EvalRow, answer: Answer | None) -> dict[str, Any]:
    source = {key: value for key, value in row.inputs.items() if key not in ("task", "lang", "to", "level")}
    shown = list(answer[:3]) if isinstance(answer, tuple) else answer
    return {"id": row.id, "source": source, "answer": shown, "gold": row.gold}
