"""What users want of the last answer, done without a model: for those that cannot follow a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from taibao_cli.messages import say
from taibao_cli.patents.termbase.entries import Entry
from taibao_cli.repl.terms import terms_of
from taibao_cli.repl.wishes import OtherWord, fewer_sentences, reworded, wish_of

if TYPE_CHECKING:
    from taibao_cli.repl.session import Asked, Session

_WRITTEN: Final = ("translate", "title", "abstract", "claims", "summarize")
"""Tasks whose answers are texts of the patent, in which words can be exchanged;"""
_IN_SENTENCES: Final = ("summarize", "abstract")
"""those whose last sentences can be left out."""


def refine(session: Session, line: str) -> bool:
    """Do what the line wants of the last answer of a model that cannot chat, or say that it cannot be done. False when
    the line wants nothing of it, or the model can chat."""
    wish = wish_of(line) if session.model.prompt == "brief" else None
    asked = session.last_asked() if wish is not None else None
    if wish is None or (isinstance(wish, OtherWord) and not wish.certain and not _is_written(asked)):
        return False
    if wish == "nothing":
        session.say("cannot-chat")
    elif session.talk.last("assistant") is None:
        session.say("needs-answer")
    elif asked is None or not _is_written(asked):
        session.say("cannot-refine")
    elif isinstance(wish, OtherWord):
        return _exchange(session, asked, wish, line) or _not_there(session, wish)
    elif wish == "shorter" and asked.task in _IN_SENTENCES:
        _shorten(session, asked, line)
    else:
        session.say("cannot-refine")
    return True


def _is_written(asked: Asked | None) -> bool:
    return asked is not None and asked.task in _WRITTEN


def _exchange(session: Session, asked: Asked, wish: OtherWord, line: str) -> bool:
    """Translate again with a term, or put the other word into the answer; whether the old one was there."""
    answer, entry = _last_answer(session), wish.entry
    if asked.task == "translate" and entry is not None:
        return _translate_again(session, asked, entry, line)
    text, places = reworded(answer, wish)
    if places:
        session.earlier_answer = answer
        session.give(asked, text, shown=line)
        session.view.note(say("exchanged", session.lang, count=places), "dim")
    return places > 0


def _translate_again(session: Session, asked: Asked, entry: Entry, line: str) -> bool:
    source = "\n".join(map(str, asked.row.values())).lower()
    if entry.zh.lower() not in source and entry.en.lower() not in source:
        return False
    before, session.earlier_answer = len(session.talk.turns), _last_answer(session)
    session.run_task(asked.task, asked.row, shown=line)
    if len(session.talk.turns) > before:
        terms = ", ".join(f"{zh} = {en}" for zh, en in terms_of(session.talk.turns)["zh"].items())
        session.view.note(say("terms-hold", session.lang, terms=terms), "dim")
    return True


def _not_there(session: Session, wish: OtherWord) -> bool:
    if wish.certain:
        session.say("word-not-there", word=wish.old)
    return wish.certain


def _shorten(session: Session, asked: Asked, line: str) -> None:
    answer = _last_answer(session)
    text, kept, count = fewer_sentences(answer)
    if kept == count:
        session.say("one-sentence")
        return
    session.earlier_answer = answer
    session.give(asked, text, shown=line)
    session.view.note(say("fewer-sentences", session.lang, kept=kept, count=count), "dim")


def _last_answer(session: Session) -> str:
    answer = session.talk.last("assistant")
    return answer.content if answer else ""
