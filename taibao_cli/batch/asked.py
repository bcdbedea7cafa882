"""A task of a row while the engine has it: one request, or one for each segment of a long text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from taibao_cli.batch.output import Part
from taibao_cli.batch.signals import by_model
from taibao_cli.engine.base import Result, Usage
from taibao_cli.errors import RowError
from taibao_cli.patents.draft import keeps_to
from taibao_cli.patents.segments import Segment, rejoin, segments
from taibao_cli.tasks import Inputs, Task
from taibao_cli.tasks.parse import parse
from taibao_cli.tasks.prepare import HintsOf, hints_for
from taibao_cli.tasks.task import Style

_DRAFT: Final = "draft"
"""How an answer ended that gave way to its draft."""

_WORST_FIRST: Final = ("error", "cancelled", "loop", "length", _DRAFT, "stop", "label")


@dataclass(slots=True)
class Asked:
    """Results are collected by segment; with the last one the part of the row is closed."""

    part: Part
    task: Task
    cut: tuple[Segment, ...]
    inputs: tuple[Inputs, ...]
    near: float = 0.0
    """How near an answer must stay to its draft; 0: it need not."""
    results: dict[int, Result] = field(default_factory=dict)

    def take(self, at: int, result: Result) -> None:
        self.results[at] = result
        if len(self.results) == len(self.inputs):
            self._close([self.results[number] for number in range(len(self.inputs))])

    def give_up(self, error: RowError) -> None:
        """No more results come. After a cancelled one what is there is the answer."""
        if any(result.finish == "cancelled" for result in self.results.values()):
            self._close([self.results[at] for at in sorted(self.results)])
        else:
            self.part.error, self.part.done = error, True

    def _close(self, results: list[Result]) -> None:
        part = self.part
        part.usage = sum((result.usage for result in results), Usage())
        strayed = [self._strayed(*pair) for pair in zip(self.inputs, results, strict=False)]
        ends = [_DRAFT if gone else result.finish for gone, result in zip(strayed, results, strict=True)]
        part.finish = min(ends, key=_WORST_FIRST.index)
        part.error = next((result.error for result in results if result.error), None)
        part.done = True
        part.from_cache = all(result.remembered for result in results)
        if part.error is None:
            try:
                self._read(results, strayed)
            except RowError as error:
                part.error = error

    def _strayed(self, inputs: Inputs, result: Result) -> bool:
        if not self.near or not inputs.hints.draft or result.finish not in ("stop", "loop", "length"):
            return False
        answer, translated = result.text.strip(), self.task.family == "translation"
        near = keeps_to(inputs.hints.draft, answer, inputs.text, self.near, translated=translated)
        return result.finish != "stop" or not near

    def _read(self, results: list[Result], strayed: list[bool]) -> None:
        part = self.part
        shown = [
            replace(result, text=inputs.hints.draft) if gone else result
            for inputs, result, gone in zip(self.inputs, results, strayed, strict=False)
        ]
        parsed = [parse(self.task, *pair) for pair in zip(self.inputs, shown, strict=False)]
        part.output, labels = parsed[0]
        part.labels = by_model(self.task, labels)
        part.reasoning = "\n".join(result.reasoning for result in results if result.reasoning)
        if self.cut:
            part.output = rejoin(self.cut, [str(output) for output, _ in parsed], self.inputs[0].to)


def ask(part: Part, task: Task, inputs: Inputs, style: Style, hints: HintsOf | None) -> Asked:
    """What to ask for a task: the inputs, prepared without hints, or one copy for each segment that the style wants;
    each with the hints of its own text."""
    cut = segments(inputs.text, task.segment) if style == "brief" and task.segment else ()
    texts = [one.text for one in cut] if len(cut) > 1 else [inputs.text]
    if task.terms:
        own = tuple(replace(inputs, text=text, hints=hints_for(task, text, inputs, hints)) for text in texts)
    else:
        own = tuple(replace(inputs, text=text) for text in texts)
    near = task.answer.near_draft if style == "brief" else 0.0
    return Asked(part, task, cut if len(cut) > 1 else (), own, near)
