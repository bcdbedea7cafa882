"""Rows as lines of a table: which columns there are, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from taibao_cli.batch.forms.base import Row, RowWriter
from taibao_cli.batch.forms.clean import clean
from taibao_cli.batch.output import errors_of
from taibao_cli.batch.record import Record

Cell = str | int | float | None

OTHERS: Final = "others"
"""Column of the fields that the first row did not have, as JSON."""

_ANSWER: Final = ("output", "p", "labels", "finish", "error")
TOKENS: Final = ("prompt", "cached", "completion")
_OWN: Final = "taibao."


@dataclass(frozen=True)
class Layout:
    """Columns of the input that are kept, and tasks with columns of their own (none: one set of columns for any)."""

    kept: tuple[str, ...]
    tasks: tuple[str, ...]
    from_table: bool
    """Whether the input is a table; else its fields vary from row to row."""

    @classmethod
    def of(cls, record: Record | None, tasks: Sequence[str], *, merge: bool) -> Layout:
        """The layout of an output, by its first record."""
        several = tuple(tasks) if len(tasks) > 1 else ()
        if record is None or not merge:
            return cls((), several, True)
        if record.table is not None:
            return cls(tuple(record.table[0]), several, True)
        fields = [name for name in record.row or {} if name not in ("id", "task")]
        return cls((*fields, OTHERS), several, False)

    @property
    def header(self) -> list[str]:
        """The input's columns, then ours; ours get a prefix where a column of the input has the name."""
        parts = [f"{task}.{name}" for task in self.tasks for name in _ANSWER] if self.tasks else list(_ANSWER)
        own = ["id", "task", *parts, *TOKENS, "model"]
        return [clean(name) for name in self.kept] + [_OWN + name if name in self.kept else name for name in own]

    def cells(self, row: Row, record: Record | None) -> list[Cell]:
        """What stands below the header; controls in texts are made visible."""
        if self.tasks:
            answers = [cell for task in self.tasks for cell in _answer_cells(_of_task(row, task))]
        else:
            answers = _answer_cells(row)
        usage = [row["usage"][name] for name in TOKENS]
        own = [row["id"], row["task"], *answers, *usage, row["model"]]
        return [clean(cell) if isinstance(cell, str) else cell for cell in [*self._kept_cells(record), *own]]

    def _kept_cells(self, record: Record | None) -> list[Cell]:
        if not self.kept:
            return []
        if self.from_table:
            cells: Sequence[str] = record.table[1] if record is not None and record.table else ()
            return [*cells[: len(self.kept)], *[""] * (len(self.kept) - len(cells))]
        row = (record.row if record is not None else None) or {}
        others = {name: value for name, value in row.items() if name not in (*self.kept, "id", "task")}
        return [*(_as_cell(row.get(name)) for name in self.kept[:-1]), _as_cell(others or None)]


def _of_task(row: Row, task: str) -> Row:
    """The row as it would be with that task alone; a row that failed before its tasks were known is so for all."""
    if not isinstance(row["finish"], Mapping):
        return row
    parts = {name: row[name].get(task) for name in ("output", "finish", "error")}
    return {**parts, "labels": row.get("labels", {}).get(task)}


def _answer_cells(row: Row) -> list[Cell]:
    labels = row.get("labels")
    listed = labels if isinstance(labels, Sequence) else ()
    return [
        _as_cell(row["output"]),
        listed[0]["p"] if listed else None,
        "; ".join(f"{label['label']} {label['p']:.4f}" for label in listed) if listed else _as_cell(labels),
        _as_cell(row["finish"]),
        "; ".join(f"{error['type']}: {error['message']}" for error in errors_of(row)) or None,
    ]


def _as_cell(value: Any) -> Cell:
    """Text and numbers as they are, anything else as JSON."""
    if value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool)):
        return value
    return orjson.dumps(value).decode()


class TableWriter(RowWriter):
    """Gives the lines of a table to `put`: the header with the first row, or at the end when there is none."""

    def __init__(self, put: Callable[[Sequence[Cell]], None], tasks: Sequence[str], *, merge: bool) -> None:
        self._put, self._tasks, self._merge = put, tasks, merge
        self._layout: Layout | None = None

    def write(self, row: Row, record: Record | None) -> None:
        self._put(self._started(record).cells(row, record))

    def finish(self) -> None:
        self._started(None)

    def _started(self, record: Record | None) -> Layout:
        if self._layout is None:
            self._layout = Layout.of(record, self._tasks, merge=self._merge)
            self._put(self._layout.header)
        return self._layout
