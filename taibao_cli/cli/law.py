"""`ask` and `judge`: answered from the primer and the statute store, with the articles they rest on. No model is
loaded."""

from __future__ import annotations

import click

from taibao_cli.batch import run
from taibao_cli.batch.plain import plain_law
from taibao_cli.cli.days import on_option
from taibao_cli.cli.generation import encoding_option, json_option
from taibao_cli.cli.lines import lines_option, message_records
from taibao_cli.cli.rows import show


@click.command()
@click.argument("question", required=False)
@on_option
@json_option
@lines_option
@encoding_option
def ask(question: str | None, day: str, as_json: bool, lines: bool, encoding: str) -> int:
    """Answer a question on intellectual property from the built-in primer, or else from your statute store (taibao kb).

    知识产权问答，注明依据的法条。
    """
    return _answer("ask", question, day, encoding, as_json=as_json, lines=lines)


@click.command()
@click.argument("statement", required=False)
@on_option
@json_option
@lines_option
@encoding_option
def judge(statement: str | None, day: str, as_json: bool, lines: bool, encoding: str) -> int:
    """Say whether a statement on intellectual property is right, with the article it rests on.

    判断关于知识产权的说法是否正确，并给出依据。
    """
    return _answer("judge", statement, day, encoding, as_json=as_json, lines=lines)


def _answer(name: str, argument: str | None, day: str, encoding: str, *, as_json: bool, lines: bool) -> int:
    records = message_records(argument, encoding, lines=lines, fields={"on": day})
    rows = run(records, engine=None, model=None, default_task=name, width=1)
    return show(rows, as_json=as_json, lines=lines, plain=plain_law)
