"""A fine-tuning run on the terminal: a panel where there is one, else a line now and then."""

from __future__ import annotations

import sys
from functools import partial
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from taibao_cli.console import is_dumb, is_terminal, note
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang


class RunView:
    """Shows what a run reports. `operations` are those of a token and `peak` those of the device in a second, for the
    share of the peak that is used; None leaves it out."""

    def __init__(self, name: str, lang: Lang, *, every: int, operations: float, peak: float | None) -> None:
        self._name, self._every, self._operations, self._peak = name, every, operations, peak
        self._say = partial(say, lang=lang)
        self._step: dict[str, Any] = {}
        self._evaluations: list[dict[str, Any]] = []
        live = is_terminal(sys.stderr) and not is_dumb()
        self._live = Live(console=Console(stderr=True), refresh_per_second=4) if live else None

    def __enter__(self) -> RunView:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def report(self, facts: dict[str, Any]) -> None:
        if "loss" in facts:
            self._step = facts
        else:
            self._evaluations.append(facts)
        if self._live:
            self._live.update(self.render())
        elif "loss" not in facts:
            note(self._say("train-step", step=facts["step"], facts=self._evaluation(facts)))
        elif facts["step"] % self._every == 0 or facts["step"] == facts["steps"]:
            note(self._say("train-step-of", step=facts["step"], steps=facts["steps"], facts=self._pace(facts)))

    def render(self) -> RenderableType:
        """The panel as it stands."""
        table = Table.grid(padding=(0, 2))
        if self._step:
            facts = self._step
            table.add_row(self._say("panel-step"), self._say("panel-steps", step=facts["step"], steps=facts["steps"]))
            table.add_row(self._say("panel-loss"), f"{facts['loss']:.4f}")
            table.add_row(self._say("panel-rate"), f"{facts['lr']:.2e}, {facts['norm']:.2f}")
            table.add_row(self._say("panel-speed"), self._speed(facts))
            table.add_row(self._say("panel-left"), _left(facts))
            if facts["memory"]:
                table.add_row(self._say("panel-memory"), self._say("panel-memory-most", size=facts["memory"] / 2**30))
        for facts in self._evaluations[-3:]:
            table.add_row(self._say("panel-dev", step=facts["step"]), self._evaluation(facts))
        done = ProgressBar(total=self._step.get("steps", 1), completed=self._step.get("step", 0))
        return Panel(Group(table, done), title=self._name, expand=False)

    def _pace(self, facts: dict[str, Any]) -> str:
        return self._say("train-pace", loss=facts["loss"], speed=self._speed(facts), left=_left(facts))

    def _speed(self, facts: dict[str, Any]) -> str:
        rate = facts["tokens_per_s"]
        if not self._peak:
            return self._say("train-speed", rate=rate)
        return self._say("train-speed-share", rate=rate, share=rate * self._operations / self._peak)

    def _evaluation(self, facts: dict[str, Any]) -> str:
        if facts["score"] is None:
            return self._say("train-dev", loss=facts["dev_loss"])
        by_task = facts["scores"].items()
        scores = "".join(f"  {task or self._say('data-no-task')} {value:.3f}" for task, value in by_task)
        return self._say("train-dev-score", loss=facts["dev_loss"], score=facts["score"], scores=scores)


def _left(facts: dict[str, Any]) -> str:
    minutes, rest = divmod(round((facts["steps"] - facts["step"]) * facts["seconds"]), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
