"""Commands on two texts: compare and entail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from taibao_cli.batch import Record, run
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.inputs import STDIN, read_sources
from taibao_cli.cli.rows import show
from taibao_cli.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


def pair_options(command: Command) -> Command:
    """A and B as files (one may be `-`), or as they stand with `--text`."""
    command = generation_options(encoding_option(json_option(command)))
    command = click.option("--text", "literal", is_flag=True, help="A and B are the texts, not files.")(command)
    return click.argument("a")(click.argument("b")(command))


def _answer(task: str, a: str, b: str, literal: bool, generation: Generation, as_json: bool, encoding: str) -> int:
    if not literal and a == b == str(STDIN):
        raise UsageError("only one of A and B can be -")
    first, second = (a, b) if literal else (source.text for source in read_sources((Path(a), Path(b)), encoding))
    record = Record(1, {"a": first, "b": second}, place="")
    with opened(generation) as (engine, model):
        rows = run([record], engine=engine, model=model, default_task=task, overrides=generation.overrides, width=1)
        return show(rows, as_json=as_json, several=False)


@click.command()
@pair_options
@click.option("--by", type=click.Choice(["similarity", "relevance"]), default="similarity", show_default=True)
def compare(a: str, b: str, literal: bool, generation: Generation, as_json: bool, encoding: str, by: str) -> int:
    """How alike A and B are (0 to 1), or how relevant B is as prior art to A.

    比较两段文本：语义相似度，或乙作为对比文件对甲的相关程度。
    """
    return _answer(by, a, b, literal, generation, as_json, encoding)


@click.command()
@pair_options
def entail(a: str, b: str, literal: bool, generation: Generation, as_json: bool, encoding: str) -> int:
    """Whether A supports B: entailed, neutral or contradicted.

    甲是否支持乙：支持、未涉及或矛盾。
    """
    return _answer("entail", a, b, literal, generation, as_json, encoding)
