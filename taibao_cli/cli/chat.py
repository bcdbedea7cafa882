"""One message, one answer: `taibao chat`, and words or text piped into `taibao`."""

from __future__ import annotations

import sys

import click

from taibao_cli.batch import Record, run
from taibao_cli.batch.law import answers_from_primer
from taibao_cli.batch.runner import build_request
from taibao_cli.cli.exits import SOME_FAILED
from taibao_cli.cli.generation import Generation, encoding_option, generation_options, json_option, opened
from taibao_cli.cli.inputs import argument_or_stdin
from taibao_cli.cli.lines import WIDTH, lines_option, message_records
from taibao_cli.cli.noting import note_error
from taibao_cli.cli.root import settings
from taibao_cli.cli.rows import show
from taibao_cli.console import is_terminal, safe
from taibao_cli.engine.base import Engine
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.models.registry import Model
from taibao_cli.tasks import get, prepare


@click.command()
@click.argument("message", required=False)
@json_option
@lines_option
@encoding_option
@generation_options
def chat(message: str | None, generation: Generation, as_json: bool, lines: bool, encoding: str) -> int:
    """Answer one message, given as the argument or piped in.

    一问一答。
    """
    if not lines:
        return answer_once(argument_or_stdin(message, encoding), generation, as_json=as_json)
    records = message_records(message, encoding, lines=True)
    with opened(generation, WIDTH) as (engine, model):
        overrides = generation.overrides
        rows = run(records, engine=engine, model=model, default_task="chat", overrides=overrides, width=WIDTH)
        return show(rows, as_json=as_json, lines=True)


def answer_once(text: str, generation: Generation, *, as_json: bool, on_text: bool = False) -> int:
    """Answer a chat message; on a terminal the answer of a model appears as it is written. `on_text`: the message is
    about a text, which is part of it.

    Raises:
        TaibaoError: about a text, and the model cannot chat.
    """
    with opened(generation) as (engine, model):
        if on_text and model.prompt == "brief":
            raise TaibaoError(say("no-talk-on-piped", settings().lang))
        if is_terminal(sys.stdout) and not as_json and not answers_from_primer(get("chat"), model.prompt):
            return _stream(text, engine, model, generation)
        record = Record(1, {"text": text}, place="")
        rows = run([record], engine=engine, model=model, default_task="chat", overrides=generation.overrides, width=1)
        return show(rows, as_json=as_json)


def _stream(text: str, engine: Engine, model: Model, generation: Generation) -> int:
    task = get("chat")
    request = build_request("chat", task, prepare(task, {"text": text}), model, generation.overrides)
    result = engine.stream(request, emit)
    emit("\n")
    if result.error is not None:
        note_error(result.error)
        return SOME_FAILED
    return 0


def emit(piece: str) -> None:
    """A piece of an answer to the terminal, safe and at once."""
    sys.stdout.write(safe(piece))
    sys.stdout.flush()
