"""Commands that turn one text into an answer: classify, title, abstract, claims; what translate shares with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import click

from taibao_cli.batch import Record
from taibao_cli.batch.plain import label_lines, labels_inline, plain_output
from taibao_cli.batch.runner import Runner
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.glossary import Glossary, hints_of
from taibao_cli.cli.inputs import read_sources
from taibao_cli.cli.lines import WIDTH, line_records, lines_option
from taibao_cli.cli.rows import show
from taibao_cli.cli.support import supported, with_support
from taibao_cli.errors import UsageError
from taibao_cli.patents.ipc import LEVELS
from taibao_cli.tasks.ipc_answer import KEPT

Command = TypeVar("Command", bound=Callable[..., Any])


def text_options(command: Command) -> Command:
    """FILE… or stdin, `--json`, `--lines`, `--encoding` and the options of generation."""
    command = generation_options(encoding_option(lines_option(json_option(command))))
    return click.argument("files", metavar="[FILE…|-]", nargs=-1, type=click.Path(path_type=Path))(command)


@dataclass(frozen=True)
class Texts:
    """What a command was given: texts, and how their answers are wanted."""

    files: tuple[Path, ...]
    encoding: str
    as_json: bool
    lines: bool

    def records(self, fields: Mapping[str, Any]) -> tuple[Iterator[Record | None], int]:
        """A record for each text, and how many are answered at once. With several files a row's id is the file's
        name."""
        if self.lines:
            return line_records(self.files, self.encoding, fields), WIDTH
        sources = read_sources(self.files, self.encoding)
        records = (
            Record(
                number, {"id": source.name if self.files else number, "text": source.text, **fields}, place=source.name
            )
            for number, source in enumerate(sources, 1)
        )
        return records, min(WIDTH, len(sources))


def answer_texts(
    task: str,
    texts: Texts,
    generation: Generation,
    *,
    fields: Mapping[str, Any] = MappingProxyType({}),
    glossary: Glossary | None = None,
    plain: Callable[[Mapping[str, Any]], str] = plain_output,
    added: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
) -> int:
    """Run one task over the texts and print the answers. Rows of JSON carry their text as `source`, for `taibao
    check`; `added` gives them more fields."""
    records, width = texts.records(fields)
    with opened(generation, width) as (engine, model):
        hints = hints_of(model, glossary)
        runner = Runner(engine, model, default_task=task, hints=hints, overrides=generation.overrides, width=width)
        told = {"to": fields["to"]} if "to" in fields else {}
        sourced = ({**row, "source": _text_of(record), **told} for record, row in runner.pairs(records))
        return show(
            map(added, sourced), as_json=texts.as_json, several=len(texts.files) > 1, lines=texts.lines, plain=plain
        )


def _text_of(record: Record) -> str | None:
    """None for a line that cannot be read."""
    return record.row["text"] if record.row is not None else None


def _simple(name: str, summary: str) -> click.Command:
    @text_options
    def command(files: tuple[Path, ...], generation: Generation, as_json: bool, lines: bool, encoding: str) -> int:
        return answer_texts(name, Texts(files, encoding, as_json, lines), generation)

    return click.command(name, help=summary)(command)


title = _simple("title", "Propose a title from an abstract, claims or a description.\n\n拟定发明名称。")
abstract = _simple("abstract", "Write the abstract from claims or a description.\n\n根据权利要求或说明书撰写摘要。")


@click.command()
@text_options
@click.option("--support", is_flag=True, help="Show what each feature rests on: a paragraph, and its sentence.")
def claims(
    files: tuple[Path, ...], generation: Generation, as_json: bool, lines: bool, encoding: str, support: bool
) -> int:
    """Draft claims from an abstract or a description.

    根据摘要或说明书撰写权利要求书。
    """
    if support and lines:
        raise UsageError("--support does not go with --lines")
    texts = Texts(files, encoding, as_json, lines)
    if not support:
        return answer_texts("claims", texts, generation)
    return answer_texts("claims", texts, generation, plain=with_support, added=supported)


@click.command()
@text_options
@click.option("--by", type=click.Choice(["ipc", "type", "labels"]), help="Default: ipc, or labels with --labels.")
@click.option("--labels", "own", metavar="A,B,…", help="Your own labels, separated by commas.")
@click.option(
    "--level", type=click.Choice(LEVELS), help="IPC level; default: the deepest one that the model is sure of."
)
@click.option("--top", type=click.IntRange(1, KEPT), default=3, show_default=True, help="Lines to print.")
def classify(
    files: tuple[Path, ...],
    generation: Generation,
    as_json: bool,
    lines: bool,
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
    fields: dict[str, Any] = {"labels": [label.strip() for label in own.split(",") if label.strip()]} if own else {}
    if level:
        fields["level"] = level
    form = labels_inline if lines else label_lines
    texts = Texts(files, encoding, as_json, lines)
    return answer_texts(task, texts, generation, fields=fields, plain=lambda row: form(row, top))
