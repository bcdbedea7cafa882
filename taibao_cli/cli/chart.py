"""`taibao chart`: the features of a claim against one reference."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from taibao_cli.batch.chart import WIDTH, chart
from taibao_cli.batch.chart_show import chart_markdown, chart_row, chart_text
from taibao_cli.batch.patent_files import open_patents
from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, note
from taibao_cli.errors import InputError, UsageError
from taibao_cli.messages import say
from taibao_cli.patents.document.patent import Patent


@click.command(name="chart")
@click.argument("patent", type=click.Path(path_type=Path))
@click.argument("reference", type=click.Path(path_type=Path))
@click.option("--claim", "number", type=click.IntRange(min=1), default=1, show_default=True, help="Which claim.")
@click.option("--markdown", is_flag=True, help="A table in Markdown.")
@json_option
@encoding_option
@generation_options
def chart_command(
    patent: Path,
    reference: Path,
    number: int,
    markdown: bool,
    as_json: bool,
    encoding: str,
    generation: Generation,
) -> int:
    """The features of a claim of PATENT against REFERENCE: disclosed or not found, with quotes that code has verified.

    权利要求的技术特征与一份对比文件逐项对照，引文逐字核对。
    """
    if markdown and as_json:
        raise UsageError("--markdown and --json do not go together")
    own, other = (_one(path, encoding) for path in (patent, reference))
    with opened(generation, WIDTH) as (engine, model):
        made = chart(own, other, number, engine, model, generation.overrides)
    lang = settings().lang
    if as_json:
        StreamWriter(sys.stdout.buffer).write(chart_row(made))
    else:
        answer(chart_markdown(made, lang) if markdown else chart_text(made, lang))
    if other.counted:
        note(say("paragraphs-counted", lang, name=other.id))
    return 0


def _one(path: Path, encoding: str) -> Patent:
    """The patent of a file; of several the first, and that is said."""
    found = list(open_patents(path, encoding=encoding))
    patents = [each for each in found if isinstance(each, Patent)]
    if not patents:
        raise InputError(found[0].reason if found and not isinstance(found[0], Patent) else f"{path}: no patent in it")
    if len(patents) > 1:
        note(say("first-of-several", settings().lang, name=path, count=len(patents), used=patents[0].id))
    return patents[0]
