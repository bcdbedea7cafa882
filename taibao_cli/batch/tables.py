"""CSV and TSV: lines of a table -> records. As with JSONL nothing here raises for a bad line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO

from taibao_cli.batch.columns import COLUMNS, FieldsOf, row_of
from taibao_cli.batch.readers import MAX_ROW_BYTES
from taibao_cli.batch.record import Record
from taibao_cli.errors import InputError, RowError

_UNDECODED = re.compile("[\udc80-\udcff]")


def read_table(
    stream: BinaryIO,
    *,
    encoding: str,
    delimiter: str,
    maps: Mapping[str, str],
    where: str,
    columns: FieldsOf = COLUMNS.fields_of,
) -> Iterator[Record]:
    """One record for each line of the table below its header, numbered by the line of the file it begins in.

    Args:
        stream: the file.
        encoding: of its text; a byte order mark is dropped.
        delimiter: between cells.
        maps: columns to fields, beside the names that are known anyway.
        where: what messages call the file.
        columns: finds the field of each column.

    Raises:
        InputError: there is no header, or none of its columns can be used.
    """
    csv.field_size_limit(MAX_ROW_BYTES)
    text = io.TextIOWrapper(
        stream, "utf-8-sig" if encoding == "utf-8" else encoding, errors="surrogateescape", newline=""
    )
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise InputError(f"{where}: line 1: {error}") from None
    if not any(name.strip() for name in header):
        return
    header = [_UNDECODED.sub("\ufffd", name) for name in header]
    fields = columns(header, maps, where)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(number, error=RowError("bad_row", str(error)))
            continue
        if any(cell.strip() for cell in cells):
            record = _record(number, fields, cells, encoding)
            if record.error is not None:
                cells = [_UNDECODED.sub("\ufffd", cell) for cell in cells]
            size = len(delimiter.join(cells).encode(encoding, "replace")) + 1
            yield replace(record, table=(header, cells), size=size)


def _record(number: int, fields: list[str | None], cells: list[str], encoding: str) -> Record:
    if len(cells) > len(fields):
        return Record(number, error=RowError("bad_row", f"{len(cells)} cells under {len(fields)} columns"))
    if any(map(_UNDECODED.search, cells)):
        return Record(number, error=RowError("bad_encoding", f"not {encoding.upper()}"))
    return Record(number, row_of(fields, cells))
