"""Rows with an answer to one place, rows with an error to another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.batch.record import Record
from taibao_cli.errors import TaibaoError

POSITION: Final = "row"
"""Key of the place among all rows of a run, from 1, in rows that were put aside."""


def refuse_foreign(path: Path) -> None:
    """Rows are not put aside into a file that is there.

    Raises:
        TaibaoError: saying what to do.
    """
    if path.is_file():
        raise TaibaoError(f"{path} exists already; choose another --errors-to, or overwrite it with --overwrite")


class Writes(Protocol):
    def write(self, row: Mapping[str, Any], record: Record | None = None) -> None: ...


class Split:
    """Every row that has an answer to `main`; every row that has an error to `aside`, and to `main` without one.

    A row of several tasks of which a part failed is in both.
    """

    def __init__(self, main: Writes, aside: Writes | None) -> None:
        self._main, self._aside = main, aside
        self._rows = 0

    def write(self, row: Mapping[str, Any], record: Record | None) -> None:
        self._rows += 1
        if self._aside is None or not has_failed(row):
            self._main.write(row, record)
        if self._aside is not None and errors_of(row):
            self._aside.write({POSITION: self._rows, **row}, record)
