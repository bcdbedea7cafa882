"""CSV and TSV as Excel opens them: UTF-8 with a byte order mark, for without one Chinese Excel takes a file for GBK."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from taibao_cli.batch.forms.base import Form, Sink
from taibao_cli.batch.forms.layout import Cell, TableWriter

_FORMULA: Final = re.compile(r"[=+\-@\t\n]")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?%?")


def guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula, with an apostrophe before it (OWASP, CSV Injection)."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


class _Delimited(TableWriter):
    def __init__(self, stream: Sink, delimiter: str, tasks: Sequence[str], *, merge: bool) -> None:
        super().__init__(self._put_line, tasks, merge=merge)
        self._stream = stream
        self._text = io.StringIO(newline="")
        self._csv = csv.writer(self._text, delimiter=delimiter)
        stream.write(codecs.BOM_UTF8)

    def _put_line(self, cells: Sequence[Cell]) -> None:
        self._csv.writerow(map(guarded, cells))
        self._stream.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


def delimited(name: str, tasks: Sequence[str], *, merge: bool) -> Form:
    """`csv` or `tsv`; lines end with CR LF (RFC 4180)."""
    delimiter = "," if name == "csv" else "\t"
    return Form(name, partial(_Delimited, delimiter=delimiter, tasks=tasks, merge=merge), merge=merge)
