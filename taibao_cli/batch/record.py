"""One input row on its way to one output row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from taibao_cli.errors import RowError

RowId = str | int | float


@dataclass(frozen=True, slots=True)
class Record:
    """Row `number` (from 1) of the input: an object, or the reason why it is none.

    `place` begins every error message of the row: None stands for "line NUMBER", "" for nothing.
    """

    number: int
    row: Mapping[str, Any] | None = None
    error: RowError | None = None
    place: str | None = None
    answer: Mapping[str, Any] | None = None
    """The output row, where it is known from before; the record only takes its place among the others."""
    earlier: Mapping[str, Any] | None = None
    """The output row from before, where some of several tasks failed: only those are asked again."""
    overrides: Mapping[str, Any] | None = None
    """Fields of `Overrides` that this row sets for itself."""
    table: tuple[Sequence[str], Sequence[str]] | None = None
    """The header and the cells of the line of a table that this was."""
    service: bool = False
    """Whether this was a line of an OpenAI batch."""
    size: int = 0
    """Bytes of the input that it takes, about; 0 where that is not known."""

    @property
    def id(self) -> RowId:
        """The row's own id when it is text or a number, else the line number."""
        own = self.row.get("id") if self.row is not None else None
        return own if isinstance(own, (str, int, float)) and not isinstance(own, bool) else self.number

    def at_place(self, message: str) -> str:
        place = f"line {self.number}" if self.place is None else self.place
        return f"{place}: {message}" if place else message

    def task_names(self, default: str | None) -> tuple[str, ...]:
        """Names in `task`, or in `default` for a row that has none.

        Raises:
            RowError: `missing_field` without any, `bad_value` when `task` is not text.
        """
        own = self.row.get("task") if self.row is not None else None
        if own is not None and not isinstance(own, str):
            raise RowError("bad_value", 'task must be text, such as "title" or "ipc,title"')
        names = split_names(own or default or "")
        if not names:
            raise RowError("missing_field", 'the row names no task; add "task" to it or give --task')
        return names


def split_names(names: str) -> tuple[str, ...]:
    """`"ipc, title"` -> `("ipc", "title")`, without repeats."""
    return tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
