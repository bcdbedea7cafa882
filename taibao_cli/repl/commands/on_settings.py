"""Commands on how answers are made and shown, and help."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.repl.commands.command import Command, Leave, can_chat, misused
from taibao_cli.repl.preferences import CHOICES, write_preferences
from taibao_cli.repl.view import PlainView

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_USAGE: Final = 29
"""Cells of a usage in help."""

_SETTINGS: Final[dict[str, tuple[type[int] | type[float], int, int]]] = {
    "temperature": (float, 0, 2),
    "max_tokens": (int, 1, 1_000_000),
    "seed": (int, 0, 2**32 - 1),
}


def _set(session: Session, text: str) -> None:
    """Without words all settings; with a name and a value that one. How the session looks is kept for the next."""
    name, given = [*text.replace("=", " ").split(maxsplit=1), "", ""][:2]
    if not text:
        for each in _SETTINGS:
            value = getattr(session.overrides, each)
            session.say("setting", name=each, value=say("by-task", session.lang) if value is None else value)
        for each, choices in CHOICES.items():
            value = getattr(session.preferences, each)
            session.say("choice", name=each, value=value, choices="|".join(choices))
    elif name in CHOICES:
        _prefer(session, name, given)
    elif name in _SETTINGS:
        _override(session, name, given)
    else:
        raise misused(session, f"/set {'|'.join((*_SETTINGS, *CHOICES))} VALUE")


def _prefer(session: Session, name: str, given: str) -> None:
    if given not in CHOICES[name]:
        raise TaibaoError(say("wrong-value", session.lang, name=name, expected=" | ".join(CHOICES[name])))
    session.settle(session.preferences.having(name, given))
    write_preferences(session.preferences)
    session.say("setting", name=name, value=given)


def _override(session: Session, name: str, given: str) -> None:
    convert, low, high = _SETTINGS[name]
    try:
        value = convert(given)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        key = "number" if convert is float else "whole-number"
        expected = say(key, session.lang, low=low, high=f"{high:,}")
        raise TaibaoError(say("wrong-value", session.lang, name=name, expected=expected))
    changed: dict[str, Any] = {name: value}
    session.overrides = replace(session.overrides, **changed)
    session.say("setting", name=name, value=value)


def _system(session: Session, text: str) -> None:
    if text:
        session.system = "" if text == "none" else text
    session.say("system-is" if session.system else "system-none", text=session.system)


def _model(session: Session, text: str) -> None:
    if text and session.open_model is None:
        raise TaibaoError(say("model-is", session.lang, model=session.model.label))
    if text and session.open_model:
        engine, model = session.open_model(text)
        session.engine.close()
        session.engine, session.model = engine, model
    session.say("model-is", model=session.model.label)


def _tokens(session: Session, _text: str) -> None:
    used, context = session.held, session.engine.context
    session.say("tokens", used=used, context=context, percent=round(100 * used / context))


def _stats(session: Session, _text: str) -> None:
    timing = session.timing
    if timing is None:
        raise TaibaoError(say("needs-answer", session.lang))
    usage = timing.usage
    session.say(
        "answer-stats",
        prompt=usage.prompt,
        cached=usage.cached,
        completion=usage.completion,
        first=timing.first,
        rate=timing.rate,
    )


def _raw(session: Session, _text: str) -> None:
    raw = session.view is session.own_view
    session.view = PlainView(session.own_view.write) if raw else session.own_view
    session.say("raw-on" if raw else "raw-off")


def _lang(session: Session, text: str) -> None:
    if text not in ("zh", "en"):
        raise misused(session, "/lang zh|en")
    session.lang = "zh" if text == "zh" else "en"
    session.say("language")


def _help(session: Session, _text: str) -> None:
    from taibao_cli.repl.commands.table import TABLE

    for command in TABLE.values():
        usage, about = command.usage_in(session.lang), command.about(session.lang)
        room = _USAGE - cell_len(usage)
        session.view.line(f"{usage}{' ' * room}{about}" if room > 0 else f"{usage}\n{' ' * _USAGE}{about}")
    session.say("keys")


def _exit(_session: Session, _text: str) -> None:
    raise Leave


COMMANDS: Final = (
    Command("/model", "[FILE]", "当前模型，或换一个", "the model, or another one", _model),
    Command("/system", "[TEXT|none]", "对话的系统提示", "the system prompt of the conversation", _system, can_chat),
    Command(
        "/set",
        "[NAME VALUE]",
        "温度、长度、种子；多行、按键、主题等",
        "temperature, length, seed; multiline, keys, theme …",
        _set,
    ),
    Command("/tokens", "", "上下文用了多少", "how much of the context is used", _tokens, can_chat),
    Command("/stats", "", "上一个回答的速度", "speed of the last answer", _stats),
    Command("/raw", "", "按原样显示／恢复排版", "show answers raw; again: rendered", _raw),
    Command("/lang", "zh|en", "界面语言", "language of messages", _lang),
    Command("/help", "", "这个列表", "this list", _help),
    Command("/exit", "", "退出", "leave", _exit),
    Command("/quit", "", "同 /exit", "the same as /exit", _exit),
)
