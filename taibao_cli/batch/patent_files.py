"""Files of patents, whatever their format -> patents: documents by their readers, tables by those of batch."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final

import orjson

from taibao_cli.batch.compressed import DAMAGED, inner_suffix, open_rows
from taibao_cli.batch.encoding import detect_encoding, refuse_utf16
from taibao_cli.batch.readers import MAX_ROW_BYTES, read_lines, read_records
from taibao_cli.batch.record import Record
from taibao_cli.batch.sources import OnGuess
from taibao_cli.batch.tables import read_table
from taibao_cli.batch.workbook import read_workbook
from taibao_cli.errors import InputError
from taibao_cli.patents.document.columns import COLUMNS
from taibao_cli.patents.document.patent import Origin
from taibao_cli.patents.document.read import looks_like_xml, name_of, read_stream, refuse_empty
from taibao_cli.patents.document.reading import Reading, Unread
from taibao_cli.patents.document.record import fields_of_object, patent_of

_HEAD: Final = 1 << 16
_MAX_JSON: Final = 64 << 20
"""Bytes of a JSON file that is one value; lines of JSON may be any number."""

_LISTS: Final = ("data", "results", "patents", "records", "items")
"""Keys under which services put their list of records."""


def open_patents(
    path: Path,
    *,
    encoding: str = "auto",
    maps: Mapping[str, str] = MappingProxyType({}),
    sheet: str | None = None,
    on_guess: OnGuess = lambda name, encoding: None,
) -> Iterator[Reading]:
    """The patents of a file; what cannot be read is `Unread`, and the next one follows.

    Args:
        path: what to read; compressed files are told by `.gz`, `.xz`, `.bz2` and `.zst`.
        encoding: of a text, one of `encoding.ENCODINGS`; XML says its own.
        maps: columns of a table to fields, as of `columns.parse_maps`.
        sheet: name or number of the sheet of a workbook; None: the first.
        on_guess: told of (file, encoding) when `encoding` is `auto` and a text is not UTF-8.

    Raises:
        InputError: the file cannot be opened, or is in another encoding.
        MissingExtraError: a package that reads the format is not installed.
    """
    name = name_of(path)
    if inner_suffix(path) in (".xlsx", ".xlsm"):
        records = read_workbook(path, sheet=sheet, maps=maps, columns=COLUMNS.fields_of)
        yield from map(refuse_empty, _of_table(records, name, "row"))
        return
    with open_rows(path) as stream:
        yield from read_patent_stream(
            stream, name, suffix=inner_suffix(path), encoding=encoding, maps=maps, on_guess=on_guess
        )


def read_patent_stream(
    stream: BinaryIO,
    name: str,
    *,
    suffix: str = "",
    encoding: str = "auto",
    maps: Mapping[str, str] = MappingProxyType({}),
    on_guess: OnGuess = lambda name, encoding: None,
) -> Iterator[Reading]:
    """The patents of an open stream, such as standard input; see `open_patents`. `suffix` tells tables (".csv")."""
    buffered: io.BufferedReader
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)  # type: ignore[arg-type]
    try:
        yield from map(refuse_empty, _documents(suffix, buffered, name, encoding, maps, on_guess))
    except DAMAGED as error:
        raise InputError(f"{name}: {getattr(error, 'strerror', None) or error or 'damaged'}") from None


def is_document(path: Path) -> bool:
    """Whether a file is XML, DOCX or PDF, which is no text to be read as it stands.

    Raises:
        InputError: it cannot be opened.
    """
    head = _head(path)
    return looks_like_xml(head) or head.startswith((b"%PDF-", b"PK\x03\x04"))


def holds_patents(path: Path) -> bool:
    """Whether a file is a document, a table, or JSON: not a text that stands for itself.

    Raises:
        InputError: it cannot be opened.
    """
    tables = (".csv", ".tsv", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson")
    return is_document(path) or inner_suffix(path) in tables


def _head(path: Path) -> bytes:
    with open_rows(path) as stream:
        return stream.peek(_HEAD)[:_HEAD]


def _documents(
    suffix: str, stream: io.BufferedReader, name: str, encoding: str, maps: Mapping[str, str], on_guess: OnGuess
) -> Iterator[Reading]:
    head = stream.peek(_HEAD)[:_HEAD]
    if not looks_like_xml(head):
        refuse_utf16(head, name)
    if encoding == "auto":
        encoding = "utf-8" if looks_like_xml(head) else detect_encoding(head)
        if encoding != "utf-8":
            on_guess(name, encoding)
    if suffix in (".csv", ".tsv"):
        delimiter = "," if suffix == ".csv" else "\t"
        read = partial(read_table, encoding=encoding, delimiter=delimiter, maps=maps, where=name)
        return _of_table(read(_without_address(stream, head), columns=COLUMNS.fields_of), name, "line")
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _of_json(stream, head, name, encoding)
    return read_stream(stream, name, encoding)


def _without_address(stream: io.BufferedReader, head: bytes) -> BinaryIO:
    """The first line of an export of Google Patents is the address of the search."""
    if head.removeprefix(b"\xef\xbb\xbf").lower().startswith(b"search url"):
        stream.readline(MAX_ROW_BYTES)
    return stream


def _of_table(records: Iterator[Record], name: str, unit: str) -> Iterator[Reading]:
    for record in records:
        origin = Origin(name, "table", f"{unit} {record.number}")
        if record.row is None:
            yield Unread(origin, f"{origin}: {record.error}")
        else:
            yield patent_of(record.row, origin)


def _of_json(stream: io.BufferedReader, head: bytes, name: str, encoding: str) -> Iterator[Reading]:
    """Lines of JSON when the first line is an object, else one value: a record, or a list of them."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].rstrip()
    if first.startswith(b"{") and (first.endswith(b"}") or len(first) >= _HEAD - 4):
        for record in read_records(read_lines(stream), encoding):
            origin = Origin(name, "json", f"line {record.number}")
            if record.row is None:
                yield Unread(origin, f"{origin}: {record.error}")
            else:
                yield patent_of(fields_of_object(record.row), origin)
        return
    for number, record_ in enumerate(_one_value(stream, name, encoding), 1):
        origin = Origin(name, "json", f"record {number}")
        if isinstance(record_, dict):
            yield patent_of(fields_of_object(record_), origin)
        else:
            yield Unread(origin, f"{origin}: a record is a JSON object")


def _one_value(stream: io.BufferedReader, name: str, encoding: str) -> list[Any]:
    data = stream.read(_MAX_JSON + 1)
    if len(data) > _MAX_JSON:
        raise InputError(f"{name}: longer than {_MAX_JSON >> 20} MB; save it as lines of JSON")
    try:
        value = orjson.loads(data.decode(encoding).removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not {encoding.upper()} at byte {error.start + 1}") from None
    except orjson.JSONDecodeError as error:
        raise InputError(f"{name}: not JSON: {error.msg} at line {error.lineno}") from None
    if isinstance(value, dict):
        lists = [value[key] for key in _LISTS if isinstance(value.get(key), list)]
        value = lists[0] if lists else [value]
    return value if isinstance(value, list) else [value]
