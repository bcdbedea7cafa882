"""JSON Lines: the whole row, with `merge` the row it answers as `input`, with `checked` what code can prove."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, BinaryIO, Final

import orjson

from taibao_cli.batch.forms.base import Form, Row, RowWriter, Sink
from taibao_cli.batch.record import Record

Adding = Callable[[Row, Record | None], Row]
"""Makes a row of more fields of a row and the record it answers."""

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
    def __init__(self, stream: Sink, added: Sequence[Adding]) -> None:
        self._stream, self._added = stream, added

    def write(self, row: Row, record: Record | None) -> None:
        for adding in self._added:
            row = adding(row, record)
        self._stream.write(to_line(row))


def read_lines_of_json(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """The rows of a file that taibao wrote."""
    for line in stream:
        yield orjson.loads(line)


def jsonl(merge: bool = False, checked: bool = False) -> Form:
    added: list[Adding] = [with_input] if merge else []
    if checked:
        from taibao_cli.batch.checked import with_checks

        added.insert(0, with_checks)
    return Form("jsonl", partial(_JsonLines, added=added), read_lines_of_json, merge=merge, checked=checked)


JSONL: Final = jsonl()
