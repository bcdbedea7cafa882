"""An input, whatever it is, as records: JSON lines, tables, plain lines, whole texts; compressed or not."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from taibao_cli.batch.compressed import DAMAGED, inner_suffix, is_compressed, open_rows
from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.readers import MAX_ROW_BYTES, read_lines, read_records
from taibao_cli.batch.record import Record
from taibao_cli.batch.tables import read_table
from taibao_cli.errors import InputError, RowError, UsageError

FORMATS: Final = ("auto", "jsonl", "csv", "tsv", "lines", "text")

_BY_SUFFIX: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", "": "jsonl", ".csv": "csv", ".tsv": "tsv"}
_HEAD: Final = 1 << 16


@dataclass(frozen=True)
class Source:
    """`encoding` is what the records are read in; `guessed` when nobody said so and it is not UTF-8."""

    name: str
    records: Iterator[Record]
    encoding: str
    guessed: bool


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
            f"{path}: give --format lines (a row for each line), text (one row) or {', '.join(FORMATS[1:4])}"
        )
    return found


def open_source(path: Path, *, form: str = "auto", encoding: str = "auto", maps: Mapping[str, str]) -> Source:
    """Open a file or a folder of texts.

    Args:
        path: what to read; compressed files are told by `.gz`, `.xz`, `.bz2` and `.zst`.
        form: one of `FORMATS`.
        encoding: one of `encoding.ENCODINGS`.
        maps: columns to fields, for tables.

    Raises:
        InputError: it cannot be read.
        UsageError: the format is not known.
    """
    form = format_of(path, form)
    if path.is_dir() and form != "text":
        raise InputError(f"{path}: Is a directory")
    if form == "text":
        return Source(str(path), _whole_texts(path, encoding), "utf-8", guessed=False)
    return read_source(open_rows(path), str(path), form=form, encoding=encoding, maps=maps)


def read_source(
    stream: BinaryIO, name: str, *, form: str = "auto", encoding: str = "auto", maps: Mapping[str, str]
) -> Source:
    """Records of an open stream, such as standard input; see `open_source`."""
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _HEAD)  # type: ignore[type-var]
    try:
        chosen = detect_encoding(buffered.peek(_HEAD)) if encoding == "auto" else encoding
    except DAMAGED as error:
        raise InputError(f"{name}: {_why(error)}") from None
    if form in ("csv", "tsv"):
        records = read_table(buffered, encoding=chosen, delimiter="," if form == "csv" else "\t", maps=maps, where=name)
    elif form == "lines":
        records = _lines(buffered, chosen)
    else:
        records = read_records(read_lines(buffered), chosen)
    return Source(name, _guarded(records, name), chosen, guessed=encoding == "auto" and chosen != "utf-8")


def _guarded(records: Iterator[Record], name: str) -> Iterator[Record]:
    try:
        yield from records
    except DAMAGED as error:
        raise InputError(f"{name}: {_why(error)}") from None


def _why(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error) or "damaged"


def _lines(stream: BinaryIO, encoding: str) -> Iterator[Record]:
    for number, line in read_lines(stream):
        if line is None:
            yield Record(number, error=_too_large())
        elif line.strip():
            yield _text(number, line, encoding)


def _whole_texts(path: Path, encoding: str) -> Iterator[Record]:
    """One row for each file, in the order of their names; hidden files and folders are left out."""
    files = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path)) if path.is_dir() else [path]
    for number, file in enumerate(files, 1):
        own = file.relative_to(path).as_posix() if path.is_dir() else file.name
        try:
            with open_rows(file) as stream:
                data = stream.read(MAX_ROW_BYTES + 1)
        except (InputError, *DAMAGED) as error:
            yield Record(number, {"id": own}, error=RowError("bad_encoding", _why(error)), place=own)
            continue
        if len(data) > MAX_ROW_BYTES:
            yield Record(number, {"id": own}, error=_too_large(), place=own)
        else:
            chosen = detect_encoding(data) if encoding == "auto" else encoding
            yield _text(number, data.removeprefix(b"\xef\xbb\xbf"), chosen, own)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _text(number: int, data: bytes, encoding: str, own: str | None = None) -> Record:
    named = {} if own is None else {"id": own}
    try:
        return Record(number, {**named, "text": data.decode(encoding)}, place=own)
    except UnicodeDecodeError as error:
        why = RowError("bad_encoding", f"not {encoding.upper()} at byte {error.start + 1}")
        return Record(number, named or None, error=why, place=own)


def _too_large() -> RowError:
    return RowError("too_large", f"longer than {MAX_ROW_BYTES // 1024 // 1024} MB; split the text")


def is_countable(path: Path, form: str) -> bool:
    """Whether the lines of the file are its rows, about."""
    return path.is_file() and not is_compressed(path) and form in ("auto", "jsonl", "lines")
