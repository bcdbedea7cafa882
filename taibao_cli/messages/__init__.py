"""Everything said to the user, in Chinese and English, under keys."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from taibao_cli.messages.commands import COMMANDS
from taibao_cli.messages.making import MAKING
from taibao_cli.messages.session import SESSION
from taibao_cli.patents.language import Lang

TABLE: Final[Mapping[str, Mapping[Lang, str]]] = {**COMMANDS, **MAKING, **SESSION}


def locale_variable(environ: Mapping[str, str] = os.environ) -> str:
    """The variable that tells the locale for messages."""
    return next((name for name in ("LC_ALL", "LC_MESSAGES") if environ.get(name)), "LANG")


def locale_language(environ: Mapping[str, str] = os.environ) -> Lang:
    """Chinese when the locale for messages says so, else English."""
    return "zh" if environ.get(locale_variable(environ), "").lower().startswith("zh") else "en"


def say(key: str, lang: Lang, **values: object) -> str:
    """The message of that key."""
    return TABLE[key][lang].format(**values)
