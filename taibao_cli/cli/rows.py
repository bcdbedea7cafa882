"""Rows of a command to stdout: the answer alone, or the whole row; errors to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from taibao_cli.batch.output import errors_of
from taibao_cli.batch.plain import Row, plain_output
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.lines import one_line
from taibao_cli.cli.noting import note_error
from taibao_cli.console import answer


def show(
    rows: Iterable[Row],
    *,
    as_json: bool,
    several: bool = False,
    lines: bool = False,
    plain: Callable[[Row], str] = plain_output,
) -> int:
    """Print rows as they come; return the exit code. Of several plain answers, a blank line parts two; under `lines`
    each is one line, empty where there is none."""
    writer = StreamWriter(sys.stdout.buffer)
    code, first = 0, True
    for row in rows:
        errors = errors_of(row)
        if errors:
            code = SOME_FAILED
        if as_json:
            writer.write(row)
            continue
        for error in errors:
            note_error(error["message"])
        if lines:
            answer("" if errors or row["output"] == "" else one_line(plain(row)))
        elif not errors:
            if several and not first:
                answer("")
            answer(plain(row))
            first = False
    return code
