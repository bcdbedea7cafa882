"""`taibao` without a command: the session on a terminal, one answer in a pipe."""

from __future__ import annotations

import sys

import click

from taibao_cli.cli.chat import answer_once
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.inputs import words_and_stdin
from taibao_cli.cli.root import check_words, settings
from taibao_cli.console import is_terminal


@click.command(hidden=True)
@click.argument("words", metavar="[PROMPT…]", nargs=-1)
@json_option
@encoding_option
@generation_options
def session(words: tuple[str, ...], generation: Generation, as_json: bool, encoding: str) -> int:
    """Open the session, or answer once: the words are the instruction, piped text follows them.

    交互会话；有管道输入或提问时只答一次。
    """
    lang = settings().lang
    check_words(words, lang)
    if words or not is_terminal(sys.stdin):
        return answer_once(words_and_stdin(words, encoding), generation, as_json=as_json)
    from taibao_cli.repl.session import Session

    with opened(generation) as (engine, model):
        Session(engine, model, lang, hints=hints_of(model), overrides=generation.overrides).loop()
    return 0
