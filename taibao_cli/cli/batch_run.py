"""`taibao batch`, between: records through an engine to a file or a stream."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from taibao_cli.batch import Record
from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.jsonl import jsonl
from taibao_cli.batch.identity import Facts, run_facts
from taibao_cli.batch.meter import Meter
from taibao_cli.batch.output import Row, errors_of
from taibao_cli.batch.progress import clock_time
from taibao_cli.batch.runner import DEFAULT_WIDTH, Runner
from taibao_cli.batch.split import Split, refuse_foreign
from taibao_cli.batch.stats import Tally
from taibao_cli.batch.writer import FileWriter, StreamWriter
from taibao_cli.cli.batch_input import Given
from taibao_cli.cli.batch_output import Wanted
from taibao_cli.cli.generation import Apart, Generation, opened, opened_apart
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.engine.base import Runs
from taibao_cli.engine.dry import DryRun
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model

Records = Iterator[Record | None]


@dataclass(frozen=True)
class Ask:
    """How rows are answered."""

    generation: Generation
    width: int | None
    task: str | None
    max_errors: int | None
    given: Given
    show: Callable[[Meter], AbstractContextManager[None]]
    """Draws progress while its block runs."""

    def runner(self, engine: Runs, model: Model, width: int = DEFAULT_WIDTH, **options: Any) -> Runner:
        overrides = self.generation.overrides
        return Runner(engine, model, hints=hints_of(model), overrides=overrides, width=width, **options)

    def facts(self, model: Model) -> Facts:
        own = self.generation
        return run_facts(model, own.overrides, ctx=own.ctx, task=self.task, fixed_threads=own.fixed_threads)

    def check(self, tally: Tally) -> None:
        """Stop the run when too many rows have errors.

        Raises:
            TaibaoError: the bound is reached.
        """
        if self.max_errors is not None and tally.with_errors >= self.max_errors:
            raise TaibaoError(say("too-many-errors", settings().lang, rows=tally.rows, errors=tally.with_errors))


@dataclass(frozen=True)
class Outcome:
    tally: Tally
    interrupted: bool = False


def count_only(records: Records, ask: Ask) -> Tally:
    """Name the rows that would fail and say what a run would cost, in tokens and in time."""
    tally, lang = Tally(), settings().lang
    with opened(replace(ask.generation, cache=False)) as (engine, model):
        dry = DryRun(engine)
        for _, row in ask.runner(dry, model).pairs(records):
            tally.add(row)
            _name_errors(row)
    note(say("dry-run", lang, rows=tally.rows, errors=tally.with_errors, tokens=tally.usage.prompt))
    if not ask.generation.base_urls and model.path.is_file():
        note(_time_of(dry, model, ask))
    return tally


def _time_of(dry: DryRun, model: Model, ask: Ask) -> str:
    """How long a run may take, at the speed with so many rows at once."""
    from taibao_cli.engine.llamacpp.probe import remembered_speeds
    from taibao_cli.engine.llamacpp.tuning import best_width

    lang, answer = settings().lang, dry.answer_tokens
    speeds = remembered_speeds(model.path, ask.generation.threads or default_threads())
    if speeds is None:
        return say("dry-run-unknown", lang, answer=answer)
    wanted = 1 if ask.generation.deterministic else ask.width or best_width(speeds.widths)
    width = min(speeds.widths, key=lambda width: abs(width - wanted))
    rate = speeds.widths[width]
    time = clock_time(dry.prompt_tokens / speeds.prompt + answer / rate)
    return say("dry-run-time", lang, answer=answer, width=width, rate=f"{rate:,.0f}", time=time)


def to_stream(records: Records, ask: Ask, wanted: Wanted, form: Form) -> Outcome:
    """Rows as they are ready."""
    tally = Tally()
    try:
        with ExitStack() as stack:
            stream = sys.stdout.buffer if wanted.out is None else stack.enter_context(wanted.out.open("wb"))
            aside = stack.enter_context(_aside(wanted.errors_to, wanted)) if wanted.errors_to is not None else None
            apart = stack.enter_context(opened_apart(ask.generation, ask.width))
            _say_engine(apart, wanted)
            split = Split(stack.enter_context(StreamWriter(stream, form)), aside)
            meter = ask.given.meter(tally)
            stack.enter_context(ask.show(meter))
            runner = ask.runner(meter.results(apart.engine), apart.model, apart.width, in_order=not wanted.unordered)
            for record, row in runner.pairs(records):
                split.write(row, record)
                tally.add(row)
                tally.cached = runner.cached
                if aside is None and not form.shows_errors:
                    _name_errors(row)
                meter.row(record)
                ask.check(tally)
    except KeyboardInterrupt:
        note(say("interrupted-stdout", settings().lang, rows=tally.rows))
        return Outcome(tally, interrupted=True)
    return Outcome(tally)


def _say_engine(apart: Apart, wanted: Wanted) -> None:
    if wanted.says_stats:
        lang = settings().lang
        facts = [say(f"engine-{name}", lang, fact=fact) for name, fact in apart.facts.items() if fact]
        note(say("engine", lang, facts=("，" if lang == "zh" else ", ").join(facts)))


def _aside(path: Path, wanted: Wanted) -> FileWriter:
    if not wanted.overwrite:
        refuse_foreign(path)
    return FileWriter(path, jsonl(wanted.merge))


def to_file(records: Records, ask: Ask, wanted: Wanted, form: Form) -> Outcome:
    """Rows into a file that is complete or absent."""
    lang, job = settings().lang, wanted.job(form)
    try:
        with job, opened_apart(ask.generation, ask.width) as apart:
            job.begin(ask.facts(apart.model), apart.facts)
            _say_engine(apart, wanted)
            if job.taken_over:
                note(say("goes-on", lang, rows=job.taken_over, path=job.out))
            meter = ask.given.meter(job.tally)
            with ask.show(meter):
                options = {"on_row": job.on_row, "in_order": not wanted.unordered}
                runner = ask.runner(meter.results(apart.engine), apart.model, apart.width, **options)
                for record, row in runner.pairs(job.records(records)):
                    job.write(row, record)
                    job.tally.cached = runner.cached
                    if wanted.errors_to is None and not form.shows_errors:
                        _name_errors(row)
                    meter.row(record)
                    ask.check(job.tally)
    except KeyboardInterrupt:
        note(say("interrupted", lang, rows=job.kept))
        return Outcome(job.tally, interrupted=True)
    except Exception:
        if job.kept and job.began:
            note(say("kept", lang, rows=job.kept))
        raise
    if job.nothing_new:
        note(say("already-complete", lang, rows=job.tally.rows, path=job.out))
    return Outcome(job.tally)


def _name_errors(row: Row) -> None:
    for error in errors_of(row):
        note_error(error["message"])


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """SIGTERM ends a run the way Ctrl-C does."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
