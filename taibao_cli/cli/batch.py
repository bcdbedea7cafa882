"""`taibao batch`: rows of a file to rows of answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import click

from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.meter import Meter
from taibao_cli.batch.progress import bar, lines
from taibao_cli.batch.record import split_names
from taibao_cli.batch.stats import Tally
from taibao_cli.cli.batch_input import Given, input_options, open_rows
from taibao_cli.cli.batch_output import Wanted, output_options, write_stats
from taibao_cli.cli.batch_run import Ask, Outcome, count_only, sigterm_interrupts, to_file, to_stream
from taibao_cli.cli.exits import INTERRUPTED, SOME_FAILED
from taibao_cli.cli.generation import Cluster, Generation, generation_options
from taibao_cli.cli.names import task_names
from taibao_cli.cli.root import settings
from taibao_cli.console import is_dumb, is_terminal, note
from taibao_cli.errors import RowError, UsageError
from taibao_cli.messages import say
from taibao_cli.tasks import get


@click.command()
@input_options
@output_options
@click.option(
    "--task",
    metavar="T[,T…]",
    shell_complete=task_names,
    help="Task or tasks for every row, whatever the row says.",
)
@click.option(
    "--width", type=click.IntRange(1, 1024), help="Rows at once; default: what is fastest here, measured once."
)
@click.option("--tune", metavar="KEY=VALUE,…", help="kv=split|unified, flash=on|off, ubatch=N; default: as measured.")
@click.option(
    "--deterministic", is_flag=True, help="The same bits on this machine every time: one row at a time, slow."
)
@click.option(
    "--ray",
    metavar="auto|local|HOST:PORT",
    help="Compute on the machines of a Ray cluster; auto: this one's, or local.",
)
@click.option("--ray-engines", type=click.IntRange(min=1), help="On each machine; default: one, or one for each GPU.")
@click.option("--max-errors", type=click.IntRange(min=1), help="Stop after so many rows with errors.")
@click.option("--dry-run", is_flag=True, help="Answer nothing: count tokens and name the rows that would fail.")
@generation_options
def batch(
    given: Given,
    wanted: Wanted,
    task: str | None,
    width: int | None,
    tune: str | None,
    deterministic: bool,
    ray: str | None,
    ray_engines: int | None,
    max_errors: int | None,
    dry_run: bool,
    generation: Generation,
) -> int:
    """Answer every row of a file: one output row for each, in order; a bad row becomes an error row.

    INPUT is JSONL, CSV, TSV, XLSX or Parquet, compressed or not, text by line or by file, a folder of texts, lines of
    an OpenAI batch, or - for stdin. The output is JSONL, CSV, TSV, XLSX or TMX, by the name of -o.

    With -o the same command goes on where an interrupted run was.

    批量处理 JSONL、CSV、XLSX、文本：一行输入对应一行输出，次序不变；坏行记为错误，运行继续；中断后用同一命令续跑。
    输出格式由 -o 的扩展名决定：.jsonl、.csv、.tsv、.xlsx、.tmx。
    """
    tasks = _tasks(task)
    wanted.check(given.source)
    if ray is None and ray_engines is not None:
        raise UsageError("--ray-engines goes with --ray")
    cluster = Cluster(ray, ray_engines) if ray is not None else None
    generation = replace(generation, tune=tune, deterministic=deterministic, cluster=cluster)
    start = time.monotonic()
    with sigterm_interrupts():
        rows = open_rows(given, task, generation.overrides.seed)
        form = wanted.form_for(tasks, rows.service)
        ask = Ask(generation, width, task, max_errors, given, _progress(wanted, form))
        if dry_run:
            return _code(count_only(rows.records, ask))
        if _goes_to_terminal(wanted):
            note(say("on-terminal", settings().lang))
        outcome = (to_stream if wanted.streams else to_file)(rows.records, ask, wanted, form)
    return _end(outcome, wanted, time.monotonic() - start)


def _end(outcome: Outcome, wanted: Wanted, seconds: float) -> int:
    """Say what was done; the exit code."""
    lang, tally = settings().lang, outcome.tally
    code = INTERRUPTED if outcome.interrupted else _code(tally)
    if not outcome.interrupted:
        note(say("summary", lang, rows=tally.rows, failed=tally.failed, seconds=seconds))
        if wanted.errors_to is not None and tally.with_errors:
            note(say("aside", lang, rows=tally.with_errors, path=wanted.errors_to))
    if wanted.says_stats:
        note(_figures(tally, seconds))
    if wanted.stats is not None:
        write_stats(wanted.stats, tally, seconds=seconds, exit_code=code)
    return code


def _figures(tally: Tally, seconds: float) -> str:
    usage, rate = tally.usage, tally.rate(seconds) or 0.0
    tokens = {"prompt": usage.prompt, "cached": usage.cached, "completion": usage.completion}
    return say("stats", settings().lang, rate=rate, **tokens)


def _code(tally: Tally) -> int:
    return SOME_FAILED if tally.with_errors else 0


def _progress(wanted: Wanted, form: Form) -> Callable[[Meter], AbstractContextManager[None]]:
    """A bar on a terminal, plain lines elsewhere, nothing where rows come to the same terminal.

    Raises:
        UsageError: the rows are nothing for a terminal.
    """
    lang = settings().lang
    if _goes_to_terminal(wanted):
        if form.name == "xlsx":
            raise UsageError("a workbook cannot be shown on a terminal; give -o FILE.xlsx")
        if is_terminal(sys.stderr):
            return lambda meter: nullcontext()
    if is_terminal(sys.stderr) and not is_dumb():
        return lambda meter: bar(meter, lang)
    return lambda meter: lines(meter, lang)


def _goes_to_terminal(wanted: Wanted) -> bool:
    return wanted.out is None and is_terminal(sys.stdout)


def _tasks(names: str | None) -> tuple[str, ...]:
    """The tasks of the command line.

    Raises:
        UsageError: there are none, or one does not exist.
    """
    found = split_names(names or "")
    if names is not None and not found:
        raise UsageError("--task names no task")
    for name in found:
        try:
            get(name)
        except RowError as error:
            raise UsageError(str(error)) from None
    return found
