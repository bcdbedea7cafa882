"""What a form of output is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Protocol

from taibao_cli.batch.record import Record

Row = Mapping[str, Any]


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> int: ...


class RowWriter(ABC):
    """Writes rows to a sink, one after the other."""

    @abstractmethod
    def write(self, row: Row, record: Record | None) -> None:
        """The next row, and the record it answers where that is known."""

    def finish(self) -> None:  # noqa: B027  most forms need nothing
        """Whatever comes after the last row. Without it the sink may hold nothing that can be used."""

    def drop(self) -> None:  # noqa: B027
        """There will be no end: let go of what is held."""


@dataclass(frozen=True)
class Form:
    """A form by name. `read` gives the rows of a file back; None where the form does not hold all of them."""

    name: str
    open: Callable[[Sink], RowWriter]
    read: Callable[[BinaryIO], Iterator[dict[str, Any]]] | None = None
    merge: bool = False
    """Whether the fields of the input are kept."""
    checked: bool = False
    """Whether rows say what code can prove about their answers."""
    shows_errors: bool = True
    """Whether a row that failed has a place in it."""
