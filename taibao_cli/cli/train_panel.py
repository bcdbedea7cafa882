"""A fine-tuning run on the terminal: a panel where there is one, else a line now and then."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from taibao_cli.console import is_dumb, is_terminal, note


class RunView:
    """Shows what a run reports. `operations` are those of a token and `peak` those of the device in a second, for the
    share of the peak that is used; None leaves it out."""

    def __init__(self, name: str, *, every: int, operations: float, peak: float | None) -> None:
        self._name, self._every, self._operations, self._peak = name, every, operations, peak
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
            note(f"step {facts['step']}: {_evaluation(facts)}")
        elif facts["step"] % self._every == 0 or facts["step"] == facts["steps"]:
            note(f"step {facts['step']} of {facts['steps']}: {self._pace(facts)}")

    def render(self) -> RenderableType:
        """The panel as it stands."""
        table = Table.grid(padding=(0, 2))
        if self._step:
            facts = self._step
            table.add_row("step", f"{facts['step']} of {facts['steps']}")
            table.add_row("loss", f"{facts['loss']:.4f}")
            table.add_row("rate, norm", f"{facts['lr']:.2e}, {facts['norm']:.2f}")
            table.add_row("speed", self._speed(facts))
            table.add_row("left", _clock((facts["steps"] - facts["step"]) * facts["seconds"]))
            if facts["memory"]:
                table.add_row("memory", f"{facts['memory'] / 2**30:.1f} GiB at most")
        for facts in self._evaluations[-3:]:
            table.add_row(f"dev, step {facts['step']}", _evaluation(facts))
        done = ProgressBar(total=self._step.get("steps", 1), completed=self._step.get("step", 0))
        return Panel(Group(table, done), title=self._name, expand=False)

    def _pace(self, facts: dict[str, Any]) -> str:
        left = _clock((facts["steps"] - facts["step"]) * facts["seconds"])
        return f"loss {facts['loss']:.4f}  {self._speed(facts)}  {left} left"

    def _speed(self, facts: dict[str, Any]) -> str:
        used = f", {facts['tokens_per_s'] * self._operations / self._peak:.0%} of peak" if self._peak else ""
        return f"{facts['tokens_per_s']:.0f} tokens/s{used}"


def _evaluation(facts: dict[str, Any]) -> str:
    scores = "".join(f"  {task or 'no task'} {value:.3f}" for task, value in facts["scores"].items())
    score = f", score {facts['score']:.4f}{scores}" if facts["score"] is not None else ""
    return f"dev loss {facts['dev_loss']:.4f}{score}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
