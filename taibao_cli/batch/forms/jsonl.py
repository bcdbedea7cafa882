"""JSON Lines: the whole row, and with `merge` the row it answers as `input`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, BinaryIO, Final

import orjson

from taibao_cli.batch.forms.base import Form, Row, RowWriter, Sink
from taibao_cli.batch.record import Record

_UNSAFE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def to_line(row: Mapping[str, Any]) -> bytes:
    """One JSON object on one line. Controls that JSON allows but terminals and line splitters obey are escaped."""
    text = orjson.dumps(row).decode()
    return (_UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n").encode()


def with_input(row: Row, record: Record | None) -> Row:
    """The row with `input` after `id`: the fields of the record, or the cells of its line by the names of columns."""
    if record is None:
        return row
    given = _by_name(*record.table) if record.table else record.row
    return {"id": row["id"], **row, "input": given}


def _by_name(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """Cells by their columns; of columns with the same name the second is `NAME (2)`."""
    named: dict[str, str] = {}
    for column, cell in zip(header, cells, strict=False):
        same = (f"{column} ({number})" for number in count(2))
        named[column if column not in named else next(name for name in same if name not in named)] = cell
    return named


class _JsonLines(RowWriter):
    def __init__(self, stream: Sink, *, merge: bool) -> None:
        self._stream, self._merge = stream, merge

    def write(self, row: Row, record: Record | None) -> None:
        self._stream.write(to_line(with_input(row, record) if self._merge else row))


def read_lines_of_json(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The rows of a file that taibao wrote."""
    for line in stream:
        yield orjson.loads(line)


def jsonl(merge: bool = False) -> Form:
    return Form("jsonl", partial(_JsonLines, merge=merge), read_lines_of_json, merge=merge)


JSONL: Final = jsonl()
