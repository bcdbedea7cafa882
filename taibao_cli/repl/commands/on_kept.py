"""Commands on the conversations that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.repl.commands.command import Command, has_talk, misused
from taibao_cli.repl.computed import forget_computed
from taibao_cli.repl.store import Talks
from taibao_cli.repl.talk import Talk

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session


def _number(digits: str) -> int:
    """The number of a conversation; one that none has for more digits than SQLite takes."""
    return int(digits) if len(digits) < 19 else -1


def _resume(session: Session, text: str) -> None:
    """The list, or the conversation of that number, or the last that holds the words."""
    if not text:
        _list(session, [])
        return
    if text.isdecimal():
        number = _number(text)
    else:
        found = session.talks.recent(text.split(), limit=1)
        if not found:
            raise TaibaoError(say("no-match", session.lang))
        number = found[0].number
    talk = session.talks.load(number)
    if talk is None:
        raise TaibaoError(say("no-such-talk", session.lang, number=text))
    session.start(talk)
    session.say("continued", title=talk.title, turns=len(talk.turns))
    for turn in talk.turns[-2:]:
        session.view.line(f"> {turn.text}" if turn.role == "user" else turn.content)


def _search(session: Session, text: str) -> None:
    if not text:
        raise misused(session, "/search WORDS")
    _list(session, text.split())


def _list(session: Session, words: list[str]) -> None:
    found = session.talks.recent(words)
    if not found:
        raise TaibaoError(say("no-match" if words else "no-talks", session.lang))
    header = ("#", "对话", "条", "时间") if session.lang == "zh" else ("#", "conversation", "messages", "changed")
    rows = [(str(kept.number), kept.title, str(kept.turns), kept.changed[:16]) for kept in found]
    session.view.table(header, rows)


def _fork(session: Session, _text: str) -> None:
    sent_from = session.sent_from
    session.start(session.talks.fork(session.talk))
    session.sent_from = sent_from
    session.say("forked")


def _forget(session: Session, text: str) -> None:
    if not text.isdecimal():
        raise misused(session, "/forget N")
    number = _number(text)
    if not session.talks.forget(number):
        raise TaibaoError(say("no-such-talk", session.lang, number=text))
    if session.talks.path is not None:
        forget_computed(number)
    if session.talk.number == number:
        session.start(Talk())
    session.say("forgotten", number=number)


def _clear(session: Session, _text: str) -> None:
    session.start(Talk())
    session.say("cleared")


def _private(session: Session, _text: str) -> None:
    """From here on, or no longer, in memory alone: either way a new conversation begins."""
    if session.kept_talks.path is None:
        raise TaibaoError(say("private-stays", session.lang))
    private = session.talks is session.kept_talks
    session.talks = Talks(None) if private else session.kept_talks
    if session.cache is not None:
        session.cache.paused = private
    session.start(Talk())
    session.say("private-on" if private else "private-off")


COMMANDS: Final = (
    Command("/clear", "", "开始新的对话", "begin a new conversation", _clear),
    Command("/resume", "[N|WORDS]", "列出或接着以前的对话", "list or go on with a conversation", _resume),
    Command("/search", "WORDS", "在保存的对话里查找", "find words in kept conversations", _search),
    Command("/fork", "", "另起一份，原来的不变", "go on in a copy", _fork, has_talk),
    Command("/forget", "N", "删除一个对话", "remove a conversation for good", _forget),
    Command("/private", "", "此后不保存／恢复保存", "keep nothing from here on; again: keep", _private),
)
