"""A plain session: lines in, answers out, with the conversation kept in memory."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from taibao_cli import __version__
from taibao_cli.batch import Overrides, answer_row
from taibao_cli.batch.output import errors_of
from taibao_cli.batch.plain import plain_answer
from taibao_cli.batch.runner import build_request
from taibao_cli.config import history_file
from taibao_cli.console import is_dumb, note, safe
from taibao_cli.engine.base import Engine
from taibao_cli.messages import say
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.tasks import get, prepare
from taibao_cli.tasks.prepare import HintsOf

Write = Callable[[str], None]

COMMANDS: Final = {
    "/translate": "translate",
    "/title": "title",
    "/classify": "ipc",
    "/summarize": "summarize",
    "/ask": "ask",
    "/judge": "judge",
}
"""Commands that take a text -> task."""


def write(text: str) -> None:
    """To the terminal, safe and at once."""
    sys.stdout.write(safe(text))
    sys.stdout.flush()


class Session:
    """One conversation. `handle` takes a line; `loop` reads lines from the terminal."""

    def __init__(
        self,
        engine: Engine,
        model: Model,
        lang: Lang,
        *,
        hints: HintsOf | None = None,
        overrides: Overrides | None = None,
        write: Write = write,
    ) -> None:
        self._engine = engine
        self._model = model
        self._lang = lang
        self._hints = hints
        self._overrides = overrides or Overrides()
        self._write = write
        self._turns: list[dict[str, str]] = []

    def loop(self) -> None:
        """Read and answer until Ctrl-D or /exit. Ctrl-C drops the line, or stops the answer."""
        note(say("session-hello", self._lang, version=__version__, model=self._model.label))
        prompt: PromptSession[str] = PromptSession("> " if is_dumb() else "❯ ", history=_history())
        while True:
            try:
                line = prompt.prompt()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if not self.handle(line.strip()):
                return

    def handle(self, line: str) -> bool:
        """Answer one line; False when it says to leave."""
        word, text = [*line.split(maxsplit=1), "", ""][:2]
        if line in ("/exit", "/quit"):
            return False
        if line == "/help":
            self._say("session-help", commands=" ".join(COMMANDS))
        elif line == "/clear":
            self._turns.clear()
            self._say("session-cleared")
        elif word in COMMANDS and not text:
            self._say("session-needs-text", command=word)
        elif word in COMMANDS:
            self._task(COMMANDS[word], text)
        elif word.startswith("/") and word[1:].isalpha() and word.isascii():
            self._say("session-unknown", command=word)
        elif line:
            self._chat(line)
        return True

    def _say(self, key: str, **values: object) -> None:
        self._write(say(key, self._lang, **values) + "\n")

    def _chat(self, line: str) -> None:
        """One turn. A failed one leaves no trace in the conversation."""
        turns = [*self._turns, {"role": "user", "content": line}]
        task = get("chat")
        request = build_request("chat", task, prepare(task, {"messages": turns}), self._model, self._overrides)
        with _interrupt_cancels(self._engine):
            result = self._engine.stream(request, self._write)
        self._write("\n")
        if result.error is not None:
            self._write(f"{result.error}\n")
            if result.error.kind == "too_long":
                self._say("session-full")
            return
        if result.finish == "cancelled":
            self._say("session-stopped")
        self._turns = [*turns, {"role": "assistant", "content": result.text}]

    def _task(self, name: str, text: str) -> None:
        with _interrupt_cancels(self._engine):
            row = answer_row(
                {"text": text},
                engine=self._engine,
                model=self._model,
                default_task=name,
                hints=self._hints,
                overrides=self._overrides,
            )
        if row["finish"] == "cancelled":
            self._say("session-stopped")
        for error in errors_of(row):
            self._write(f"{error['message']}\n")
        if not errors_of(row):
            self._write(plain_answer(row) + "\n")


def _history() -> History:
    """The user's history file; in memory where the state directory cannot be written."""
    try:
        return FileHistory(os.fspath(history_file()))
    except OSError:
        return InMemoryHistory()


@contextmanager
def _interrupt_cancels(engine: Engine) -> Iterator[None]:
    """Ctrl-C stops the answer instead of the program."""

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        engine.cancel()

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
