"""`taibao cache`: the answers kept from run to run."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

import click

from taibao_cli.batch.cache import AnswerCache, remove
from taibao_cli.cli.generation import json_option
from taibao_cli.cli.kept import SETTING
from taibao_cli.cli.root import settings
from taibao_cli.config import answers_file, read_settings, write_settings
from taibao_cli.console import answer, note
from taibao_cli.messages import say

_DAY = 24 * 3600


@click.group()
def cache() -> None:
    """Answers kept from run to run (--cache), so that the same question costs nothing. Off unless you turn it on.

    答案缓存：默认关闭。
    """


@cache.command("ls")
@json_option
def list_(as_json: bool) -> None:
    """What is kept, by model: answers, size, first and last day.

    按模型列出缓存的答案。
    """
    if not answers_file().is_file():
        note(say("cache-empty", settings().lang))
        return
    with AnswerCache(answers_file()) as kept:
        held = kept.held()
    if not held:
        note(say("cache-empty", settings().lang))
    for each in held:
        first, last = (time.strftime("%Y-%m-%d", time.localtime(moment)) for moment in (each.first, each.last))
        shown = f"{each.model}  {each.answers:,}  {each.size / 1e3:,.0f} kB  {first} – {last}"
        answer(json.dumps(asdict(each), ensure_ascii=False) if as_json else shown)


@cache.command()
@click.option("--model", metavar="LABEL", help="Only the answers of this model, as `taibao cache ls` names it.")
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS", help="Only answers older than so many days.")
def clear(model: str | None, older_than: int | None) -> None:
    """Remove the answers that are kept: all of them, or those of a model or of long ago.

    删除缓存的答案。
    """
    if model is None and older_than is None:
        count = remove(answers_file())
    elif not answers_file().is_file():
        count = 0
    else:
        before = None if older_than is None else time.time() - older_than * _DAY
        with AnswerCache(answers_file()) as kept:
            count = kept.forget(model=model, before=before)
    note(say("cache-cleared", settings().lang, count=count))


@cache.command()
def on() -> None:
    """Keep answers from now on, without --cache.

    此后默认使用缓存。
    """
    write_settings({**read_settings(), SETTING: True})
    note(say("cache-on", settings().lang, path=answers_file()))


@cache.command()
def off() -> None:
    """Keep no answers from now on, unless --cache is given.

    此后默认不用缓存。
    """
    write_settings({**read_settings(), SETTING: False})
    note(say("cache-off", settings().lang, path=answers_file()))
