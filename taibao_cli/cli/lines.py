"""`--lines`: a text on each line in, its answer on one line out, as soon as it is there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click

from taibao_cli.batch import Record
from taibao_cli.batch.arriving import Arriving
from taibao_cli.batch.compressed import open_rows
from taibao_cli.batch.output import Part, output_row
from taibao_cli.batch.sources import read_text_lines
from taibao_cli.cli.generation import Command
from taibao_cli.cli.inputs import STDIN, argument_or_stdin, own_stdin, refuse_terminal
from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.errors import InputError, RowError, UsageError
from taibao_cli.messages import say

WIDTH: Final = 8
"""Lines that are answered at once."""

Line = Record | None


def lines_option(command: Command) -> Command:
    return click.option("--lines", is_flag=True, help="Each line is a text; its answer is one line.")(command)


def line_records(
    files: tuple[Path, ...], encoding: str, fields: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[Line]:
    """A record for each line of the files, or of stdin as they arrive (None: there is none yet).

    Args:
        files: read one after the other; none of them stands for stdin.
        encoding: of the texts.
        fields: what every record has beside its `text`.

    Raises:
        UsageError: no file, and stdin is a terminal.
        InputError: a file cannot be read.
    """
    if not files:
        refuse_terminal()
    _check(*files)
    return _of_files(files or (STDIN,), encoding, fields)


def message_records(
    argument: str | None, encoding: str, *, lines: bool, fields: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[Line]:
    """One record with the argument, or with all of stdin; with `lines` one for each line of stdin. `fields` is what
    every record has beside its text.

    Raises:
        UsageError: an argument together with `lines`.
        InputError: it is blank, or stdin cannot be read.
    """
    if not lines:
        return iter([Record(1, {"text": argument_or_stdin(argument, encoding), **fields}, place="")])
    if argument not in (None, str(STDIN)):
        raise UsageError("--lines reads standard input; give no text beside it")
    return line_records((), encoding, fields)


def _check(*files: Path) -> None:
    """Name a file that is missing before a model is loaded."""
    for path in files:
        if path != STDIN and not path.exists():
            raise InputError(f"{path}: {os.strerror(errno.ENOENT)}")


def _of_files(files: tuple[Path, ...], encoding: str, fields: Mapping[str, Any]) -> Iterator[Line]:
    number = 0
    for path in files:
        for record in _of_file(path, encoding):
            if record is None:
                yield None
                continue
            number += 1
            place = f"{path}: line {record.number}" if len(files) > 1 else None
            if record.row is not None:
                record = replace(record, row={**record.row, **fields})
            yield _answered_if_blank(replace(record, number=number, place=place), "text")


def pair_records(a: Path, b: Path, encoding: str) -> Iterator[Line]:
    """A record for each two lines of the same number; where one text has no more lines it is an error.

    Raises:
        InputError: one of them cannot be read.
    """
    _check(a, b)
    return _of_pairs(a, b, encoding)


def _of_pairs(a: Path, b: Path, encoding: str) -> Iterator[Line]:
    lines = zip_longest(_present(_of_file(a, encoding)), _present(_of_file(b, encoding)))
    for number, (first, second) in enumerate(lines, 1):
        yield _pair(number, first, second)


def _pair(number: int, first: Record | None, second: Record | None) -> Record:
    try:
        row = {"a": _text("A", first), "b": _text("B", second)}
    except RowError as error:
        return Record(number, error=error)
    return _answered_if_blank(Record(number, row), "a", "b")


def _text(letter: str, record: Record | None) -> str:
    if record is None:
        raise RowError("missing_field", f"{letter} has no such line")
    if record.row is None:
        raise record.error or RowError("bad_row", f"{letter} cannot be read")
    return str(record.row["text"])


def _present(lines: Iterator[Line]) -> Iterator[Record]:
    return (line for line in lines if line is not None)


def _of_file(path: Path, encoding: str) -> Iterator[Line]:
    lang = settings().lang

    def guessed(where: str, encoding: str) -> None:
        note(say("guessed", lang, where=where, encoding=encoding.upper()))

    if path == STDIN:
        yield from Arriving(read_text_lines(own_stdin(), "stdin", encoding=encoding, on_guess=guessed))
    else:
        yield from read_text_lines(open_rows(path), str(path), encoding=encoding, on_guess=guessed)


def _answered_if_blank(record: Record, *fields: str) -> Record:
    """With an empty answer where there is nothing to ask, so that lines keep their places."""
    if record.row is None or any(record.row[field].strip() for field in fields):
        return record
    return replace(record, answer=output_row(record, (), [Part("", finish="stop")], None))


def one_line(text: str) -> str:
    """Line ends within an answer become blanks."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
