"""Bytes -> numbered lines -> records. Nothing here raises for a bad line: it becomes a record with an error."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

import orjson

from taibao_cli.batch.record import Record
from taibao_cli.errors import RowError

MAX_ROW_BYTES: Final = 4 * 1024 * 1024
"""Longest row that is parsed; far above a full specification with claims."""


def read_lines(stream: BinaryIO, limit: int = MAX_ROW_BYTES) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers from 1, without line ends; None for a line over `limit` bytes, which is skipped unread.

    Holds at most `limit` bytes at a time. A UTF-8 byte order mark at the start is dropped.
    """
    number = 0
    while line := stream.readline(limit + 2):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        unfinished = len(line) > limit + 1 and not line.endswith(b"\n")
        if unfinished or len(line.rstrip(b"\r\n")) > limit:
            _skip_line(stream, line, limit)
            yield number, None
        else:
            yield number, line.rstrip(b"\r\n")


def _skip_line(stream: BinaryIO, line: bytes, limit: int) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(limit)


def read_records(lines: Iterable[tuple[int, bytes | None]], encoding: str = "utf-8") -> Iterator[Record]:
    """One record a line; blank lines are left out but counted."""
    for number, line in lines:
        if line is None or line.strip():
            yield parse_line(number, line, encoding)


def parse_line(number: int, line: bytes | None, encoding: str = "utf-8") -> Record:
    """The JSON object of a line, or a `too_large`, `bad_encoding` or `bad_json` error."""
    if line is None:
        return _bad(number, "too_large", f"longer than {MAX_ROW_BYTES // 1024 // 1024} MB; split the text")
    try:
        text = line.decode(encoding)
    except UnicodeDecodeError as error:
        hint = "; for Chinese text in GB encodings use --encoding gb18030" if encoding == "utf-8" else ""
        return _bad(number, "bad_encoding", f"not {encoding.upper()} at byte {error.start + 1}{hint}")
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _bad(number, "bad_json", f"not JSON: {error.msg} at column {error.colno}")
    if not isinstance(row, dict):
        return _bad(number, "bad_json", f"a row is a JSON object, not {_JSON_NAMES[type(row)]}")
    return Record(number, row, size=len(line) + 1)


_JSON_NAMES: Final = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _bad(number: int, kind: str, why: str) -> Record:
    return Record(number, error=RowError(kind, why))
