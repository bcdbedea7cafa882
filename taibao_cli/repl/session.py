"""The session without its terminal: lines in, answers to a view, the conversation kept as it goes."""

from __future__ import annotations

import difflib
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

from taibao_cli.batch import Overrides, answer_row
from taibao_cli.batch.cache import AnswerCache
from taibao_cli.batch.law import answers_from_primer
from taibao_cli.batch.output import errors_of
from taibao_cli.batch.plain import plain_answer
from taibao_cli.batch.runner import build_request
from taibao_cli.engine.base import Engine, Request, Result, Usage
from taibao_cli.errors import TaibaoError
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.repl.commands.command import Leave
from taibao_cli.repl.commands.table import TABLE
from taibao_cli.repl.document import Document, insert_files
from taibao_cli.repl.store import Talks
from taibao_cli.repl.talk import Talk, Turn
from taibao_cli.repl.view import View
from taibao_cli.repl.words import say
from taibao_cli.tasks import get, prepare
from taibao_cli.tasks.parse import parse
from taibao_cli.tasks.prepare import HintsOf

NEARLY_FULL: Final = 0.85
"""Share of the context from which the session says so."""

_SAVE_EVERY: Final = 0.25
"""Seconds between two writes of an answer that is being given."""

OpenModel = Callable[[str], tuple[Engine, Model, HintsOf | None]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Of the last answer: tokens, seconds to the first piece and in all."""

    usage: Usage
    first: float
    seconds: float

    @property
    def rate(self) -> float:
        """Tokens of the answer per second after the first piece."""
        left = self.seconds - self.first
        return self.usage.completion / left if left > 0 else 0.0


class Session:
    """`handle` takes a line. Commands find all they need here."""

    def __init__(
        self,
        engine: Engine,
        model: Model,
        lang: Lang,
        *,
        view: View,
        talks: Talks | None = None,
        hints: HintsOf | None = None,
        overrides: Overrides | None = None,
        open_model: OpenModel | None = None,
        cache: AnswerCache | None = None,
    ) -> None:
        """Without `talks` no conversation is kept; without `open_model` the model cannot be changed. `cache` is the one
        that the engine asks, to be paused in private."""
        self.engine, self.model, self.hints, self.open_model = engine, model, hints, open_model
        self.lang = lang
        self.view = self.own_view = view
        self.talks = self.kept_talks = talks or Talks(None)
        self.cache = cache
        self.overrides = overrides or Overrides()
        self.talk = Talk()
        self.sent_from = 0
        """The first turn that the model still gets."""
        self.held = 0
        """Tokens that the conversation takes."""
        self.system = ""
        self.document: Document | None = None
        self.timing: Timing | None = None
        self.earlier_answer = ""
        """What was answered before the last `/regen`."""

    def handle(self, line: str) -> bool:
        """Answer one line; False when it says to leave. An error is shown and the session goes on."""
        line = line.strip()
        word, text = [*line.split(maxsplit=1), "", ""][:2]
        try:
            if word.startswith("/") and word[1:].isalpha() and word.isascii():
                self._command(word, text)
            elif line:
                self.chat(insert_files(line), shown=line)
        except Leave:
            return False
        except TaibaoError as error:
            self.view.line(str(error))
        self._measure()
        return True

    def _command(self, word: str, text: str) -> None:
        command = TABLE.get(word)
        if command is None:
            close = difflib.get_close_matches(word, TABLE, n=1, cutoff=0.7)
            self.say("did-you-mean" if close else "unknown", word=word, guess=close[0] if close else "")
        elif missing := command.when(self):
            self.say(missing)
        else:
            command.run(self, text)

    def say(self, key: str, **values: object) -> None:
        self.view.line(say(key, self.lang, **values))

    def chat(self, text: str, *, shown: str = "", overrides: Overrides | None = None) -> None:
        """One turn of the conversation. A failed one leaves no trace in it. A model that cannot chat lets the primer
        answer."""
        if self.model.prompt == "brief":
            self.run_task("chat", {"text": text}, shown=shown or text)
            return
        self._add(Turn("user", text, shown=shown if shown != text else ""))
        task = get("chat")
        try:
            inputs = prepare(task, {"messages": self.messages()})
            request = build_request("chat", task, inputs, self.model, overrides or self.overrides)
        except TaibaoError:
            self.talks.cut(self.talk, len(self.talk.turns) - 1)
            raise
        if self._stream(request, "chat", markdown=True) is None:
            self.talks.cut(self.talk, len(self.talk.turns) - 2)

    def messages(self) -> list[dict[str, str]]:
        """What the model gets: the system prompt of the user, then the turns that are still sent."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return system + [{"role": turn.role, "content": turn.content} for turn in self.talk.turns[self.sent_from :]]

    def run_task(self, name: str, row: Mapping[str, Any], *, shown: str) -> None:
        """One task over a row of fields; prompt and answer become part of the conversation, so that it can go on from
        them ("shorter", "use 'electrode' for 电极")."""
        task = get(name)
        brief = self.model.prompt == "brief"
        if task.kind == "text" and not answers_from_primer(task, self.model.prompt) and not (brief and task.segment):
            inputs = prepare(task, row, hints=self.hints)
            request = build_request(name, task, inputs, self.model, self.overrides)
            self._add(Turn("user", request.messages[-1].content, name, shown=shown))
            result = self._stream(request, name)
            if result is None:
                self.talks.cut(self.talk, len(self.talk.turns) - 2)
            elif result.finish != "cancelled":
                output, _ = parse(task, inputs, result)
                self._end(Turn("assistant", str(output), name, result.finish))
            return
        with interrupt_cancels(self.engine):
            answered = answer_row(
                row,
                engine=self.engine,
                model=self.model,
                default_task=name,
                hints=self.hints,
                overrides=self.overrides,
            )
        for error in errors_of(answered):
            self.view.line(str(error["message"]))
        if answered["finish"] == "cancelled":
            self.say("stopped")
        elif not errors_of(answered):
            self.view.row(answered)
            self._add(Turn("user", shown, name))
            self._add(Turn("assistant", plain_answer(answered), name, answered["finish"]))

    def _stream(self, request: Request, task: str, *, markdown: bool = False) -> Result | None:
        """Show an answer as it comes and keep it; None when there is none, because of an error, which is shown."""
        answer = self._add(Turn("assistant", "", task, "cancelled"))
        begun, saved = time.monotonic(), time.monotonic()
        first = 0.0
        stream = self.view.stream(markdown=markdown)

        def emit(piece: str) -> None:
            nonlocal first, saved
            now = time.monotonic()
            first = first or now - begun
            answer.content += piece
            stream.emit(piece)
            if now - saved > _SAVE_EVERY:
                self._keep()
                saved = now

        try:
            with interrupt_cancels(self.engine):
                result = self.engine.stream(request, emit)
        finally:
            stream.close()
        if result.error is not None:
            self.view.line(str(result.error))
            if result.error.kind == "too_long":
                self.say("full")
            return None
        if result.finish == "cancelled":
            self.say("stopped")
        self.timing = Timing(result.usage, first, time.monotonic() - begun)
        self._end(Turn("assistant", result.text, task, result.finish))
        return result

    def _add(self, turn: Turn) -> Turn:
        self.talk.turns.append(turn)
        self._keep()
        return turn

    def _end(self, turn: Turn) -> None:
        """Put the finished answer in the place of the one that was being given."""
        self.talk.turns[-1] = turn
        self._keep()

    def _keep(self) -> None:
        self.talks.keep(self.talk, len(self.talk.turns) - 1)

    def used(self) -> int:
        """Tokens that the conversation takes as it stands."""
        if not self.talk.turns:
            return 0
        return self.engine.count(Request("count", self.talk.messages()[self.sent_from :], 1))

    def _measure(self) -> None:
        """Count what the conversation takes, and say so once when it takes nearly all there is."""
        before, self.held = self.held, self.used()
        bound = NEARLY_FULL * self.engine.context
        if before < bound <= self.held:
            self.say("nearly-full", percent=round(100 * self.held / self.engine.context))

    def start(self, talk: Talk) -> None:
        """Go on with another conversation."""
        self.talk, self.sent_from, self.earlier_answer = talk, 0, ""


@contextmanager
def interrupt_cancels(engine: Engine) -> Iterator[None]:
    """Ctrl-C stops the answer instead of the program."""

    def cancel(_signal: int, _frame: FrameType | None) -> None:
        engine.cancel()

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
