"""Parquet: the rows of a table -> records, one row group after the other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from taibao_cli.batch.columns import COLUMNS
from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.batch.record import Record
from taibao_cli.batch.workbook import text_of_cell
from taibao_cli.errors import InputError, MissingExtraError, RowError, TaibaoError
from taibao_cli.patents.columns import listed

_ROWS: Final = 256
"""Rows that are made at a time."""

_UNDECODED: Final = object()
"""Stands for a text that is no UTF-8."""


def read_parquet(path: Path, *, maps: Mapping[str, str]) -> Iterator[Record]:
    """One record for each row. Columns are found as in a CSV; lists stay lists, and what is null is absent.

    Args:
        path: the file.
        maps: columns to fields, beside the names that are known anyway.

    Raises:
        InputError: no Parquet file, damaged, or no column can be used.
        MissingExtraError: pyarrow is not installed.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    try:
        with parquet.ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            fields = COLUMNS.fields_of(header, maps, str(path))
            first = 1
            for batch in file.iter_batches(batch_size=_ROWS):
                yield from records_of(header, fields, batch.columns, first)
                first += batch.num_rows
    except TaibaoError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or str(error).splitlines()[0]}") from None
    except Exception as error:  # whatever the library meets in a file that is damaged or made up
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a Parquet file that can be read: {why}") from None


def records_of(
    header: Sequence[str], fields: Sequence[str | None], columns: Sequence[Any], first: int = 1
) -> Iterator[Record]:
    """The records of columns of Arrow, numbered from `first`; `fields` as `fields_of` has them."""
    for number, values in enumerate(zip(*map(_values, columns), strict=True), first):
        yield _record(number, header, fields, values)


def _values(column: Any) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        values = [_value(cell) for cell in column]
    return values


def _value(cell: Any) -> Any:
    try:
        return cell.as_py()
    except UnicodeDecodeError:
        return _UNDECODED


def _record(number: int, header: Sequence[str], fields: Sequence[str | None], values: Sequence[Any]) -> Record:
    place = f"row {number}"
    cells = [_text(value) for value in values]
    if sum(map(len, cells)) > MAX_ROW_BYTES:
        error = RowError("too_large", f"longer than {MAX_ROW_BYTES >> 20} MB; split the text")
        return Record(number, error=error, place=place, table=(header, ()))
    for name, value in zip(header, values, strict=True):
        if value is _UNDECODED:
            error = RowError("bad_encoding", f"column {listed([name])} is not UTF-8")
            return Record(number, error=error, place=place, table=(header, cells))
    row = {field: _plain(value) for field, value in zip(fields, values, strict=True) if field and value is not None}
    return Record(number, row, place=place, table=(header, cells))


def _plain(value: Any) -> Any:
    """Texts, numbers and lists as they are; days, times, decimals and bytes as what they show."""
    if isinstance(value, list):
        return json.loads(json.dumps(value, default=text_of_cell))
    return value if isinstance(value, (str, int, float)) else _text(value)


def _text(value: Any) -> str:
    """What a cell shows."""
    if value is _UNDECODED:
        return "\ufffd"
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=text_of_cell)
    return text_of_cell(value)
