"""What a command is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taibao_cli.errors import TaibaoError
from taibao_cli.patents.language import Lang
from taibao_cli.repl.words import say

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session


class Leave(Exception):
    """The user wants to go."""


def always(_session: Session) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Command:
    """`/name argument`: what is shown of it in help, and what it does with the text after its name.

    `when` gives the key of the words that say why the command makes no sense now; empty when it does.
    """

    name: str
    argument: str
    zh: str
    en: str
    run: Callable[[Session, str], None]
    when: Callable[[Session], str] = always

    @property
    def usage(self) -> str:
        return f"{self.name} {self.argument}".rstrip()

    def about(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def misused(session: Session, usage: str) -> TaibaoError:
    """For a command whose argument cannot be used."""
    return TaibaoError(say("expects", session.lang, usage=usage))


def has_talk(session: Session) -> str:
    return "" if session.talk.turns else "needs-talk"


def has_answer(session: Session) -> str:
    return "" if session.talk.last("assistant") else "needs-answer"
