"""Rows through tasks and an engine, with bounded memory. Commands, session and evaluation all run here.

A row is opened when it is read and closed when all its tasks are answered; open rows wait in a window, and leave it in
order, or as soon as they are closed. The engine takes requests one by one, and none while the window is full. It
ends when it has nothing left to answer; what the window holds then are rows without requests, and a new round begins.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from taibao_cli.batch.asked import Asked, ask
from taibao_cli.batch.law import PRIMER, answer_from_primer, answers_from_primer
from taibao_cli.batch.output import Part, Row, answered_before, output_row
from taibao_cli.batch.overrides import Overrides as Overrides
from taibao_cli.batch.record import Record
from taibao_cli.batch.same import Same, again
from taibao_cli.batch.signals import RULES, composer, decided
from taibao_cli.batch.window import AsFinished, InOrder, Open, Window
from taibao_cli.engine.base import Request, Result, Runs, Sampling
from taibao_cli.engine.retry import LoopsAgain
from taibao_cli.errors import RowError, TaibaoError
from taibao_cli.knowledge.store.vectors import Vectors
from taibao_cli.models.registry import Model
from taibao_cli.tasks import Inputs, Task, get, label_surfaces, prepare, render
from taibao_cli.tasks.prepare import HintsOf

DEFAULT_WIDTH: Final = 16
_MIN_WINDOW: Final = 64

PAUSE: Final = 0.002
"""Seconds to wait for a row when nothing else is to be done."""

OnRow = Callable[[Record, Row], None]


def window_size(width: int) -> int:
    """Rows that may be open at once for an engine that works on `width` of them."""
    return max(_MIN_WINDOW, 4 * width)


def run(
    rows: Iterable[Record | Mapping[str, Any] | None],
    *,
    engine: Runs | None,
    model: Model | None,
    default_task: str | None = None,
    hints: HintsOf | None = None,
    overrides: Overrides | None = None,
    width: int = DEFAULT_WIDTH,
    on_row: OnRow = lambda record, row: None,
    vectors: Vectors | None = None,
) -> Iterator[Row]:
    """Answer rows: one output row for each, in input order, each as soon as it and all before it are ready.

    Args:
        rows: records, or plain mappings numbered from 1; read at most `window_size(width)` ahead of the output. None
            stands for a row that has not arrived yet.
        engine: may be None when every task is answered from the primer (`ask`, `judge`).
        model: names the answers and chooses the prompt style; None with `engine` None.
        default_task: task or comma-separated tasks of the rows that name none.
        hints: renderings and drafts offered to tasks that take them.
        overrides: bounds and sampling given by the user.
        width: how many rows the engine works on at once.
        on_row: told of each row as soon as it is answered, before those that come earlier in the input may be; not of
            records that bring their answer.
        vectors: search the statute store with these too.

    Yields:
        Output rows as in docs/batch.md. A row that cannot be answered carries its error; the run goes on.
    """
    records = (
        row if row is None or isinstance(row, Record) else Record(number, row) for number, row in enumerate(rows, 1)
    )
    runner = Runner(
        engine,
        model,
        default_task=default_task,
        hints=hints,
        overrides=overrides,
        width=width,
        on_row=on_row,
        vectors=vectors,
    )
    return (row for _, row in runner.pairs(records))


def answer_row(
    row: Mapping[str, Any],
    *,
    engine: Runs | None,
    model: Model | None,
    default_task: str | None = None,
    hints: HintsOf | None = None,
    overrides: Overrides | None = None,
) -> Row:
    """The output row of one input row."""
    return next(
        run([row], engine=engine, model=model, default_task=default_task, hints=hints, overrides=overrides, width=1)
    )


def build_request(key: str, task: Task, inputs: Inputs, model: Model, overrides: Overrides) -> Request:
    """What the engine is asked for one task of one row."""
    source = inputs.text + inputs.a + inputs.b + inputs.question
    full, brief = task.answer.penalties()
    return Request(
        key=key,
        messages=render(task, inputs, model.prompt),
        max_tokens=overrides.max_tokens or task.answer.limit(source),
        sampling=Sampling(
            temperature=overrides.temperature,
            top_p=overrides.top_p,
            repeat_penalty=brief if model.prompt == "brief" else full,
            seed=overrides.seed,
        ),
        stop=overrides.stop,
        labels=label_surfaces(task, inputs) or None,
        adapter=model.adapter(task.name),
        schema=task.answer.schema or overrides.schema,
    )


class Runner:
    """What `run` does, for those who want the records too, or the rows as soon as they are answered."""

    def __init__(
        self,
        engine: Runs | None,
        model: Model | None,
        *,
        default_task: str | None = None,
        hints: HintsOf | None = None,
        overrides: Overrides | None = None,
        width: int = DEFAULT_WIDTH,
        in_order: bool = True,
        on_row: OnRow = lambda record, row: None,
        vectors: Vectors | None = None,
    ) -> None:
        """See `run`; without `in_order` rows leave as they are answered."""
        self._engine = engine
        self._model = model
        self._style = model.prompt if model is not None else None
        self._default_task = default_task
        self._hints = hints
        self._overrides = overrides or Overrides()
        self._size = window_size(width)
        self._on_row = on_row
        self._vectors = vectors
        self._window: Window = InOrder() if in_order else AsFinished()
        self._waiting: dict[str, list[tuple[Open, Asked, int]]] = {}
        """What waits for the result of each request."""
        self._same = Same()
        self._tasks: dict[str, Task | RowError] = {}
        self._exhausted = False
        self.cached = 0
        """Rows that the answer cache knew."""

    def pairs(self, records: Iterator[Record | None]) -> Iterator[tuple[Record, Row]]:
        """Each record with its output row."""
        while not self._exhausted:
            requests = self._requests(records)
            first = next(requests, None)
            yield from self._leave()
            if first is not None:
                for result in LoopsAgain(self._engine_or_fail()).run(chain((first,), requests)):
                    self._close_part(result)
                    yield from self._leave()
                self._give_up_unanswered()
                yield from self._leave()

    def _requests(self, records: Iterator[Record | None]) -> Iterator[Request | None]:
        """Open rows while the window has room, handing out their requests; None while it has not."""
        while True:
            if len(self._window) >= self._size:
                if not self._waiting:
                    return
                yield None
                continue
            try:
                record = next(records)
            except StopIteration:
                self._exhausted = True
                return
            if record is None:
                if self._window:
                    yield None
                else:
                    time.sleep(PAUSE)
                continue
            opened = self._open(record)
            self._window.add(opened)
            if opened.row is not None:
                self._window.closed(opened)
            self._close(opened)
            yield from opened.requests

    def _open(self, record: Record) -> Open:
        if record.answer is not None:
            return Open(record, row=dict(record.answer))
        if record.error is not None:
            return _failed(record, record.error)
        try:
            names = record.task_names(self._default_task)
        except RowError as error:
            return _failed(record, error)
        opened = Open(record, names)
        for index, name in enumerate(names):
            part = answered_before(record, name) or Part()
            opened.parts.append(part)
            if part.done:
                part.composed_by = composer(self._task(name), self._style, part.labels)
                continue
            try:
                self._open_part(opened, part, f"{record.number}/{index}", name)
            except RowError as error:
                part.error, part.done = error, True
        return opened

    def _open_part(self, opened: Open, part: Part, key: str, name: str) -> None:
        task = self._task(name)
        row = opened.record.row or {}
        inputs = prepare(task, row)
        if answers_from_primer(task, self._style):
            part.output, part.finish, part.done = answer_from_primer(task, inputs, self._vectors), "stop", True
            part.composed_by = PRIMER
            return
        if (labels := decided(task, row, inputs)) is not None:
            part.output, part.labels, part.finish, part.done = labels[0]["label"], labels, "label", True
            part.composed_by = RULES
            return
        if self._model is None:
            raise TaibaoError(f"task {name} needs a model")
        asked = ask(part, task, inputs, self._model.prompt, self._hints)
        said = opened.record.overrides
        overrides = replace(self._overrides, **said) if said else self._overrides
        for at, own in enumerate(asked.inputs):
            request = build_request(f"{key}/{at}", task, own, self._model, overrides)
            known = self._same.known(request)
            if isinstance(known, Result):
                asked.take(at, known)
                continue
            if known is None:
                opened.requests.append(request)
            self._waiting.setdefault(known or request.key, []).append((opened, asked, at))

    def _task(self, name: str) -> Task:
        if name not in self._tasks:
            try:
                self._tasks[name] = get(name)
            except RowError as error:
                self._tasks[name] = error
        found = self._tasks[name]
        if isinstance(found, RowError):
            raise found
        return found

    def _engine_or_fail(self) -> Runs:
        if self._engine is None:
            raise TaibaoError("these rows need a model")
        return self._engine

    def _close_part(self, result: Result) -> None:
        self._same.done(result)
        for number, (opened, asked, at) in enumerate(self._waiting.pop(result.key)):
            asked.take(at, again(result, result.key) if number else result)
            self._close(opened)

    def _give_up_unanswered(self) -> None:
        lost = [place for places in self._waiting.values() for place in places]
        self._waiting.clear()
        self._same.clear_running()
        for _, asked, _ in lost:
            asked.give_up(RowError("engine", "the engine gave no answer", retryable=True))
        for opened, _, _ in lost:
            self._close(opened)

    def _leave(self) -> Iterator[tuple[Record, Row]]:
        for opened in self._window.leaving():
            if opened.row is not None:
                yield opened.record, opened.row

    def _close(self, opened: Open) -> None:
        """Make the output row when all parts are done."""
        if opened.row is None and all(part.done for part in opened.parts):
            label = self._model.label if self._model is not None else None
            composed = all(part.composed_by for part in opened.parts)
            sources = "+".join(dict.fromkeys(part.composed_by for part in opened.parts))
            opened.row = output_row(opened.record, opened.names, opened.parts, sources if composed else label)
            self.cached += not composed and all(part.from_cache or part.composed_by for part in opened.parts)
            self._on_row(opened.record, opened.row)
            self._window.closed(opened)


def _failed(record: Record, error: RowError) -> Open:
    return Open(record, parts=[Part(error=error, done=True)])
