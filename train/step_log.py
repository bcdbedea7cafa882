"""The log of a stage that trains: a line for every step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Report = Callable[[str, dict[str, Any]], None]
"""Told of every step: (stage, facts)."""


class StepLog:
    """Appends every step to `STAGE/log.jsonl` in the folder of the run, and passes it on."""

    def __init__(self, run: Path, stage: str, report: Report) -> None:
        self._stage, self._report = stage, report
        self._path = run / stage / "log.jsonl"

    def __enter__(self) -> StepLog:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def step(self, facts: dict[str, Any]) -> None:
        self._file.write(json.dumps(facts) + "\n")
        self._file.flush()
        self._report(self._stage, facts)

    def summary(self) -> dict[str, Any]:
        """Losses and speed of the whole stage, interruptions included; of repeated steps the last one counts."""
        steps = {row["step"]: row for row in map(json.loads, self._path.read_text(encoding="utf-8").splitlines())}
        rows = [steps[step] for step in sorted(steps)]
        speeds = sorted(row["tokens_per_s"] for row in rows)
        return {
            "steps": len(rows),
            "tokens": sum(row["tokens"] for row in rows),
            "first_loss": rows[0]["plain"],
            "last_loss": sum(row["plain"] for row in rows[-20:]) / len(rows[-20:]),
            "hours": round(sum(row["tokens"] / row["tokens_per_s"] for row in rows) / 3600, 2),
            "tokens_per_s": speeds[len(speeds) // 2],
        }
