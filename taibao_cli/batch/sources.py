"""An input, whatever it is, as records: JSON lines, tables, sheets, Parquet, lines, whole texts; compressed or not."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from taibao_cli.batch.compressed import DAMAGED, inner_suffix, is_compressed, open_rows
from taibao_cli.batch.encoding import detect_encoding, refuse_utf16
from taibao_cli.batch.openai import looks_like_one, read_batch_lines
from taibao_cli.batch.parquet import read_parquet
from taibao_cli.batch.readers import MAX_ROW_BYTES, read_lines, read_records
from taibao_cli.batch.record import Record
from taibao_cli.batch.tables import read_table
from taibao_cli.batch.workbook import read_workbook
from taibao_cli.errors import InputError, RowError, UsageError

FORMATS: Final = ("auto", "jsonl", "openai", "csv", "tsv", "xlsx", "parquet", "lines", "text")

_BY_SUFFIX: Final = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json", ""), "jsonl"),
    ".csv": "csv",
    ".tsv": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
}
_WHOLE_FILES: Final = {"xlsx": "workbook", "parquet": "Parquet file"}
_HEAD: Final = 1 << 16
_UNREADABLE: Final[tuple[type[Exception], ...]] = (InputError, *DAMAGED)


OnGuess = Callable[[str, str], None]
"""Told of (file, encoding) when an encoding other than UTF-8 was noticed."""


def format_of(path: Path, asked: str) -> str:
    """The format of a file, by its name unless asked for.

    Raises:
        UsageError: the name does not tell.
    """
    if asked != "auto":
        return asked
    if path.is_dir():
        return "text"
    found = _BY_SUFFIX.get(inner_suffix(path))
    if found is None:
        raise UsageError(
            f"{path}: give --format lines (a row for each line), text (one row) or {', '.join(FORMATS[1:-2])}"
        )
    return found


def open_source(
    path: Path,
    *,
    form: str = "auto",
    encoding: str = "auto",
    maps: Mapping[str, str] = MappingProxyType({}),
    sheet: str | None = None,
    on_guess: OnGuess = lambda name, encoding: None,
) -> Iterator[Record]:
    """The records of a file or a folder of texts.

    Args:
        path: what to read; compressed files are told by `.gz`, `.xz`, `.bz2` and `.zst`.
        form: one of `FORMATS`.
        encoding: one of `encoding.ENCODINGS`.
        maps: columns to fields, for tables.
        sheet: name or number of the sheet of a workbook; None: the first.
        on_guess: told when `encoding` is `auto` and a text is not UTF-8.

    Raises:
        InputError: it cannot be read.
        UsageError: the format is not known.
    """
    form = format_of(path, form)
    if path.is_dir():
        if form != "text":
            raise InputError(f"{path}: Is a directory")
        files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path))
        return _files(files, path, encoding, on_guess)
    if form == "xlsx":
        return read_workbook(path, sheet=sheet, maps=maps)
    if form == "parquet" and sheet is None:
        return read_parquet(path, maps=maps)
    if sheet is not None:
        raise UsageError(f"--sheet is for workbooks; {path} is read as {form}")
    return read_source(open_rows(path), str(path), form=form, encoding=encoding, maps=maps, on_guess=on_guess)


def read_source(
    stream: BinaryIO,
    name: str,
    *,
    form: str = "auto",
    encoding: str = "auto",
    maps: Mapping[str, str] = MappingProxyType({}),
    on_guess: OnGuess = lambda name, encoding: None,
) -> Iterator[Record]:
    """The records of an open stream, such as standard input (JSON lines unless said); see `open_source`."""
    if form in _WHOLE_FILES:
        raise UsageError(f"a {_WHOLE_FILES[form]} cannot be read from {name}; give the file")
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)  # type: ignore[type-var]
    try:
        chosen = _choose(buffered.peek(_HEAD), name, encoding, on_guess)
    except DAMAGED as error:
        raise InputError(f"{name}: {_why(error)}") from None
    records: Iterator[Record]
    if form in ("csv", "tsv"):
        records = read_table(buffered, encoding=chosen, delimiter="," if form == "csv" else "\t", maps=maps, where=name)
    elif form == "lines":
        records = _lines(buffered, chosen)
    elif form == "text":
        records = iter([_whole(1, buffered, chosen, Path(name).name)])
    elif form == "openai":
        records = read_batch_lines(read_records(read_lines(buffered), chosen))
    else:
        records = _json_lines(read_records(read_lines(buffered), chosen))
    return _guarded(records, name)


def read_text_lines(
    stream: BinaryIO, name: str, *, encoding: str = "auto", on_guess: OnGuess = lambda name, encoding: None
) -> Iterator[Record]:
    """A record for each line, blank ones too: its `text`, or why it cannot be read. Raises as `read_source`."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)  # type: ignore[type-var]
    try:
        chosen = _choose(buffered.peek(_HEAD), name, encoding, on_guess)
        yield from _lines(buffered, chosen, blank=True)
    except DAMAGED as error:
        raise InputError(f"{name}: {_why(error)}") from None


def _choose(head: bytes, name: str, encoding: str, on_guess: OnGuess) -> str:
    refuse_utf16(head, name)
    if encoding != "auto":
        return encoding
    found = detect_encoding(head)
    if found != "utf-8":
        on_guess(name, found)
    return found


def _guarded(records: Iterator[Record], name: str) -> Iterator[Record]:
    try:
        yield from records
    except DAMAGED as error:
        raise InputError(f"{name}: {_why(error)}") from None


def _why(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error) or "damaged"


def _json_lines(records: Iterator[Record]) -> Iterator[Record]:
    """Rows, or lines of an OpenAI batch when the first one is."""
    first = next(records, None)
    if first is None:
        return
    every = chain((first,), records)
    yield from read_batch_lines(every) if first.row is not None and looks_like_one(first.row) else every


def _lines(stream: BinaryIO, encoding: str, *, blank: bool = False) -> Iterator[Record]:
    for number, line in read_lines(stream):
        if line is None:
            yield Record(number, error=_too_large())
        elif blank or line.strip():
            yield _text(number, line, encoding)


def _files(files: Sequence[Path], folder: Path, encoding: str, on_guess: OnGuess) -> Iterator[Record]:
    """One row for each file; `id` is its name below the folder."""
    for number, file in enumerate(files, 1):
        own = file.relative_to(folder).as_posix().encode("utf-8", "replace").decode()
        try:
            with open_rows(file) as stream:
                chosen = _choose(stream.peek(_HEAD), own, encoding, on_guess)
                yield _whole(number, stream, chosen, own)
        except _UNREADABLE as error:
            yield Record(number, error=RowError("bad_encoding", _why(error)), place=own)


def _whole(number: int, stream: BinaryIO, encoding: str, own: str) -> Record:
    """A text as one row."""
    data = stream.read(MAX_ROW_BYTES + 1)
    if len(data) > MAX_ROW_BYTES:
        return Record(number, error=_too_large(), place=own)
    return _text(number, data.removeprefix(codecs.BOM_UTF8), encoding, own)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _text(number: int, data: bytes, encoding: str, own: str | None = None) -> Record:
    named = {} if own is None else {"id": own}
    try:
        return Record(number, {**named, "text": data.decode(encoding)}, place=own, size=len(data) + 1)
    except UnicodeDecodeError as error:
        why = RowError("bad_encoding", f"not {encoding.upper()} at byte {error.start + 1}")
        return Record(number, error=why, place=own)


def _too_large() -> RowError:
    return RowError("too_large", f"longer than {MAX_ROW_BYTES // 1024 // 1024} MB; split the text")


def size_of(path: Path, form: str) -> int | None:
    """Bytes of the rows of an input, about; None where that shows only in the end: a stream, a compressed file, a
    workbook, a Parquet file."""
    if path.is_dir():
        return sum(file.stat().st_size + 1 for file in path.rglob("*") if file.is_file() and not _hidden(file, path))
    if not path.is_file() or is_compressed(path) or format_of(path, form) in _WHOLE_FILES:
        return None
    return path.stat().st_size
