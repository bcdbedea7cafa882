"""The answer cache behind commands: whether it is on, and engines that look there first."""

from __future__ import annotations

import os
from typing import Final

from taibao_cli.batch.cache import AnswerCache
from taibao_cli.batch.identity import Facts, run_facts
from taibao_cli.batch.runner import Overrides
from taibao_cli.cli.root import settings
from taibao_cli.config import answers_file, read_settings
from taibao_cli.console import note
from taibao_cli.errors import UsageError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.models.registry import Model

SETTING: Final = "cache"
_WORDS: Final = {"1": True, "on": True, "0": False, "off": False, "": None}


def is_wanted(option: bool | None) -> bool:
    """What the option says, else the environment variable TAIBAO_CACHE, else `taibao cache on`; else it is off.

    Raises:
        UsageError: the variable says neither 1 nor 0.
    """
    if option is not None:
        return option
    said = os.environ.get("TAIBAO_CACHE", "").lower()
    if said not in _WORDS:
        raise UsageError(f"TAIBAO_CACHE is {said!r}; set it to 1 or 0")
    by_variable = _WORDS[said]
    return read_settings().get(SETTING) is True if by_variable is None else by_variable


def open_cache() -> AnswerCache:
    """The user's cache. When it can no longer be written a line on stderr says so, and answers come without it."""
    lang = settings().lang
    return AnswerCache(answers_file(), on_failure=lambda why: note(say("cache-failed", lang, why=in_words(why, lang))))


def facts_of(model: Model, ctx: int | None, fixed_threads: int | None = None) -> Facts:
    """What answers depend on beside their requests, which hold bounds and sampling."""
    return run_facts(model, Overrides(), ctx=ctx, task=None, fixed_threads=fixed_threads)
