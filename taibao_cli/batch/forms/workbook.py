"""XLSX through openpyxl, written row by row. Every text is a text for Excel, never a formula.

A cell holds 32,767 characters at most and a sheet 1,048,576 rows. Longer texts stand in pieces on the sheet `long`, and
the cell says where; further rows go to further sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from taibao_cli.batch.forms.base import Form, Row, RowWriter, Sink
from taibao_cli.batch.forms.layout import Cell, TableWriter
from taibao_cli.batch.record import Record
from taibao_cli.errors import MissingExtraError

MAX_CELL: Final = 32_767
"""Of UTF-16, as Excel counts."""
EXACT: Final = 10**15
"""Largest whole number that Excel keeps to the last digit."""
PIECE: Final = MAX_CELL // 2
"""Characters of a piece, of which each may count twice."""
MAX_ROWS: Final = 1_048_576

_LONG: Final = "long"
_SIGNS: Final = ("=", "+", "-", "@")


def openpyxl() -> Any:
    """The library, with entities in XML forbidden.

    Raises:
        MissingExtraError: it, or defusedxml, is not installed.
    """
    try:
        import defusedxml  # noqa: F401  openpyxl parses with it when it is there
        import openpyxl
    except ImportError:
        raise MissingExtraError("openpyxl", "xlsx") from None
    return openpyxl


class _Workbook(RowWriter):
    def __init__(self, stream: Sink, tasks: Sequence[str], *, merge: bool) -> None:
        self._stream = stream
        library = openpyxl()
        self._book = library.Workbook(write_only=True)
        self._cell_of = library.cell.WriteOnlyCell
        self._table = TableWriter(self._put, tasks, merge=merge)
        self._header: Sequence[Cell] = ()
        self._sheet: Any = None
        self._rows = self._sheets = 0
        self._long_sheet: Any = None
        self._long_rows = 1

    def write(self, row: Row, record: Record | None) -> None:
        self._table.write(row, record)

    def finish(self) -> None:
        self._table.finish()
        self._book.save(self._stream)

    def drop(self) -> None:
        for sheet in self._book.worksheets:
            if not sheet.closed:
                sheet.close()

    def _put(self, cells: Sequence[Cell]) -> None:
        self._header = self._header or cells
        if self._rows in (0, MAX_ROWS):
            self._sheets += 1
            self._sheet = self._book.create_sheet(f"rows {self._sheets}" if self._sheets > 1 else "rows")
            self._rows = 0
            if cells is not self._header:
                self._append(self._header)
        self._append(cells)

    def _append(self, cells: Sequence[Cell]) -> None:
        self._sheet.append([self._cell(cell, at) for at, cell in enumerate(cells)])
        self._rows += 1

    def _cell(self, value: Cell, at: int) -> Any:
        if isinstance(value, int) and abs(value) > EXACT:
            value = str(value)
        if not isinstance(value, str):
            return value
        fits = len(value) <= PIECE or len(value.encode("utf-16-le")) // 2 <= MAX_CELL
        return self._text(value if fits else self._set_aside(value, self._header[at]))

    def _text(self, value: str) -> Any:
        cell = self._cell_of(self._sheet, value)
        cell.data_type = "s"
        if value.startswith(_SIGNS):
            cell.quotePrefix = True  # it stays a text when somebody edits it
        return cell

    def _set_aside(self, text: str, column: Cell) -> str:
        """Put a text on the sheet for long ones; what its cell says instead."""
        if self._long_sheet is None:
            self._long_sheet = self._book.create_sheet(_LONG)
            self._long_sheet.append(["sheet", "row", "column", "piece", "text"])
        first = self._long_rows + 1
        for piece, start in enumerate(range(0, len(text), PIECE), 1):
            part = self._text(text[start : start + PIECE])
            self._long_sheet.append([self._sheet.title, self._rows + 1, self._text(str(column)), piece, part])
            self._long_rows += 1
        return f"[{len(text)} characters: sheet {_LONG}, rows {first}-{self._long_rows}]"


def workbook(tasks: Sequence[str], *, merge: bool) -> Form:
    """Raises MissingExtraError at once when the library is missing, not at the end of a run."""
    openpyxl()
    return Form("xlsx", partial(_Workbook, tasks=tasks, merge=merge), merge=merge)
