"""`taibao batch`, in: the options that say what is read, and the records."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click

from taibao_cli.batch import Record
from taibao_cli.batch.arriving import Arriving
from taibao_cli.batch.columns import parse_maps
from taibao_cli.batch.meter import Meter
from taibao_cli.batch.sample import sample
from taibao_cli.batch.sources import FORMATS, open_source, read_source, size_of
from taibao_cli.batch.stats import Tally
from taibao_cli.cli.generation import Command, encoding_option
from taibao_cli.cli.inputs import STDIN, own_stdin
from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.errors import InputError, UsageError
from taibao_cli.messages import say


@dataclass(frozen=True)
class Given:
    """The options as given."""

    source: Path
    form: str
    encoding: str
    maps: dict[str, str]
    sheet: str | None
    limit: int | None
    sample: int | None

    @property
    def name(self) -> str:
        return "stdin" if self.source == STDIN else str(self.source)

    def meter(self, tally: Tally) -> Meter:
        """Of a run over this input."""
        size = size_of(self.source, self.form) if self.source != STDIN else None
        return Meter(tally, total_bytes=size, most_rows=self.sample or self.limit)


_OPTIONS = (
    click.argument("source", metavar="INPUT|-", type=click.Path(path_type=Path)),
    click.option("--format", "form", type=click.Choice(FORMATS), default="auto", help="Of the input; auto: its name."),
    click.option(
        "--map", "maps", metavar="FIELD=COLUMN", multiple=True, help="Which column of a table is which field."
    ),
    click.option("--sheet", metavar="NAME|N", help="Of a workbook; default: the first."),
    encoding_option,
    click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows."),
    click.option("--sample", "size", type=click.IntRange(min=1), help="Only so many rows, chosen at random by --seed."),
)


def input_options(command: Command) -> Command:
    """Add INPUT and the options; the command gets them as one `given` argument."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        source: Path,
        form: str,
        maps: tuple[str, ...],
        sheet: str | None,
        encoding: str,
        limit: int | None,
        size: int | None,
        **kwargs: Any,
    ) -> Any:
        given = Given(source, form, encoding, parse_maps(maps), sheet, limit, size)
        return command(*args, given=given, **kwargs)

    added: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        added = option(added)
    return added  # type: ignore[return-value]


@dataclass(frozen=True)
class Rows:
    """The records of an input; None among them where a pipe has none yet. `service`: lines of an OpenAI batch."""

    records: Iterator[Record | None]
    service: bool


def open_rows(given: Given, task: str | None, seed: int) -> Rows:
    """The records of the input, at least one, each with the task of the command line.

    Raises:
        InputError: none, or the input cannot be read.
        UsageError: options that do not fit the input.
    """
    records = _records(given)
    first = next(records, None)
    if first is None:
        raise InputError(say("no-rows", settings().lang, where=given.name))
    if first.service and task is not None:
        raise UsageError("--task does not go with lines of an OpenAI batch: each is a chat")
    rows: Iterable[Record] = (_with_task(record, task) for record in chain((first,), records))
    rows = islice(rows, given.limit)
    if given.sample is not None:
        rows = sample(rows, given.sample, seed)
    return Rows(iter(Arriving(rows)) if given.source == STDIN else iter(rows), first.service)


def _records(given: Given) -> Iterator[Record]:
    lang = settings().lang

    def guessed(where: str, encoding: str) -> None:
        note(say("guessed", lang, where=where, encoding=encoding.upper()))

    options: dict[str, Any] = {"form": given.form, "encoding": given.encoding, "maps": given.maps, "on_guess": guessed}
    if given.source != STDIN:
        return open_source(given.source, sheet=given.sheet, **options)
    if given.sheet is not None:
        raise UsageError("--sheet is for workbooks; they cannot be read from stdin")
    return read_source(own_stdin(), "stdin", **options)


def _with_task(record: Record, task: str | None) -> Record:
    if task is None or record.row is None:
        return record
    return replace(record, row={**record.row, "task": task})
