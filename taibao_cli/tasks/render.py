"""Inputs -> messages, and the answer's bytes for training. Nothing else may build a prompt."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from taibao_cli.engine.base import Message
from taibao_cli.errors import RowError
from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import LEVELS, Level
from taibao_cli.patents.language import Lang
from taibao_cli.tasks.prepare import Inputs
from taibao_cli.tasks.task import PLACEHOLDER, Style, Task

_LANGUAGE_NAMES = {("zh", "zh"): "中文", ("zh", "en"): "英文", ("en", "zh"): "Chinese", ("en", "en"): "English"}
_LIST_MARK: dict[Lang, str] = {"zh": "；", "en": "; "}
_OPTIONAL = ("terms", "draft", "passages")
_BLANK_LINES = re.compile(r"\n{3,}")


def render(task: Task, inputs: Inputs, style: Style) -> tuple[Message, ...]:
    """The conversation that asks for the answer. Placeholders are filled in one pass, so text is never re-read."""
    prompt = task.prompt(style, inputs.lang)
    values = {
        "text": inputs.text,
        "a": inputs.a,
        "b": inputs.b,
        "question": inputs.question,
        "labels": _LIST_MARK[inputs.lang].join(inputs.labels),
        "terms": inputs.hints.terms,
        "draft": inputs.hints.draft,
        "to": _LANGUAGE_NAMES[(inputs.lang, inputs.to)],
        "passages": inputs.passages,
    }
    system = (Message("system", prompt.system),) if prompt.system else ()
    if inputs.history:
        own = inputs.history[0].role == "system"
        return inputs.history if own else (*system, *inputs.history)
    template = _drop_empty_lines(prompt.user, values)
    return (*system, Message("user", PLACEHOLDER.sub(lambda match: values[match.group(1)], template)))


def _drop_empty_lines(template: str, values: dict[str, str]) -> str:
    """Lines that hold only an empty optional value (such as `Terms: {terms}` without terms) are left out."""
    empty = [f"{{{name}}}" for name in _OPTIONAL if not values[name]]
    kept = [line for line in template.split("\n") if not any(mark in line for mark in empty)]
    return _BLANK_LINES.sub("\n\n", "\n".join(kept))


def label_surfaces(task: Task, inputs: Inputs) -> tuple[str, ...]:
    """The closed set as the model writes it, in the order of the task; empty for free answers."""
    if task.kind in ("text", "json"):
        return ()
    if task.label_source == "row":
        return inputs.labels
    if task.label_source == "ipc":
        return ipc.labels(cast(Level, inputs.level) if inputs.level else LEVELS[-1])
    return tuple(label.surface(inputs.lang) for label in task.labels)


def target(task: Task, inputs: Inputs, value: str | float | dict[str, Any]) -> str:
    """The answer as the model must write it: the training counterpart of `render`.

    Raises:
        RowError: `bad_value` when a closed task does not know the value.
    """
    if task.kind == "json":
        return json.dumps(value, ensure_ascii=False)
    if task.kind == "text":
        return str(value)
    if task.label_source == "list":
        for label in task.labels:
            if label.value == value:
                return label.surface(inputs.lang)
        raise RowError("bad_value", f"task {task.name} has no label {value!r}")
    if value not in label_surfaces(task, inputs):
        raise RowError("bad_value", f"task {task.name} has no label {value!r}")
    return str(value)
