"""`taibao batch`, out: the options that say what is written, and where."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.choose import OUTPUT_FORMATS, form_for
from taibao_cli.batch.job import Job
from taibao_cli.batch.stats import Tally
from taibao_cli.cli.generation import Command
from taibao_cli.cli.inputs import STDIN
from taibao_cli.errors import TaibaoError, UsageError


@dataclass(frozen=True)
class Wanted:
    """The options as given; `out` None stands for stdout."""

    out: Path | None
    form: str
    merge: bool
    checked: bool
    unordered: bool
    errors_to: Path | None
    stats: Path | None
    says_stats: bool
    resume: bool
    retry_errors: bool
    overwrite: bool

    @property
    def streams(self) -> bool:
        """Whether rows go to a stream: stdout, or something that is no regular file."""
        out = self.out
        return out is None or (out.exists() and not out.is_file() and not out.is_dir())

    def form_for(self, tasks: Sequence[str], service: bool) -> Form:
        return form_for(self.out, self.form, tasks=tasks, merge=self.merge, checked=self.checked, service=service)

    def job(self, form: Form) -> Job:
        """The run into the output file."""
        assert self.out is not None
        return Job(
            self.out,
            form=form,
            errors_to=self.errors_to,
            in_order=not self.unordered,
            resume=self.resume,
            overwrite=self.overwrite,
            retry_errors=self.retry_errors,
        )

    def check(self, source: Path) -> None:
        """Refuse places that are the same, are part of the input, or cannot be written to when all is done.

        Raises:
            UsageError: naming the option.
        """
        places = {"-o": self.out, "--errors-to": self.errors_to, "--stats-json": self.stats}
        taken: dict[Path, str] = {}
        for option, path in places.items():
            if path is None:
                continue
            own = path.resolve()
            if source != STDIN and (source.resolve() == own or (source.is_dir() and source.resolve() in own.parents)):
                raise UsageError(f"{option} {path} is part of the input; choose another place")
            if own in taken and not (path.exists() and not path.is_file()):
                raise UsageError(f"{option} {path} is the place of {taken[own]} too; choose another")
            taken[own] = option
        if self.stats is not None and (self.stats.is_dir() or not self.stats.resolve().parent.is_dir()):
            raise UsageError(f"--stats-json {self.stats}: not a place for a file")


_OPTIONS = (
    click.option("-o", "--output", type=click.Path(path_type=Path), help="Write here; default: stdout (-)."),
    click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), default="auto", help="auto: by the name of -o."),
    click.option("--merge", is_flag=True, help="Keep the fields or columns of the input."),
    click.option("--check", "checked", is_flag=True, help="Say of every answer what code can prove: field checks."),
    click.option("--errors-to", type=click.Path(path_type=Path), help="Put rows with errors into this JSONL file."),
    click.option("--unordered", is_flag=True, help="Write rows as they are answered, not in the order of the input."),
    click.option("--stats", is_flag=True, help="Say how fast it was and how the engine was tuned."),
    click.option("--stats-json", type=click.Path(path_type=Path), help="Write the figures of the run here."),
    click.option("--resume/--no-resume", default=True, help="Go on where an interrupted run was (default), or not."),
    click.option("--retry-errors", is_flag=True, help="Ask again for what came out with an error."),
    click.option("--overwrite", is_flag=True, help="Replace the output of an earlier run."),
)


def output_options(command: Command) -> Command:
    """Add the options; the command gets them as one `wanted` argument."""

    @functools.wraps(command)
    def wrapped(
        *args: Any,
        output: Path | None,
        output_format: str,
        merge: bool,
        checked: bool,
        errors_to: Path | None,
        unordered: bool,
        stats: bool,
        stats_json: Path | None,
        resume: bool,
        retry_errors: bool,
        overwrite: bool,
        **kwargs: Any,
    ) -> Any:
        out = None if output == STDIN else output
        wanted = Wanted(
            out, output_format, merge, checked, unordered, errors_to, stats_json, stats, resume, retry_errors, overwrite
        )
        return command(*args, wanted=wanted, **kwargs)

    added: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        added = option(added)
    return added  # type: ignore[return-value]


def write_stats(path: Path, tally: Tally, *, seconds: float, exit_code: int) -> None:
    """The figures of a run as one JSON object.

    Raises:
        TaibaoError: the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(orjson.dumps({**tally.as_json(seconds), "exit_code": exit_code}) + b"\n")
        os.replace(part, path)
    except OSError as error:
        raise TaibaoError(f"{path}: cannot be written: {error.strerror}") from None
