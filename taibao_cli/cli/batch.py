"""`taibao batch`: rows of a JSONL file to rows of answers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import click

from taibao_cli.batch import Record, run
from taibao_cli.batch.arriving import Arriving
from taibao_cli.batch.columns import parse_maps
from taibao_cli.batch.identity import run_facts
from taibao_cli.batch.job import Job, Tally
from taibao_cli.batch.output import Row, errors_of
from taibao_cli.batch.progress import progress
from taibao_cli.batch.readers import count_lines
from taibao_cli.batch.record import split_names
from taibao_cli.batch.runner import DEFAULT_WIDTH
from taibao_cli.batch.sources import FORMATS, is_countable, open_source, read_source
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.exits import INTERRUPTED, SOME_FAILED
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, opened
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.inputs import STDIN
from taibao_cli.cli.root import settings
from taibao_cli.console import is_terminal, note
from taibao_cli.engine.base import Runs
from taibao_cli.engine.dry import DryRun
from taibao_cli.errors import InputError, RowError, TaibaoError, UsageError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model
from taibao_cli.tasks import get


@click.command()
@click.argument("source", metavar="INPUT|-", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write here when all is done; default: stdout (-)."
)
@click.option("--task", metavar="T[,T…]", help="Task or tasks for every row, whatever the row says.")
@click.option("--width", type=click.IntRange(1, 128), default=DEFAULT_WIDTH, show_default=True, help="Rows at once.")
@click.option("--resume/--no-resume", default=True, help="Go on where an interrupted run was (default), or start anew.")
@click.option("--retry-errors", is_flag=True, help="Ask again for rows that came out with an error.")
@click.option("--overwrite", is_flag=True, help="Replace the output of an earlier run.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows.")
@click.option("--max-errors", type=click.IntRange(min=1), help="Stop after so many rows with errors.")
@click.option("--dry-run", is_flag=True, help="Answer nothing: count tokens and name the rows that would fail.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="auto", help="Of the input; auto: by its name.")
@click.option("--map", "maps", metavar="FIELD=COLUMN", multiple=True, help="Which column of a table is which field.")
@encoding_option
@generation_options
def batch(
    source: Path,
    output: Path | None,
    task: str | None,
    width: int,
    resume: bool,
    retry_errors: bool,
    overwrite: bool,
    limit: int | None,
    max_errors: int | None,
    dry_run: bool,
    form: str,
    maps: tuple[str, ...],
    encoding: str,
    generation: Generation,
) -> int:
    """Answer every row of a file: one output row for each, in order; a bad row becomes an error row.

    INPUT is JSONL, CSV or TSV, compressed or not, text by line or by file, a folder of texts, or - for stdin.

    With -o the same command goes on where an interrupted run was.

    批量处理 JSONL、CSV、文本：一行输入对应一行输出，次序不变；坏行记为错误，运行继续；中断后用同一命令续跑。
    """
    if task is not None:
        _check_tasks(task)
    _check_places(source, output)
    start = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(_sigterm_interrupts())
        records = islice(_open_rows(source, Given(form, encoding, parse_maps(maps)), task), limit)
        ask = Ask(generation, width, task, max_errors, _progress(source, output, form))
        if dry_run:
            return _count_only(records, ask)
        if output is None or output == STDIN:
            tally = _to_stream(records, ask, StreamWriter(sys.stdout.buffer))
        elif output.exists() and not output.is_file() and not output.is_dir():
            tally = _to_stream(records, ask, StreamWriter(stack.enter_context(output.open("wb"))))
        else:
            tally = _to_file(records, ask, Job(output, resume=resume, overwrite=overwrite, retry_errors=retry_errors))
    if tally is None:
        return INTERRUPTED
    note(say("summary", settings().lang, rows=tally.rows, failed=tally.failed, seconds=time.monotonic() - start))
    return SOME_FAILED if tally.with_errors else 0


@dataclass(frozen=True)
class Given:
    """What the options say about the input."""

    form: str
    encoding: str
    maps: dict[str, str]


@dataclass(frozen=True)
class Ask:
    """How rows are answered."""

    generation: Generation
    width: int
    task: str | None
    max_errors: int | None
    progress: AbstractContextManager[Callable[[], None]]

    def rows(self, records: Iterable[Record | None], engine: Runs, model: Model, **options: Any) -> Iterator[Row]:
        overrides = self.generation.overrides
        return run(
            records, engine=engine, model=model, hints=hints_of(model), overrides=overrides, width=self.width, **options
        )

    def check(self, tally: Tally) -> None:
        """Stop the run when too many rows have errors.

        Raises:
            TaibaoError: the bound is reached.
        """
        if self.max_errors is not None and tally.with_errors >= self.max_errors:
            raise TaibaoError(say("too-many-errors", settings().lang, rows=tally.rows, errors=tally.with_errors))


def _count_only(records: Iterable[Record | None], ask: Ask) -> int:
    """Name the rows that would fail and say what a run would cost in prompt tokens."""
    tally, prompt = Tally(), 0
    with opened(ask.generation, ask.width) as (engine, model):
        for row in ask.rows(records, DryRun(engine), model):
            tally.add(row)
            prompt += row["usage"]["prompt"]
            for error in errors_of(row):
                note(error["message"])
    note(say("dry-run", settings().lang, rows=tally.rows, errors=tally.with_errors, tokens=prompt))
    return SOME_FAILED if tally.with_errors else 0


def _to_stream(records: Iterable[Record | None], ask: Ask, writer: StreamWriter) -> Tally | None:
    """Rows as they are ready; None when interrupted."""
    tally = Tally()
    try:
        with opened(ask.generation, ask.width) as (engine, model), ask.progress as advance:
            for row in ask.rows(records, engine, model):
                writer.write(row)
                tally.add(row)
                advance()
                ask.check(tally)
    except KeyboardInterrupt:
        note(say("interrupted-stdout", settings().lang, rows=tally.rows))
        return None
    return tally


def _to_file(records: Iterable[Record | None], ask: Ask, job: Job) -> Tally | None:
    """Rows into a file that is complete or absent; None when interrupted."""
    lang = settings().lang
    try:
        with job, opened(ask.generation, ask.width) as (engine, model):
            job.begin(run_facts(model, ask.generation.overrides, ctx=ask.generation.ctx, task=ask.task))
            if job.taken_over:
                note(say("goes-on", lang, rows=job.taken_over, path=job.out))
            with ask.progress as advance:
                for row in ask.rows(job.records(records), engine, model, on_row=job.on_row):
                    job.write(row)
                    advance()
                    ask.check(job.tally)
    except KeyboardInterrupt:
        note(say("interrupted", lang, rows=job.answered))
        return None
    except Exception:
        if job.answered and job.began:
            note(say("kept", lang, rows=job.answered))
        raise
    if job.nothing_new:
        note(say("already-complete", lang, rows=job.tally.rows, path=job.out))
    return job.tally


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


def _progress(source: Path, output: Path | None, form: str) -> AbstractContextManager[Callable[[], None]]:
    """A bar, unless rows and bar would share the terminal."""
    visible = is_terminal(sys.stderr) and (output is not None or not is_terminal(sys.stdout))
    total = count_lines(source) if visible and is_countable(source, form) else None
    return progress(say("progress", settings().lang), total, visible=visible)


def _check_places(source: Path, output: Path | None) -> None:
    """An output that is part of the input would be read by the next run.

    Raises:
        UsageError: it is.
    """
    if output is None or STDIN in (source, output):
        return
    if source.resolve() == output.resolve() or (source.is_dir() and source.resolve() in output.resolve().parents):
        raise UsageError(f"-o {output} is part of the input; choose another place")


def _check_tasks(names: str) -> None:
    found = split_names(names)
    if not found:
        raise UsageError("--task names no task")
    for name in found:
        try:
            get(name)
        except RowError as error:
            raise UsageError(str(error)) from None


def _open_rows(source: Path, given: Given, task: str | None) -> Iterator[Record | None]:
    """The records of the input, at least one; None where a pipe has none yet.

    Raises:
        InputError: none, or the input cannot be read.
    """
    lang, options = settings().lang, asdict(given)

    def guessed(where: str, encoding: str) -> None:
        note(say("guessed", lang, where=where, encoding=encoding.upper()))

    if source == STDIN:
        records = read_source(_own_stdin(), "stdin", **options, on_guess=guessed)
    else:
        records = open_source(source, **options, on_guess=guessed)
    first = next(records, None)
    if first is None:
        raise InputError(say("no-rows", lang, where="stdin" if source == STDIN else source))
    rows = (_with_task(record, task) for record in chain((first,), records))
    return iter(Arriving(rows)) if source == STDIN else rows


def _own_stdin() -> BinaryIO:
    """Standard input for a thread: the interpreter, when it ends, waits for whoever reads its own object."""
    try:
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    except (OSError, ValueError):  # not a file of the system
        return sys.stdin.buffer


def _with_task(record: Record, task: str | None) -> Record:
    if task is None or record.row is None:
        return record
    return replace(record, row={**record.row, "task": task})
