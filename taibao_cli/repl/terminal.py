"""The session on a terminal: keys, completion, history, the line at the bottom."""

from __future__ import annotations

import os
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import ThreadedCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from rich.console import Console

from taibao_cli import __version__
from taibao_cli.config import history_file
from taibao_cli.console import is_dumb, is_terminal, note, safe
from taibao_cli.repl.complete import SessionCompleter
from taibao_cli.repl.pasted import Pasted
from taibao_cli.repl.session import Session
from taibao_cli.repl.view import PlainView, RichView, View
from taibao_cli.repl.words import say


def make_view() -> View:
    """Rendered where the terminal can and `NO_COLOR` does not say otherwise, else plain."""
    if is_terminal(sys.stdout) and not is_dumb() and not os.environ.get("NO_COLOR"):
        return RichView(Console(highlight=False))
    return PlainView(_write)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def loop(session: Session, begin: str = "") -> None:
    """Read and answer until Ctrl-D or /exit, the line `begin` first. Ctrl-C drops a line, or stops an answer."""
    note(say("hello", session.lang, version=__version__, model=session.model.label))
    session.handle(begin)
    pasted = Pasted()
    prompt: PromptSession[str] = PromptSession(
        "> " if is_dumb() else "❯ ",
        history=_history(private=session.talks.path is None),
        completer=ThreadedCompleter(SessionCompleter(session)),
        complete_while_typing=Condition(lambda: prompt.default_buffer.text.startswith("/")),
        key_bindings=_keys(session, pasted),
        multiline=True,
        prompt_continuation="  ",
        enable_open_in_editor=True,
        bottom_toolbar=None if is_dumb() else lambda: toolbar(session),
    )
    interrupted = False
    while True:
        try:
            line = prompt.prompt()
        except KeyboardInterrupt:
            if interrupted:
                session.say("again-ctrl-c")
            interrupted = True
            continue
        except EOFError:
            return
        interrupted = False
        if not session.handle(pasted.unfold(line)):
            return


def toolbar(session: Session) -> str:
    """Model, share of the context used, speed and share of the prompt that was cached."""
    parts = [safe(session.model.name)]
    if session.held:
        parts.append(f"{round(100 * session.held / session.engine.context)} %")
    if timing := session.timing:
        parts.append(f"{timing.rate:.0f} tok/s")
        if timing.usage.prompt:
            parts.append(f"cache {round(100 * timing.usage.cached / timing.usage.prompt)} %")
    if session.talks.path is None:
        parts.append("private")
    return " · ".join(parts)


def _keys(session: Session, pasted: Pasted) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def send(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # takes the completion that is chosen
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    @keys.add("c-j")
    def break_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add(Keys.BracketedPaste)
    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(pasted.fold(event.data, session.lang))

    return keys


def _history(*, private: bool) -> History:
    """The user's history file; in memory for private sessions and where the file cannot be written."""
    if private:
        return InMemoryHistory()
    try:
        return FileHistory(os.fspath(history_file()))
    except OSError:
        return InMemoryHistory()
