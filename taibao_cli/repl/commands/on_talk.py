"""Commands on the conversation: once more, further, differently; copies of it in files."""

from __future__ import annotations

import base64
import difflib
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from taibao_cli.console import is_dumb
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.repl.commands.command import Command, can_chat, can_go_on, has_answer, has_talk, misused
from taibao_cli.repl.document import path_of
from taibao_cli.repl.examine import Tone
from taibao_cli.repl.export import FORMS
from taibao_cli.repl.talk import CHATTED, COMPACT, title_of
from taibao_cli.repl.wishes import wish_of

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_WARM: Final = 0.7
"""Temperature of a second try, where the first took the best token each time."""

_DIFFERS: Final[dict[str, Tone]] = {"+": "good", "-": "bad"}

_SUMMARY: Final = 600
"""Most tokens of a summary of the conversation,"""
_SHORTEST: Final = 100
"""fewest that are worth asking for,"""
_ROOM: Final = 120
"""and those that the question for it takes."""

_CLIPBOARD: Final = 74_994
"""Bytes that terminals take by OSC 52 (xterm's limit of 100,000 characters in base64)."""


def _regen(session: Session, _text: str) -> None:
    """Ask the last message once more, warmer and with another seed."""
    turns, given = session.talk.turns, session.overrides
    if len(turns) < 2 or turns[-2].role != "user":
        raise TaibaoError(say("needs-answer", session.lang))
    message, earlier = turns[-2], turns[-1].content
    seed = given.seed + 1
    session.overrides = replace(given, seed=seed)
    warm = replace(given, temperature=given.temperature or _WARM, seed=seed)
    has_prompt = message.shown != "" and not can_chat(session)
    asked = session.asked or (None if has_prompt else session.last_asked())

    def again() -> None:
        if asked is None:
            session.chat(message.content, shown=message.shown, task=message.task, overrides=warm)
        else:
            session.run_task(asked.task, asked.row, shown=message.text, overrides=warm)
            session.asked = asked

    _instead(session, len(turns) - 2, again)
    session.earlier_answer = earlier


def _instead(session: Session, place: int, give: Callable[[], object]) -> None:
    """Have another exchange in place of the turns from `place` on; without one they stay."""
    before = session.talk.turns[place:]
    session.talks.cut(session.talk, place)
    try:
        give()
    finally:
        if len(session.talk.turns) == place:
            for turn in before:
                session.add(turn)


def _continue(session: Session, _text: str) -> None:
    session.chat(say("continue", session.lang))


def _edit(session: Session, _text: str) -> None:
    """The last message of the user in the editor, sent instead of it."""
    place = session.talk.place_of_last("user")
    if place is None:
        raise TaibaoError(say("needs-talk", session.lang))
    turn, asked = session.talk.turns[place], session.asked
    typed = turn.text if turn.task in CHATTED or wish_of(turn.text) else f"/task {turn.task} {turn.text}"
    edited = click.edit(asked.line if asked else typed)
    if edited is not None and edited.strip():
        _instead(session, place, lambda: session.handle(edited.strip()))


def _copy(session: Session, _text: str) -> None:
    """The last answer to the clipboard, through the terminal (OSC 52), over SSH too."""
    answer = session.talk.last("assistant")
    data = answer.content.encode() if answer else b""
    if is_dumb():
        raise TaibaoError(say("cannot-copy", session.lang))
    if len(data) > _CLIPBOARD:
        raise TaibaoError(say("too-long-to-copy", session.lang, size=f"{len(data):,}", most=f"{_CLIPBOARD:,}"))
    sys.stdout.write(f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07")
    sys.stdout.flush()
    session.say("copied", size=len(data.decode()))


def _diff(session: Session, _text: str) -> None:
    """What differs between the last two answers to the same message, line by line."""
    answer = session.talk.last("assistant")
    if not session.earlier_answer or answer is None:
        raise TaibaoError(say("no-difference", session.lang))
    before, after = session.earlier_answer.splitlines(), answer.content.splitlines()
    differing = list(difflib.unified_diff(before, after, "1", "2", lineterm="", n=1))[2:]
    if not differing:
        session.say("same-answer")
    for line in differing:
        session.view.note(line, _DIFFERS.get(line[0], "dim"))


def _save(session: Session, text: str) -> None:
    answer = session.talk.last("assistant")
    _write(session, "/save FILE", text, f"{answer.content}\n".encode() if answer else b"")


def _export(session: Session, text: str) -> None:
    made = FORMS.get(Path(text.strip('"')).suffix.lower())
    if made is None:
        raise misused(session, "/export FILE.md | FILE.json | FILE.docx")
    _write(session, "/export FILE.md", text, made(session.talk))


def _write(session: Session, usage: str, name: str, content: bytes) -> None:
    if not name:
        raise misused(session, usage)
    path = path_of(name)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise TaibaoError(say("exists", session.lang, path=path)) from None
    except OSError as error:
        raise TaibaoError(say("cannot-write", session.lang, path=path, reason=error.strerror or error)) from None
    session.say("written", path=path)


def _undo(session: Session, _text: str) -> None:
    """Take back the last message and its answer."""
    place = session.talk.place_of_last("user")
    if place is None:
        raise TaibaoError(say("needs-talk", session.lang))
    asked = session.talk.turns[place]
    session.talks.cut(session.talk, place)
    session.sent_from = min(session.sent_from, place)
    session.forget_asked()
    session.say("undone", text=title_of([asked]))


def _compact(session: Session, _text: str) -> None:
    """Have the model sum up what was said; from then on it gets the summary in place of it."""
    left = session.engine.context - session.used() - _ROOM
    if left < _SHORTEST:
        raise TaibaoError(say("no-room", session.lang))
    place = len(session.talk.turns)
    bound = replace(session.overrides, max_tokens=min(left, _SUMMARY))
    if session.chat(say("sum-up", session.lang), task=COMPACT, overrides=bound):
        session.sent_from = place
        session.say("compacted", count=place)


def _sides(session: Session, _text: str) -> None:
    """Source and translation beside each other."""
    answer, asked = session.talk.last("assistant"), session.last_asked()
    if answer is None or asked is None or answer.task != "translate":
        raise TaibaoError(say("needs-translation", session.lang))
    session.view.pair(asked.row.get("text", ""), answer.content, both=True)


def _drop(session: Session, text: str) -> None:
    """Leave out the oldest exchange, or so many, from what the model gets."""
    if text and not text.isdecimal():
        raise misused(session, "/drop [N]")
    last = len(session.talk.turns) - 1
    session.sent_from = min(session.sent_from + 2 * int(text or 1), max(0, last))
    session.say("dropped", count=session.sent_from)


COMMANDS: Final = (
    Command("/regen", "", "换一个回答", "answer once more, differently", _regen, has_answer),
    Command("/retry", "", "同 /regen", "the same as /regen", _regen, has_answer),
    Command("/undo", "", "撤回上一条和它的回答", "take back the last message and its answer", _undo, has_talk),
    Command("/continue", "", "接着往下写", "go on writing", _continue, can_go_on),
    Command("/edit", "", "在编辑器里改上一条再发", "change your last message in the editor", _edit, has_talk),
    Command("/copy", "", "复制回答（经终端，SSH 也行）", "copy the answer, through the terminal", _copy, has_answer),
    Command("/sides", "", "译文与原文并排", "the translation beside its source", _sides, has_answer),
    Command("/diff", "", "与换之前的回答相比", "compare with the answer before /regen", _diff, has_answer),
    Command("/save", "FILE", "把回答写入文件", "write the answer to a file", _save, has_answer),
    Command("/export", "FILE.md|.json|.docx", "导出整个对话", "write the whole conversation", _export, has_talk),
    Command(
        "/compact", "", "把已有对话压缩成摘要", "sum up the conversation so far, to make room", _compact, can_go_on
    ),
    Command("/drop", "[N]", "不再发送最早的几轮", "leave out the oldest exchanges", _drop, can_go_on),
)
