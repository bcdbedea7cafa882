"""What code can prove about the answers of a row: the field `checks` of an output row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taibao_cli.batch.record import Record
from taibao_cli.checks.base import Finding, State, worst
from taibao_cli.checks.rows import Options, check_row
from taibao_cli.errors import RowError
from taibao_cli.tasks import get, prepare

Row = Mapping[str, Any]

_OPTIONS = Options()


def with_checks(row: Row, record: Record | None) -> Row:
    """The row with `checks` before `usage`: the worst state of each answer and what is above PASS, keyed by task where
    there are several. A task whose answer failed has none."""
    names = (row["task"] or "").split(",")
    several = isinstance(row["finish"], Mapping)
    errors = row["error"] if several else {names[0]: row["error"]}
    outputs = row["output"] if several else {names[0]: row["output"]}
    labels = row.get("labels") if several else {names[0]: row.get("labels")}
    made = {
        name: _checks(name, outputs[name], (labels or {}).get(name), record)
        for name in outputs
        if errors.get(name) is None and name
    }
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if name == "usage" and made:
            fields["checks"] = made if several else made[names[0]]
        if name != "checks":
            fields[name] = value
    return fields


def _checks(task: str, output: object, labels: object, record: Record | None) -> dict[str, Any]:
    source = _source(task, record.row if record is not None else None)
    found = check_row({"task": task, "output": output, "labels": labels, "error": None, **source}, _OPTIONS)
    return {
        "state": _state(found),
        "findings": [each.as_json() for each in found if each.state in ("FIX", "REVIEW")],
    }


def _source(task: str, row: Row | None) -> dict[str, str]:
    """The text that the task was given, and the language that a translation is in."""
    if row is None:
        return {}
    try:
        inputs = prepare(get(task), row)
    except RowError:
        return {}
    return {"source": inputs.text, "to": inputs.to} if inputs.text else {}


def _state(found: tuple[Finding, ...]) -> State:
    """The worst; "not checked" where nothing could be."""
    return worst(found) if any(each.state != "not checked" for each in found) else "not checked"
