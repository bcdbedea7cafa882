"""What a command is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session


_WORD: Final = re.compile(r"[A-Z]{2,}")
_WORDS_ZH: Final = {
    "TEXT": "文本",
    "FILE": "文件",
    "SYMBOL": "分类号",
    "QUESTION": "问题",
    "STATEMENT": "说法",
    "CLAIMS": "权利要求",
    "CLAIM": "权利要求",
    "DOCUMENT": "对比文件",
    "NAME": "名称",
    "VALUE": "值",
    "WORDS": "词",
}
"""What stands for something in a usage."""


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

    def usage_in(self, lang: Lang) -> str:
        return translated(self.usage, lang)

    def about(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def translated(usage: str, lang: Lang) -> str:
    """A usage with what stands for something in that language: `/save FILE`, `/save 文件`."""
    return _WORD.sub(lambda word: _WORDS_ZH.get(word[0], word[0]), usage) if lang == "zh" else usage


def misused(session: Session, usage: str) -> TaibaoError:
    """For a command whose argument cannot be used."""
    return TaibaoError(say("expects", session.lang, usage=translated(usage, session.lang)))


def has_talk(session: Session) -> str:
    return "" if session.talk.turns else "needs-talk"


def has_answer(session: Session) -> str:
    return "" if session.talk.last("assistant") else "needs-answer"


def can_chat(session: Session) -> str:
    return "cannot-chat" if session.model.prompt == "brief" else ""


def can_go_on(session: Session) -> str:
    return can_chat(session) or has_answer(session)
