"""From what an engine gave back to what a row carries: the counterpart of `render`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from taibao_cli.engine.base import LabelScore, Result
from taibao_cli.errors import RowError
from taibao_cli.tasks.ipc_answer import ipc_labels
from taibao_cli.tasks.prepare import Inputs
from taibao_cli.tasks.task import Task

Output = str | float | dict[str, Any] | None
LabelRow = dict[str, Any]

_DIGITS: Final = 4
"""Of a probability; finer ones differ with the rows that happen to share a batch."""


def parse(task: Task, inputs: Inputs, result: Result) -> tuple[Output, list[LabelRow] | None]:
    """The `output` of a row and, for closed tasks, its `labels`, best first.

    Text is stripped, and cut to its first line when the task asks for one. A number task gives the expectation over its
    values, rounded to 4 digits. A closed task gives its best value. A result without scores (cancelled) gives None.

    Raises:
        RowError: `engine`, for JSON that broke off or does not keep to the schema.
    """
    if task.kind == "json":
        return _json(result), None
    if task.kind == "text":
        return _text(task, result.text), None
    if not result.labels:
        return None, None
    if task.kind == "number":
        return _number(task, inputs, result.labels)
    labels = _label_rows(task, inputs, result.labels)
    return labels[0]["label"], labels


def _text(task: Task, text: str) -> str:
    text = text.strip()
    return text.split("\n", 1)[0].rstrip() if task.answer.one_line else text


def _json(result: Result) -> dict[str, Any] | None:
    if result.finish in ("cancelled", "error"):
        return None
    try:
        found = json.loads(result.text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        advice = "raise --max-tokens" if result.finish == "length" else "ask again or use another model"
        raise RowError("engine", f"the answer is no whole JSON object ({result.finish}); {advice}")
    return found


def _number(task: Task, inputs: Inputs, scores: Sequence[LabelScore]) -> tuple[float, list[LabelRow]]:
    values = {label.surface(inputs.lang): float(label.value) for label in task.labels}
    expectation = sum(values[score.label] * score.p for score in scores)
    return round(expectation, 4), [{"label": values[score.label], "p": round(score.p, _DIGITS)} for score in scores]


def _label_rows(task: Task, inputs: Inputs, scores: Sequence[LabelScore]) -> list[LabelRow]:
    if task.label_source == "ipc":
        return ipc_labels(scores, inputs.level, inputs.lang)
    if task.label_source == "row":
        return [{"label": score.label, "p": round(score.p, _DIGITS)} for score in scores]
    values = {label.surface(inputs.lang): label.value for label in task.labels}
    return [{"label": values[score.label], "p": round(score.p, _DIGITS), "title": score.label} for score in scores]
