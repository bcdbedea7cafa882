"""Commands on two texts: compare and entail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from taibao_cli.batch import Record, run
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.inputs import STDIN, read_sources
from taibao_cli.cli.lines import WIDTH, lines_option, pair_records
from taibao_cli.cli.rows import show
from taibao_cli.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


def pair_options(command: Command) -> Command:
    """A and B as files (one may be `-`), or as they stand with `--text`; with `--lines` line by line."""
    command = generation_options(encoding_option(lines_option(json_option(command))))
    command = click.option("--text", "literal", is_flag=True, help="A and B are the texts, not files.")(command)
    return click.argument("a")(click.argument("b")(command))


@dataclass(frozen=True)
class Pair:
    """What a command was given."""

    a: str
    b: str
    literal: bool
    lines: bool
    encoding: str

    def records(self) -> Iterator[Record | None]:
        """One record, or with `--lines` one for each line of both.

        Raises:
            UsageError: the words do not fit together.
            InputError: one of the texts cannot be read.
        """
        if self.literal and self.lines:
            raise UsageError("--lines reads files; it does not go with --text")
        if not self.literal and self.a == self.b == str(STDIN):
            raise UsageError("only one of A and B can be -")
        if self.lines:
            return pair_records(Path(self.a), Path(self.b), self.encoding)
        files = (Path(self.a), Path(self.b))
        texts = [self.a, self.b] if self.literal else [each.text for each in read_sources(files, self.encoding)]
        return iter([Record(1, {"a": texts[0], "b": texts[1]}, place="")])


def _answer(task: str, pair: Pair, generation: Generation, as_json: bool) -> int:
    records, width = pair.records(), WIDTH if pair.lines else 1
    with opened(generation, width) as (engine, model):
        rows = run(records, engine=engine, model=model, default_task=task, overrides=generation.overrides, width=width)
        return show(rows, as_json=as_json, lines=pair.lines)


@click.command()
@pair_options
@click.option("--by", type=click.Choice(["similarity", "relevance"]), default="similarity", show_default=True)
def compare(
    a: str, b: str, literal: bool, generation: Generation, as_json: bool, lines: bool, encoding: str, by: str
) -> int:
    """How alike A and B are (0 to 1), or how relevant B is as prior art to A.

    比较两段文本：语义相似度，或乙作为对比文件对甲的相关程度。
    """
    return _answer(by, Pair(a, b, literal, lines, encoding), generation, as_json)


@click.command()
@pair_options
def entail(a: str, b: str, literal: bool, generation: Generation, as_json: bool, lines: bool, encoding: str) -> int:
    """Whether A supports B: entailed, neutral or contradicted.

    甲是否支持乙：支持、未涉及或矛盾。
    """
    return _answer("entail", Pair(a, b, literal, lines, encoding), generation, as_json)
