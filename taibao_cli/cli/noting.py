"""Messages, and errors that do not end a command, as lines on stderr."""

from __future__ import annotations

from taibao_cli.cli.root import settings
from taibao_cli.console import note
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words


def tell(key: str, **values: object) -> None:
    """The message of that key, in the language of the user."""
    note(say(key, settings().lang, **values))


def note_error(error: object, name: str = "") -> None:
    """An error in the language of the user, after the name of what it is about."""
    lang = settings().lang
    colon = "：" if lang == "zh" else ": "
    note(f"{name}{colon if name else ''}{in_words(error, lang)}")
