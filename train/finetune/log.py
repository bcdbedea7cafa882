"""The log of a run, one JSON object a line, and its curves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from train.plot import line_chart


class Log:
    """Steps and evaluations in `log.jsonl`. Opened again after a kill it holds what the state of `done` steps holds."""

    def __init__(self, path: Path, done: int) -> None:
        self._path = path
        self.rows: list[dict[str, Any]] = [row for row in _read(path) if row["step"] <= done] if done else []
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        part.replace(path)

    def add(self, row: Mapping[str, Any]) -> None:
        self.rows.append(dict(row))
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def _read(path: Path) -> list[dict[str, Any]]:
    """Whole lines; one that was being written when the run was killed is no row."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    rows = []
    for line in lines[:-1]:
        try:
            rows.append(json.loads(line))
        except ValueError:
            continue
    return rows


def curves(rows: Sequence[Mapping[str, Any]]) -> str:
    """An SVG of training loss, dev loss and scores over the steps."""
    lines = {
        "loss": [(row["step"], row["loss"]) for row in rows if "loss" in row],
        "dev loss": [(row["step"], row["dev_loss"]) for row in rows if "dev_loss" in row],
        "score": [(row["step"], row["score"]) for row in rows if row.get("score") is not None],
    }
    return line_chart("Fine-tuning", "step", "nats a token; score 0 to 1", lines)
