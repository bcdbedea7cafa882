"""Commands that turn one text into an answer: translate, summarize, classify, title, abstract, claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from taibao_cli.batch import Record, run
from taibao_cli.batch.plain import label_lines, plain_output
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.glossary import Glossary, hints_of, read_glossary
from taibao_cli.cli.inputs import read_sources
from taibao_cli.cli.rows import show
from taibao_cli.errors import UsageError
from taibao_cli.tasks.parse import IPC_KEPT

Command = TypeVar("Command", bound=Callable[..., Any])

_WIDTH = 8


def text_options(command: Command) -> Command:
    """FILE… or stdin, `--json`, `--encoding` and the options of generation."""
    command = generation_options(encoding_option(json_option(command)))
    return click.argument("files", metavar="[FILE…|-]", nargs=-1, type=click.Path(path_type=Path))(command)


def answer_texts(
    task: str,
    files: tuple[Path, ...],
    generation: Generation,
    *,
    as_json: bool,
    encoding: str,
    extra: Mapping[str, Any] | None = None,
    glossary: Glossary | None = None,
    plain: Callable[[Mapping[str, Any]], str] = plain_output,
) -> int:
    """Run one task over the texts and print the answers. With several files a row's id is the file's name; rows of JSON
    carry their text as `source`, for `taibao check`."""
    sources = read_sources(files, encoding)
    several = len(sources) > 1
    records = [
        Record(
            number, {"id": source.name if files else number, "text": source.text, **(extra or {})}, place=source.name
        )
        for number, source in enumerate(sources, 1)
    ]
    width = min(_WIDTH, len(records))
    with opened(generation, width) as (engine, model):
        rows = run(
            records,
            engine=engine,
            model=model,
            default_task=task,
            hints=hints_of(model, glossary),
            overrides=generation.overrides,
            width=width,
        )
        told = {"to": extra["to"]} if extra and "to" in extra else {}
        sourced = ({**row, "source": source.text, **told} for source, row in zip(sources, rows, strict=True))
        return show(sourced, as_json=as_json, several=several, plain=plain)


def _simple(name: str, summary: str) -> click.Command:
    @text_options
    def command(files: tuple[Path, ...], generation: Generation, as_json: bool, encoding: str) -> int:
        return answer_texts(name, files, generation, as_json=as_json, encoding=encoding)

    return click.command(name, help=summary)(command)


summarize = _simple("summarize", "Summarize a patent text in a few sentences.\n\n概括专利文本的技术方案和效果。")
title = _simple("title", "Propose a title from an abstract, claims or a description.\n\n拟定发明名称。")
abstract = _simple("abstract", "Write the abstract from claims or a description.\n\n根据权利要求或说明书撰写摘要。")
claims = _simple("claims", "Draft claims from an abstract or a description.\n\n根据摘要或说明书撰写权利要求书。")


@click.command()
@text_options
@click.option("--to", type=click.Choice(["en", "zh"]), help="Target language; default: the other one.")
@click.option("--glossary", type=click.Path(path_type=Path), help="TSV or CSV of two columns: source, target.")
def translate(
    files: tuple[Path, ...],
    generation: Generation,
    as_json: bool,
    encoding: str,
    to: str | None,
    glossary: Path | None,
) -> int:
    """Translate patent text between Chinese and English.

    专利文本中英互译。
    """
    own = read_glossary(glossary, encoding) if glossary is not None else None
    extra = {"to": to} if to else {}
    return answer_texts("translate", files, generation, as_json=as_json, encoding=encoding, extra=extra, glossary=own)


@click.command()
@text_options
@click.option("--by", type=click.Choice(["ipc", "type", "labels"]), help="Default: ipc, or labels with --labels.")
@click.option("--labels", "own", metavar="A,B,…", help="Your own labels, separated by commas.")
@click.option("--level", type=click.Choice(["section", "class", "subclass"]), help="IPC level; default: subclass.")
@click.option("--top", type=click.IntRange(1, IPC_KEPT), default=3, show_default=True, help="Lines to print.")
def classify(
    files: tuple[Path, ...],
    generation: Generation,
    as_json: bool,
    encoding: str,
    by: str | None,
    own: str | None,
    level: str | None,
    top: int,
) -> int:
    """Classify by IPC, by patent type or into your own labels; prints label, probability and title, best first.

    按国际专利分类、专利类型或自定义标签分类。
    """
    task = by or ("labels" if own else "ipc")
    if (task == "labels") != bool(own):
        raise UsageError("--by labels and --labels A,B,… go together")
    if level and task != "ipc":
        raise UsageError("--level goes with --by ipc")
    extra: dict[str, Any] = {"labels": [label.strip() for label in own.split(",") if label.strip()]} if own else {}
    if level:
        extra["level"] = level
    return answer_texts(
        task,
        files,
        generation,
        as_json=as_json,
        encoding=encoding,
        extra=extra,
        plain=lambda row: label_lines(row, top),
    )
