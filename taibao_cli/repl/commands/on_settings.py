"""Commands on how answers are made and shown, and help."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.errors import TaibaoError
from taibao_cli.repl.commands.command import Command, Leave, misused
from taibao_cli.repl.preferences import CHOICES, write_preferences
from taibao_cli.repl.view import PlainView
from taibao_cli.repl.words import say

if TYPE_CHECKING:
    from taibao_cli.repl.session import Session

_SETTINGS: Final[dict[str, tuple[Callable[[str], Any], str, str]]] = {
    "temperature": (float, "0 到 2 的数", "a number from 0 to 2"),
    "max_tokens": (int, "正整数", "a whole number above 0"),
    "seed": (int, "不小于 0 的整数", "a whole number, 0 or more"),
}


def _set(session: Session, text: str) -> None:
    """Without words all settings; with a name and a value that one. How the session looks is kept for the next."""
    name, given = [*text.replace("=", " ").split(maxsplit=1), "", ""][:2]
    if not text:
        for each in _SETTINGS:
            session.say("setting", name=each, value=getattr(session.overrides, each))
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
    convert, zh, en = _SETTINGS[name]
    try:
        value = convert(given)
    except ValueError:
        value = -1
    low, high = (1 if name == "max_tokens" else 0), (2 if name == "temperature" else float("inf"))
    if not low <= value <= high:
        raise TaibaoError(say("wrong-value", session.lang, name=name, expected=zh if session.lang == "zh" else en))
    session.overrides = replace(session.overrides, **{name: value})
    session.say("setting", name=name, value=value)


def _system(session: Session, text: str) -> None:
    if text:
        session.system = "" if text == "none" else text
    session.say("system-is" if session.system else "system-none", text=session.system)


def _model(session: Session, text: str) -> None:
    if text and session.open_model is None:
        raise TaibaoError(say("model-is", session.lang, model=session.model.label))
    if text and session.open_model:
        engine, model, hints = session.open_model(text)
        session.engine.close()
        session.engine, session.model, session.hints = engine, model, hints
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
        "stats",
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
        session.view.line(f"{command.usage:<34} {command.about(session.lang)}")
    session.say("keys")


def _exit(_session: Session, _text: str) -> None:
    raise Leave


COMMANDS: Final = (
    Command("/model", "[FILE]", "当前模型，或换一个", "the model, or another one", _model),
    Command("/system", "[TEXT|none]", "对话的系统提示", "the system prompt of the conversation", _system),
    Command(
        "/set",
        "[NAME VALUE]",
        "温度、长度、种子；多行、按键、主题等",
        "temperature, length, seed; multiline, keys, theme …",
        _set,
    ),
    Command("/tokens", "", "上下文用了多少", "how much of the context is used", _tokens),
    Command("/stats", "", "上一个回答的速度", "speed of the last answer", _stats),
    Command("/raw", "", "按原样显示／恢复排版", "show answers raw; again: rendered", _raw),
    Command("/lang", "zh|en", "界面语言", "language of messages", _lang),
    Command("/help", "", "这个列表", "this list", _help),
    Command("/exit", "", "退出", "leave", _exit),
    Command("/quit", "", "同 /exit", "the same as /exit", _exit),
)
