"""The output row: one shape for one task, objects keyed by task for several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from taibao_cli.batch.record import Record
from taibao_cli.engine.base import Usage
from taibao_cli.errors import RowError

Row = dict[str, Any]


@dataclass(slots=True)
class Part:
    """The answer to one task of a row."""

    output: Any = None
    labels: list[Row] | None = None
    usage: Usage = field(default_factory=Usage)
    finish: str = "error"
    error: RowError | None = None
    done: bool = False
    composed_by: str = ""
    """What answered in place of a model: the primer, the rules."""
    from_cache: bool = False
    """Whether nothing of it had to be computed."""
    reasoning: str = ""
    """What a thinking model wrote before its answer."""


def output_row(record: Record, names: Sequence[str], parts: Sequence[Part], model: str | None) -> Row:
    """Put the parts of a row together. `names` is empty when the row failed before its tasks were known."""
    usage = sum((part.usage for part in parts), _usage_before(record))
    fields = _several(record, names, parts) if len(names) > 1 else _single(record, parts[0])
    return {
        "id": record.id,
        "task": ",".join(names) or None,
        "model": model,
        "output": fields["output"],
        **({"labels": fields["labels"]} if fields["labels"] else {}),
        **({"reasoning": fields["reasoning"]} if fields["reasoning"] else {}),
        "usage": {"prompt": usage.prompt, "cached": usage.cached, "completion": usage.completion},
        "finish": fields["finish"],
        "error": fields["error"],
    }


def _single(record: Record, part: Part) -> Row:
    return {
        "output": part.output,
        "labels": part.labels,
        "reasoning": part.reasoning,
        "finish": part.finish,
        "error": _error(record, part),
    }


def _several(record: Record, names: Sequence[str], parts: Sequence[Part]) -> Row:
    named = dict(zip(names, parts, strict=True))
    return {
        "output": {name: part.output for name, part in named.items()},
        "labels": {name: part.labels for name, part in named.items() if part.labels},
        "reasoning": {name: part.reasoning for name, part in named.items() if part.reasoning},
        "finish": {name: part.finish for name, part in named.items()},
        "error": {name: _error(record, part) for name, part in named.items()},
    }


def _error(record: Record, part: Part) -> Row | None:
    if part.error is None:
        return None
    return {**part.error.as_json(), "message": record.at_place(str(part.error))}


def answered_before(record: Record, name: str) -> Part | None:
    """The part of a task that went well when the row was asked before; its usage is counted with the row's."""
    row = record.earlier
    if row is None or not isinstance(row["finish"], dict) or row["error"].get(name, row) is not None:
        return None
    labels = row.get("labels", {}).get(name)
    reasoning = row.get("reasoning", {}).get(name, "")
    return Part(row["output"][name], labels, finish=row["finish"][name], reasoning=reasoning, done=True)


def _usage_before(record: Record) -> Usage:
    return Usage(**record.earlier["usage"]) if record.earlier is not None else Usage()


def errors_of(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The errors in an output row: none, one, or one for each failed task."""
    error = row["error"]
    if error is None:
        return []
    if isinstance(error.get("type"), str):  # in a row of several tasks "type" may be a task: a table or null
        return [error]
    return [each for each in error.values() if each is not None]


def has_failed(row: Mapping[str, Any]) -> bool:
    """Whether nothing in the row was answered: its one task, or all its tasks, failed."""
    tasks = len(row["finish"]) if isinstance(row["finish"], dict) else 1
    return len(errors_of(row)) == tasks
