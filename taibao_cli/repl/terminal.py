"""The session on a terminal: keys, completion, history, the line at the bottom."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import ThreadedCompleter
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.output.plain_text import PlainTextOutput
from rich.console import Console

from taibao_cli import __version__
from taibao_cli.console import is_dumb, is_terminal, note, safe, safe_characters
from taibao_cli.messages import say
from taibao_cli.repl.background import LoadingEngine
from taibao_cli.repl.complete import SessionCompleter
from taibao_cli.repl.pasted import Pasted
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.session import Session
from taibao_cli.repl.typed import typed_lines
from taibao_cli.repl.view import PlainView, RichView, View


def make_view(preferences: Preferences) -> View:
    """Rendered where the terminal can and `NO_COLOR` does not say otherwise, else plain."""
    if is_terminal(sys.stdout) and not is_dumb() and not os.environ.get("NO_COLOR"):
        return RichView(Console(highlight=False), preferences.theme)
    return PlainView(_write)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def loop(session: Session, begin: str = "") -> None:
    """Read and answer until Ctrl-D or /exit, the line `begin` first. Ctrl-C drops a line, or stops an answer."""
    plain = PlainTextOutput(sys.stdout) if is_dumb() else None
    with create_app_session(output=plain):  # given to the prompt itself, it would not be taken for a dumb terminal's
        _loop(session, begin)


def _loop(session: Session, begin: str) -> None:
    note(say("hello", session.lang, version=__version__, model=session.model.label))
    _handle(session, begin)
    pasted = Pasted()
    prompt: PromptSession[str] = PromptSession(
        "> " if is_dumb() else "❯ ",
        history=typed_lines(session, pasted),
        completer=ThreadedCompleter(SessionCompleter(session)),
        complete_while_typing=Condition(lambda: prompt.default_buffer.text.startswith("/")),
        key_bindings=_keys(session, pasted),
        multiline=True,
        prompt_continuation="  ",
        enable_open_in_editor=True,
        input_processors=[SafeInput()],
        bottom_toolbar=None if is_dumb() else lambda: toolbar(session),
        refresh_interval=0.5 if isinstance(session.engine, LoadingEngine) else 0,
    )
    interrupted = False
    while True:
        prompt.editing_mode = EditingMode.VI if session.preferences.keys == "vi" else EditingMode.EMACS
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
        if not _handle(session, pasted.unfold(line)):
            return


def _handle(session: Session, line: str) -> bool:
    """Answer a line. Neither Ctrl-C where nothing else catches it nor a fault of the program ends the session."""
    try:
        with enter_stays_enter():
            return session.handle(line)
    except KeyboardInterrupt:
        session.say("stopped")
    except Exception as error:
        session.say("unexpected-in-session", error=f"{type(error).__name__}: {error}")
    return True


@contextmanager
def enter_stays_enter() -> Iterator[None]:
    """While no prompt is open: of what is typed ahead, terminals make a line feed of Enter, which would break the line
    instead of sending it."""
    if os.name != "posix" or not is_terminal(sys.stdin):
        yield
        return
    import termios

    before = termios.tcgetattr(sys.stdin)
    changed = [before[0] & ~termios.ICRNL, *before[1:]]
    termios.tcsetattr(sys.stdin, termios.TCSANOW, changed)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


class SafeInput(Processor):
    """What is typed or pasted is shown without what could turn the line around; each character keeps its place."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        return Transformation(
            [(part[0], safe_characters(part[1]), *part[2:]) for part in transformation_input.fragments]
        )


def toolbar(session: Session) -> str:
    """Model, share of the context used, speed and share of the prompt that was cached."""
    lang, parts = session.lang, [safe(session.model.name)]
    if session.loading:
        return f"{parts[0]} · {say('loading', lang)}"
    if session.held:
        parts.append(say("bar-context", lang, percent=round(100 * session.held / session.engine.context)))
    if timing := session.timing:
        parts.append(say("bar-speed", lang, rate=timing.rate))
        if timing.usage.prompt:
            parts.append(say("bar-cached", lang, percent=round(100 * timing.usage.cached / timing.usage.prompt)))
    if session.document:
        parts.append(f"@{safe(session.document.name)}")
    if session.attached:
        parts.append(f"+{len(session.attached)}")
    if session.preferences.multiline == "on":
        parts.append(say("bar-multiline", lang))
    if session.talks.path is None:
        parts.append(say("bar-private", lang))
    return " · ".join(parts)


def _keys(session: Session, pasted: Pasted) -> KeyBindings:
    keys = KeyBindings()

    def send(buffer: Buffer) -> None:
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # takes the completion that is chosen
        else:
            buffer.validate_and_handle()

    @keys.add("enter")
    def enter(event: KeyPressEvent) -> None:
        if session.preferences.multiline == "on":
            event.current_buffer.insert_text("\n")
        else:
            send(event.current_buffer)

    @keys.add("escape", "enter")
    def alt_enter(event: KeyPressEvent) -> None:
        if session.preferences.multiline == "on":
            send(event.current_buffer)
        else:
            event.current_buffer.insert_text("\n")

    @keys.add("c-j")
    def break_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add(Keys.BracketedPaste)
    def paste(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text(pasted.fold(event.data, session.lang))

    @keys.add("c-x", "c-e")
    def edit(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        buffer.text = pasted.unfold(buffer.text)
        buffer.open_in_editor()

    return keys
