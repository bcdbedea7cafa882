"""XLSX: the rows of a sheet -> records, read row by row; only the table of shared strings is held in memory."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.columns import COLUMNS, FieldsOf, row_of
from taibao_cli.batch.forms.workbook import openpyxl
from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.batch.record import Record
from taibao_cli.errors import InputError, RowError, TaibaoError
from taibao_cli.patents.columns import listed

MAX_SHARED: Final = 512 * 1024 * 1024
"""Bytes of shared strings, unpacked."""

_LAST_ROW: Final = 1_048_576
_SHARED: Final = "xl/sharedstrings.xml"


def read_workbook(
    path: Path, *, sheet: str | None, maps: Mapping[str, str], columns: FieldsOf = COLUMNS.fields_of
) -> Iterator[Record]:
    """One record for each row of a sheet that is not blank, below the first such row, which is the header.

    Args:
        path: the file.
        sheet: name of the sheet, or its number from 1; None: the first one.
        maps: columns to fields, beside the names that are known anyway.
        columns: finds the field of each column.

    Raises:
        InputError: no XLSX file, damaged, no such sheet, or no column can be used.
        MissingExtraError: openpyxl is not installed.
    """
    library = openpyxl()
    _check(path)
    try:
        book = library.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            chosen = _choose(book, sheet, path)
            chosen.reset_dimensions()  # exports that state a wrong size are common
            yield from _records(chosen.iter_rows(values_only=True), maps, f"{path}: sheet {chosen.title}", columns)
        finally:
            book.close()
    except TaibaoError:
        raise
    except Exception as error:  # whatever the library meets in a file that is damaged or made up
        raise InputError(f"{path}: not an XLSX file that can be read: {_why(error)}") from None


def _why(error: BaseException) -> str:
    """The first line of what began it; the library wraps it in advice of several lines."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error).split("\n", 1)[0] or type(error).__name__


def _check(path: Path) -> None:
    """Refuse what is no archive, and what would fill the memory.

    Raises:
        InputError: saying what to do.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            shared = sum(entry.file_size for entry in archive.infolist() if entry.filename.lower() == _SHARED)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    except (zipfile.BadZipFile, NotImplementedError):  # not implemented: a later version of the archive format
        raise InputError(f"{path}: not an XLSX file; save it as .xlsx or .csv") from None
    if shared > MAX_SHARED:
        raise InputError(f"{path}: its texts take {shared >> 20} MB unpacked; save it as .csv")


def _choose(book: Any, sheet: str | None, path: Path) -> Any:
    sheets = {each.title: each for each in book.worksheets}
    names = list(sheets)
    if sheet is None and names:
        return sheets[names[0]]
    if sheet in sheets:
        return sheets[sheet]
    if sheet is not None and sheet.isdecimal() and 0 < int(sheet) <= len(names):
        return sheets[names[int(sheet) - 1]]
    raise InputError(f"{path}: no sheet {sheet}; there are {listed(names)}")


def _records(rows: Iterator[Sequence[Any]], maps: Mapping[str, str], where: str, columns: FieldsOf) -> Iterator[Record]:
    header: list[str] | None = None
    fields: list[str | None] = []
    for number, values in enumerate(rows, 1):
        if number > _LAST_ROW:
            raise InputError(f"{where}: more rows than a sheet can have")
        cells = [text_of_cell(value) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        if header is None:
            header, fields = cells, columns(cells, maps, where)
        else:
            yield _record(number, header, fields, cells)


def _record(number: int, header: Sequence[str], fields: Sequence[str | None], cells: Sequence[str]) -> Record:
    place, table = f"row {number}", (header, cells)
    if len(cells) > len(header):
        error = RowError("bad_row", f"{len(cells)} cells under {len(header)} columns")
        return Record(number, error=error, place=place, table=table)
    if sum(map(len, cells)) > MAX_ROW_BYTES:
        error = RowError("too_large", f"longer than {MAX_ROW_BYTES >> 20} MB; split the text")
        return Record(number, error=error, place=place, table=(header, ()))
    return Record(number, row_of(fields, cells), place=place, table=table)


def text_of_cell(value: Any) -> str:
    """What a cell shows, about: whole numbers without a point, days without an hour."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    return str(value)
