"""The session without its terminal: lines in, answers to a view, the conversation kept as it goes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from taibao_cli.batch import Overrides, answer_row
from taibao_cli.batch.cache import AnswerCache
from taibao_cli.batch.law import LONGEST_QUESTION, answers_from_primer
from taibao_cli.batch.output import errors_of
from taibao_cli.batch.plain import LAW_TASKS, plain_answer, undecided
from taibao_cli.batch.runner import build_request
from taibao_cli.checks.base import Finding
from taibao_cli.engine.base import Engine, Request, Result
from taibao_cli.errors import TaibaoError
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words
from taibao_cli.models.registry import Model
from taibao_cli.patents.language import Lang
from taibao_cli.repl.background import LoadingEngine
from taibao_cli.repl.commands.command import Leave
from taibao_cli.repl.commands.table import TABLE
from taibao_cli.repl.document import Document, FileTrouble, insert_files
from taibao_cli.repl.examine import examine, findings_of
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.refine import refine
from taibao_cli.repl.store import Kept, Talks
from taibao_cli.repl.streaming import Counting, Timing, interrupt_cancels, stream_answer
from taibao_cli.repl.talk import CHATTED, COMPACT, Talk, Turn
from taibao_cli.repl.terms import hints_of, terms_of
from taibao_cli.repl.view import View
from taibao_cli.repl.wishes import wish_of
from taibao_cli.tasks import get, prepare
from taibao_cli.tasks.parse import parse
from taibao_cli.tasks.prepare import HintsOf

_SLASH: Final = re.compile(r"^[／、](?=[A-Za-z]+(?:\s|$))")
"""What Chinese input methods make of the slash before a command."""

NEARLY_FULL: Final = 0.85
"""Share of the context from which the session says so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the last answer of a task was given to: the line that was typed, the task and its row."""

    line: str
    task: str
    row: Mapping[str, Any]


OpenModel = Callable[[str], tuple[Engine, Model]]


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
        overrides: Overrides | None = None,
        open_model: OpenModel | None = None,
        cache: AnswerCache | None = None,
        preferences: Preferences | None = None,
    ) -> None:
        """Without `talks` no conversation is kept; without `open_model` the model cannot be changed. `cache` is the one
        that the engine asks, to be paused in private."""
        self.engine, self.model, self.open_model = engine, model, open_model
        self.lang = lang
        self.view = self.own_view = view
        self.talks = self.kept_talks = talks or Talks(None)
        self.cache = cache
        self.overrides = overrides or Overrides()
        self.preferences = preferences or Preferences()
        self.talk = Talk()
        self.sent_from = 0
        """The first turn that the model still gets."""
        self.held = 0
        """Tokens that the conversation takes."""
        self.system = ""
        self.document: Document | None = None
        self.attached: list[Document] = []
        """Files that go along with the next message."""
        self.timing: Timing | None = None
        self.earlier_answer = ""
        """What was answered before the last answer came in its place."""
        self.line = ""
        """The line that is being answered."""
        self.asked: Asked | None = None
        """Of the last answer; None when that was chat, or was given in an earlier session."""
        self.findings: tuple[Finding, ...] = ()
        """Of the last answer."""

    def handle(self, line: str) -> bool:
        """Answer one line; False when it says to leave. An error is shown and the session goes on."""
        line = self.line = _SLASH.sub("/", line.strip())
        word, text = [*line.split(maxsplit=1), "", ""][:2]
        try:
            if word.startswith("/") and word[1:].isalpha() and word.isascii():
                self._command(word, text)
            elif line and not refine(self, line):
                self.chat(insert_files(line), shown=line)
            self._measure()
        except Leave:
            return False
        except FileTrouble as trouble:
            self.say(trouble.key, **trouble.values)
        except TaibaoError as error:
            self.view.line(in_words(error, self.lang))
        finally:
            self.talks.tidy(self.talk)
        return True

    def _command(self, word: str, text: str) -> None:
        command = TABLE.get(word.lower())
        if command is None:
            close = difflib.get_close_matches(word, TABLE, n=1, cutoff=0.7)
            self.say("did-you-mean" if close else "unknown", word=word, guess=close[0] if close else "")
        elif missing := command.when(self):
            self.say(missing)
        else:
            command.run(self, text)

    def say(self, key: str, **values: object) -> None:
        self.view.line(say(key, self.lang, **values))

    def chat(self, text: str, *, shown: str = "", task: str = "chat", overrides: Overrides | None = None) -> bool:
        """One turn of the conversation; whether there was an answer. A failed one leaves no trace in it. A model that
        cannot chat lets the primer answer what is typed. `task` is what the turns are kept under."""
        text, shown = self._with_files(text), shown or text
        if self.model.prompt == "brief" and (text != shown or len(text) > LONGEST_QUESTION):
            self.say("no-talk-on-texts")
            return False
        self.forget_asked()
        if self.model.prompt == "brief":
            self.run_task("chat", {"text": text}, shown=shown)
            return True
        self.add(Turn("user", text, task, shown=shown if shown != text else ""))
        chat = get("chat")
        try:
            inputs = prepare(chat, {"messages": self.messages()})
            request = build_request("chat", chat, inputs, self.model, overrides or self.overrides)
        except TaibaoError:
            self.talks.cut(self.talk, len(self.talk.turns) - 1)
            raise
        answered = self._stream(request, task, markdown=True) is not None
        if not answered:
            self.talks.cut(self.talk, len(self.talk.turns) - 2)
        return answered

    def _with_files(self, text: str) -> str:
        files, self.attached = self.attached, []
        return "\n\n".join([*(document.text for document in files), text])

    def messages(self) -> list[dict[str, str]]:
        """What the model gets: the system prompt of the user, then the turns that are still sent."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return system + [{"role": turn.role, "content": turn.content} for turn in self.talk.turns[self.sent_from :]]

    def run_task(self, name: str, row: Mapping[str, Any], *, shown: str, overrides: Overrides | None = None) -> None:
        """One task over a row of fields; prompt and answer become part of the conversation, so that it can go on from
        them ("shorter", "use 'electrode' for 电极"); `shown` is what the user typed for it."""
        task, hints = get(name), hints_of(self.model, terms_of(self.talk.turns, shown))
        brief = self.model.prompt == "brief"
        if task.kind == "text" and not answers_from_primer(task, self.model.prompt) and not (brief and task.segment):
            inputs = prepare(task, row, hints=hints)
            request = build_request(name, task, inputs, self.model, overrides or self.overrides)
            self.add(Turn("user", request.messages[-1].content, name, shown=shown))
            result = self._stream(request, name)
            if result is None:
                self.talks.cut(self.talk, len(self.talk.turns) - 2)
            elif result.finish == "cancelled":
                self._examine(name, row, result.text, whole=False)
            else:
                output, _ = parse(task, inputs, result)
                self._end(Turn("assistant", str(output), name, result.finish))
                self._examine(name, row, str(output))
            return
        with interrupt_cancels(self.engine), self.view.working() as show:
            answered = self.answer(name, row, overrides, show if brief and task.segment else None, hints)
        for error in errors_of(answered):
            self.view.line(in_words(error["message"], self.lang))
        if answered["output"] and not errors_of(answered):
            self._take(name, row, answered, shown)
        if answered["finish"] == "cancelled":
            self.say("stopped")

    def give(self, asked: Asked, output: str, *, shown: str) -> None:
        """An answer to what was asked that no model was needed for."""
        self._take(asked.task, asked.row, {"task": asked.task, "output": output, "finish": "stop"}, shown)

    def _take(self, name: str, row: Mapping[str, Any], answered: dict[str, Any], shown: str) -> None:
        """Show an answer, make it part of the conversation and examine it."""
        if name == "translate":
            self.view.pair(str(row.get("text", "")), plain_answer(answered))
        else:
            self.view.row(self._in_words(answered))
        self.add(Turn("user", shown, name))
        self.add(Turn("assistant", plain_answer(undecided(answered)), name, answered["finish"]))
        self._examine(name, row, answered["output"], whole=answered["finish"] != "cancelled")

    def _in_words(self, answered: dict[str, Any]) -> dict[str, Any]:
        """A row with the state of an answer of the law desk in the language of the session."""
        output = answered["output"]
        if not isinstance(output, dict) or answered["task"] not in LAW_TASKS:
            return answered
        key = f"state-{output['state'].lower().replace(' ', '-')}"
        return {**answered, "output": {**output, "state": say(key, self.lang)}}

    def answer(
        self,
        name: str,
        row: Mapping[str, Any],
        overrides: Overrides | None = None,
        show: Callable[[str], None] | None = None,
        hints: HintsOf | None = None,
    ) -> dict[str, Any]:
        """The output row of one task, outside the conversation; `show` gets how far it is."""

        def tell(count: int) -> None:
            if show is not None:
                show(say("working", self.lang, count=count))

        return answer_row(
            row,
            engine=Counting(self.engine, tell),
            model=self.model,
            default_task=name,
            hints=hints,
            overrides=overrides or self.overrides,
        )

    def _examine(self, name: str, row: Mapping[str, Any], output: object, *, whole: bool = True) -> None:
        """Remember what the answer was given to, and show what code can prove about a whole one."""
        self.asked = Asked(self.line, name, row)
        self.findings = findings_of(name, row, output, terms_of(self.talk.turns)) if whole else ()
        if self.preferences.checks == "on":
            for tone, line in examine(self.findings, self.lang):
                self.view.note(line, tone)

    def last_asked(self) -> Asked | None:
        """What the last answer was given to, as far as the conversation tells where it was given in an earlier session;
        None when that was chat."""
        if self.asked is not None:
            return self.asked
        said = (turn for turn in reversed(self.talk.turns) if turn.role == "user")
        turn = next((turn for turn in said if turn.task in CHATTED or not wish_of(turn.text)), None)
        if turn is None or turn.task in CHATTED:
            return None
        return Asked(f"/task {turn.task} {turn.text}", turn.task, {"text": insert_files(turn.text)})

    def forget_asked(self) -> None:
        self.asked, self.findings = None, ()

    def _stream(self, request: Request, task: str, *, markdown: bool = False) -> Result | None:
        """Show an answer as it comes and keep it; None when there is none, because of an error, which is shown."""
        answer = self.add(Turn("assistant", "", task, "cancelled"))

        def keep(text: str) -> None:
            answer.content = text
            self._keep()

        try:
            result, timing = stream_answer(self.engine, request, self.view.stream(markdown=markdown), keep)
        except TaibaoError as error:
            self.view.line(in_words(error, self.lang))
            return None
        if result.error is not None:
            self.view.line(in_words(result.error, self.lang))
            if result.error.kind == "too_long":
                self.say("full")
            return None
        if result.reasoning and self.preferences.thinking == "on":
            self.view.note(result.reasoning, "dim")
        if result.finish == "cancelled":
            self.say("stopped")
        self.timing = timing
        self._end(Turn("assistant", result.text, task, result.finish))
        return result

    def add(self, turn: Turn) -> Turn:
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
        """Tokens that the conversation takes as it stands; none of a model that gets no conversation."""
        if not self.talk.turns or self.model.prompt == "brief":
            return 0
        return self.engine.count(Request("count", self.talk.messages()[self.sent_from :], 1))

    @property
    def loading(self) -> bool:
        """Whether the model is still being loaded."""
        return isinstance(self.engine, LoadingEngine) and not self.engine.ready

    def _measure(self) -> None:
        """Count what the conversation takes, and say so once when it takes nearly all there is. Nobody waits for a
        model that is still being loaded."""
        if self.loading:
            return
        before, self.held = self.held, self.used()
        bound = NEARLY_FULL * self.engine.context
        if before < bound <= self.held:
            self.say("nearly-full", percent=round(100 * self.held / self.engine.context))

    def start(self, talk: Talk) -> None:
        """Go on with another conversation, from its last summary on if it has one."""
        summaries = [at for at, turn in enumerate(talk.turns) if turn.role == "user" and turn.task == COMPACT]
        self.talk, self.sent_from, self.earlier_answer = talk, summaries[-1] if summaries else 0, ""
        self.timing = None
        self.forget_asked()

    def kept_numbers(self) -> list[Kept]:
        """The conversations that can be gone on with; another connection, as completion runs on a thread of its own."""
        return self.talks.beside()

    def settle(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self.own_view.settle(preferences)
