"""`taibao` without a command: the session on a terminal, one answer in a pipe."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace

import click

from taibao_cli.batch.cache import AnswerCache
from taibao_cli.batch.remembering import RemembersEngine
from taibao_cli.cli.chat import answer_once
from taibao_cli.cli.generation import (
    Generation,
    encoding_option,
    find_model,
    generation_options,
    json_option,
    opened,
)
from taibao_cli.cli.inputs import words_and_stdin
from taibao_cli.cli.kept import facts_of, open_cache
from taibao_cli.cli.root import check_words, settings
from taibao_cli.config import talks_file
from taibao_cli.console import is_terminal
from taibao_cli.engine.base import Engine, KeepsState
from taibao_cli.engine.load import load_engine
from taibao_cli.models.registry import Model


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
        text = words_and_stdin(words, encoding)
        on_text = bool(words) and text != " ".join(words).strip()
        return answer_once(text, generation, as_json=as_json, on_text=on_text)
    _open_session(generation, go_on=go_on, private=private)
    return 0


def _open_session(generation: Generation, *, go_on: bool, private: bool) -> None:
    from taibao_cli.repl.background import leave_now_if_loading
    from taibao_cli.repl.computed import keep_computed
    from taibao_cli.repl.preferences import read_preferences
    from taibao_cli.repl.session import Session
    from taibao_cli.repl.store import Talks
    from taibao_cli.repl.terminal import loop, make_view

    with ExitStack() as stack:
        cache = stack.enter_context(open_cache()) if generation.cache else None
        talks = Talks(None if private else talks_file())
        stack.callback(talks.close)
        last = talks.recent(limit=1) if go_on else []
        begun = last[0].number if last else None

        def open_model(spec: str | None) -> tuple[Engine, Model]:
            """The engine of a model file is loaded while the user types."""
            own = generation if spec is None else replace(generation, model=spec, base_urls=())
            return _engine_of(own, cache, stack, begun if spec is None else None)

        engine, model = open_model(None)
        preferences = read_preferences()
        made = Session(
            engine,
            model,
            settings().lang,
            view=make_view(preferences),
            talks=talks,
            overrides=generation.overrides,
            open_model=open_model,
            cache=cache,
            preferences=preferences,
        )
        loop(made, f"/resume {begun}" if begun is not None else "")
        keep_computed(made)
    leave_now_if_loading()


def _engine_of(
    generation: Generation, cache: AnswerCache | None, stack: ExitStack, talk: int | None
) -> tuple[Engine, Model]:
    """An engine that `stack` closes, and its model. With `talk` it goes on from what was computed of that one."""
    from taibao_cli.repl.background import LoadingEngine
    from taibao_cli.repl.computed import computed_file

    def remembering(engine: Engine, model: Model) -> Engine:
        facts = facts_of(model, generation.ctx)
        return engine if cache is None else RemembersEngine(engine, cache, facts, model.label)

    if generation.base_urls:
        served, model = stack.enter_context(opened(replace(generation, cache=False)))
        return remembering(served, model), model
    model = find_model(generation.model, generation.adapters)

    def load() -> Engine:
        engine = load_engine(
            model, ctx=generation.ctx, threads=generation.threads, width=1, gpu_layers=generation.gpu_layers
        )
        if talk is not None and isinstance(engine, KeepsState):
            engine.load_state(computed_file(talk, model, engine.context))
        return remembering(engine, model)

    engine = LoadingEngine(load)
    stack.callback(engine.close)
    return engine, model
