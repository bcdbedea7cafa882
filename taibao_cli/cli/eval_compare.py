"""`taibao eval compare`: is the second model better than the first?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import click

from taibao_cli.cli.eval_tables import check_page, print_table, write_page
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.console import answer, is_terminal
from taibao_cli.errors import InputError

FILE: Final = click.Path(path_type=Path)


@click.command()
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@click.option("-o", "--out", type=FILE, help="Write a page for readers: a name in .html, or in .md (plot beside it).")
@click.option("--overwrite", is_flag=True, help="Replace an earlier page.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--markdown", is_flag=True, help="Print Markdown on a terminal too.")
def compare(first: Path, second: Path, out: Path | None, overwrite: bool, as_json: bool, markdown: bool) -> None:
    """Compare two reports of `taibao eval -o`, row by row: SECOND against FIRST.

    逐行配对比较两份评测报告（后者相对前者）。
    """
    from train.evaluation.compare import compare as measure
    from train.evaluation.pages import comparison_page, difference_table, page_words
    from train.evaluation.reports import read_report

    if out:
        check_page(out, overwrite=overwrite)
    one, other = read_report(first), read_report(second)
    found = measure(one, other)
    if not found.differences:
        raise InputError(
            f"{first} and {second} have no rows in common: {found.left_out[0][1] if found.left_out else ''}"
        )
    if out:
        write_page(comparison_page(one, other, found, settings().lang), out)
    for name, why in found.left_out:
        note_error(why, name)
    if as_json:
        left_out = [{"set": name, "why": why} for name, why in found.left_out]
        facts = {"first": one["model"], "second": other["model"]}
        differences = [each.as_json() for each in found.differences]
        answer(json.dumps({**facts, "differences": differences, "left_out": left_out}, ensure_ascii=False))
    else:
        columns, rows = difference_table(found, page_words(settings().lang))
        print_table(columns, rows, markdown=markdown or not is_terminal(sys.stdout))
