"""The type of a patent where its number, its kind code or its wording says it: no model is asked then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from taibao_cli import __version__
from taibao_cli.batch.law import PRIMER, answers_from_primer
from taibao_cli.patents.type_signals import type_signal
from taibao_cli.tasks import Inputs, Task
from taibao_cli.tasks.registry import is_builtin
from taibao_cli.tasks.task import Style

RULES: Final = f"rules@{__version__}"
"""What stands in `model` of such a row."""

_OWN_NUMBERS: Final = ("application", "publication")
"""Fields of a row that name the document itself, as `taibao import` writes them."""

_MODEL: Final = "model"

LabelRow = dict[str, Any]


def decided(task: Task, row: Mapping[str, Any], inputs: Inputs) -> list[LabelRow] | None:
    """The one label of a row of the built-in `type` whose signals decide; None for all others."""
    if not is_builtin(task, "type"):
        return None
    fields = tuple(row[name] for name in _OWN_NUMBERS if isinstance(row.get(name), str))
    signal = type_signal(inputs.text, fields)
    if signal is None:
        return None
    title = next(label.surface(inputs.lang) for label in task.labels if label.value == signal.type)
    return [{"label": signal.type, "p": signal.p, "title": title, "decided_by": signal.kind, "quote": signal.quote}]


def by_model(task: Task, labels: list[LabelRow] | None) -> list[LabelRow] | None:
    """The labels of the model; the first one of the built-in `type` says that the model decided."""
    if not labels or not is_builtin(task, "type"):
        return labels
    return [{**labels[0], "decided_by": _MODEL}, *labels[1:]]


def composer(task: Task, style: Style | None, labels: Sequence[LabelRow] | None) -> str:
    """What answered a part that was answered before: the primer, the rules, or "" for the model."""
    if answers_from_primer(task, style):
        return PRIMER
    return RULES if labels and labels[0].get("decided_by", _MODEL) != _MODEL else ""
