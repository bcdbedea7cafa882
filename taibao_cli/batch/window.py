"""Rows that are open, and the order in which they leave."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from taibao_cli.batch.output import Part
from taibao_cli.batch.record import Record
from taibao_cli.engine.base import Request


@dataclass(slots=True)
class Open:
    """A row in the window: its parts by task, and its requests until the engine has taken them."""

    record: Record
    names: tuple[str, ...] = ()
    parts: list[Part] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    row: dict[str, Any] | None = None
    """The output row, once all parts are done."""


class Window(Protocol):
    """Holds rows from when they are read until they leave."""

    def __len__(self) -> int: ...

    def add(self, opened: Open) -> None: ...

    def closed(self, opened: Open) -> None:
        """A row of the window has its output row."""
        ...

    def leaving(self) -> Iterator[Open]:
        """Rows that may leave now."""
        ...


class InOrder:
    """The oldest row leaves first; closed ones wait behind it."""

    def __init__(self) -> None:
        self._rows: deque[Open] = deque()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, opened: Open) -> None:
        self._rows.append(opened)

    def closed(self, opened: Open) -> None:
        pass

    def leaving(self) -> Iterator[Open]:
        while self._rows and self._rows[0].row is not None:
            yield self._rows.popleft()


class AsFinished:
    """Whatever is closed leaves."""

    def __init__(self) -> None:
        self._inside = 0
        self._closed: deque[Open] = deque()

    def __len__(self) -> int:
        return self._inside

    def add(self, opened: Open) -> None:
        self._inside += 1

    def closed(self, opened: Open) -> None:
        self._closed.append(opened)

    def leaving(self) -> Iterator[Open]:
        while self._closed:
            self._inside -= 1
            yield self._closed.popleft()
