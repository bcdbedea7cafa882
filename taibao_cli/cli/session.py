"""`taibao` without a command: the session on a terminal, one answer in a pipe."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace

import click

from taibao_cli.batch.remembering import RemembersEngine
from taibao_cli.cli.chat import answer_once
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.glossary import hints_of
from taibao_cli.cli.inputs import words_and_stdin
from taibao_cli.cli.kept import facts_of, open_cache
from taibao_cli.cli.root import check_words, settings
from taibao_cli.config import talks_file
from taibao_cli.console import is_terminal
from taibao_cli.engine.base import Engine
from taibao_cli.models.registry import Model
from taibao_cli.tasks.prepare import HintsOf


@click.command(hidden=True)
@click.argument("words", metavar="[PROMPT…]", nargs=-1)
@json_option
@encoding_option
@click.option("-c", "--continue", "go_on", is_flag=True, help="Go on with the last conversation.")
@click.option("--private", is_flag=True, help="Keep nothing of it: no conversation, no answer.")
@generation_options
def session(
    words: tuple[str, ...], generation: Generation, as_json: bool, encoding: str, go_on: bool, private: bool
) -> int:
    """Open the session, or answer once: the words are the instruction, piped text follows them.

    交互会话；有管道输入或提问时只答一次。
    """
    lang = settings().lang
    check_words(words, lang)
    if private:
        generation = replace(generation, cache=False)
    if words or not is_terminal(sys.stdin):
        return answer_once(words_and_stdin(words, encoding), generation, as_json=as_json)
    _open_session(generation, go_on=go_on, private=private)
    return 0


def _open_session(generation: Generation, *, go_on: bool, private: bool) -> None:
    from taibao_cli.repl.session import Session
    from taibao_cli.repl.store import Talks
    from taibao_cli.repl.terminal import loop, make_view

    with ExitStack() as stack:
        cache = stack.enter_context(open_cache()) if generation.cache else None

        def opened_here(own: Generation) -> tuple[Engine, Model]:
            engine, model = stack.enter_context(opened(replace(own, cache=False)))
            if cache is not None:
                engine = RemembersEngine(engine, cache, facts_of(model, own.ctx), model.label)
            return engine, model

        def open_model(spec: str) -> tuple[Engine, Model, HintsOf | None]:
            engine, model = opened_here(replace(generation, model=spec, base_urls=()))
            return engine, model, hints_of(model)

        engine, model = opened_here(generation)
        talks = Talks(None if private else talks_file())
        stack.callback(talks.close)
        made = Session(
            engine,
            model,
            settings().lang,
            view=make_view(),
            talks=talks,
            hints=hints_of(model),
            overrides=generation.overrides,
            open_model=open_model,
            cache=cache,
        )
        last = talks.recent(limit=1) if go_on else []
        loop(made, f"/resume {last[0].number}" if last else "")
