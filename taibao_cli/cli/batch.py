"""`taibao batch`: rows of a JSONL file to rows of answers."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Any

import click

from taibao_cli.batch import Record, run
from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.batch.progress import progress
from taibao_cli.batch.readers import count_lines, open_input, read_lines, read_records
from taibao_cli.batch.record import split_names
from taibao_cli.batch.runner import DEFAULT_WIDTH
from taibao_cli.batch.writer import FileWriter, RowWriter, StreamWriter
from taibao_cli.cli.exits import INTERRUPTED, SOME_FAILED
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, opened
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.inputs import STDIN
from taibao_cli.cli.outputs import new_file
from taibao_cli.cli.root import settings
from taibao_cli.console import is_terminal, note
from taibao_cli.errors import InputError, RowError, UsageError
from taibao_cli.messages import say
from taibao_cli.tasks import get

Row = Mapping[str, Any]


@dataclass
class Tally:
    """Rows written, rows without any answer, and whether any task of any row failed."""

    rows: int = 0
    failed: int = 0
    any_error: bool = False

    def add(self, row: Row) -> None:
        self.rows += 1
        self.failed += has_failed(row)
        self.any_error = self.any_error or bool(errors_of(row))


@click.command()
@click.argument("source", metavar="INPUT|-", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here when all is done; default: stdout (-)."
)
@click.option("--task", metavar="T[,T…]", help="Task or tasks for every row, whatever the row says.")
@click.option("--width", type=click.IntRange(1, 128), default=DEFAULT_WIDTH, show_default=True, help="Rows at once.")
@click.option("--overwrite", is_flag=True, help="Replace the output of an earlier run.")
@encoding_option
@generation_options
def batch(
    source: Path,
    output: Path | None,
    task: str | None,
    width: int,
    overwrite: bool,
    encoding: str,
    generation: Generation,
) -> int:
    """Answer every row of a JSONL file: one output row for each, in order; a bad row becomes an error row.

    批量处理 JSONL：一行输入对应一行输出，次序不变；坏行记为错误，运行继续。
    """
    output = None if output == STDIN else output
    if task is not None:
        _check_tasks(task)
    lang = settings().lang
    tally, start = Tally(), time.monotonic()
    writer: RowWriter | None = None
    try:
        with _sigterm_interrupts(), ExitStack() as stack:
            records = _open_rows(source, encoding, task, stack)
            writer = stack.enter_context(new_file(output, overwrite)) if output else StreamWriter(sys.stdout.buffer)
            engine, model = stack.enter_context(opened(generation, width))
            rows = run(
                records,
                engine=engine,
                model=model,
                hints=hints_of(model),
                overrides=generation.overrides,
                width=width,
            )
            _write_all(rows, writer, tally, stack.enter_context(_progress(source, output)))
    except KeyboardInterrupt:
        note(_kept_message("interrupted", writer) or say("interrupted-stdout", lang, rows=tally.rows))
        return INTERRUPTED
    except Exception:
        if message := _kept_message("kept", writer):
            note(message)
        raise
    note(say("summary", lang, rows=tally.rows, failed=tally.failed, seconds=time.monotonic() - start))
    return SOME_FAILED if tally.any_error else 0


def _write_all(rows: Iterable[Row], writer: RowWriter, tally: Tally, advance: Callable[[], None]) -> None:
    for row in rows:
        writer.write(row)
        tally.add(row)
        advance()


def _kept_message(key: str, writer: RowWriter | None) -> str | None:
    """Where the finished rows are, when there are any in a file; counted there, a signal may come at any moment."""
    rows = count_lines(writer.part) if isinstance(writer, FileWriter) else None
    return say(key, settings().lang, rows=rows, path=writer.part) if isinstance(writer, FileWriter) and rows else None


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """SIGTERM ends a run the way Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _progress(source: Path, output: Path | None) -> AbstractContextManager[Callable[[], None]]:
    """A bar, unless rows and bar would share the terminal."""
    visible = is_terminal(sys.stderr) and (output is not None or not is_terminal(sys.stdout))
    total = count_lines(source) if visible and source != STDIN else None
    return progress(say("progress", settings().lang), total, visible=visible)


def _check_tasks(names: str) -> None:
    found = split_names(names)
    if not found:
        raise UsageError("--task names no task")
    for name in found:
        try:
            get(name)
        except RowError as error:
            raise UsageError(str(error)) from None


def _open_rows(source: Path, encoding: str, task: str | None, stack: ExitStack) -> Iterator[Record]:
    """The records of the input, at least one.

    Raises:
        InputError: none, or the input cannot be read (a directory shows only when it is read).
    """
    name = "stdin" if source == STDIN else str(source)
    stream = sys.stdin.buffer if source == STDIN else stack.enter_context(open_input(source))
    records = read_records(read_lines(stream), encoding)
    try:
        first = next(records, None)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from None
    if first is None:
        raise InputError(say("no-rows", settings().lang, where=name))
    return (_with_task(record, task) for record in chain((first,), records))


def _with_task(record: Record, task: str | None) -> Record:
    if task is None or record.row is None:
        return record
    return replace(record, row={**record.row, "task": task})
