"""What a run did, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from taibao_cli.batch.output import errors_of, has_failed
from taibao_cli.engine.base import Usage

Row = Mapping[str, Any]


@dataclass
class Tally:
    """Rows written; of them taken over from before, known to the answer cache, without any answer, and with at least
    one failed task. Tokens, ends and errors are of all rows, those not computed included."""

    rows: int = 0
    reused: int = 0
    cached: int = 0
    failed: int = 0
    with_errors: int = 0
    usage: Usage = field(default_factory=Usage)
    finish: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        errors = errors_of(row)
        self.rows += 1
        self.failed += has_failed(row)
        self.with_errors += bool(errors)
        self.usage += Usage(**row["usage"])
        self.finish.update(row["finish"].values() if isinstance(row["finish"], Mapping) else (row["finish"],))
        self.errors.update(error["type"] for error in errors)

    def rate(self, seconds: float) -> float | None:
        """Rows in a second, of those that were computed; None for no time at all."""
        return (self.rows - self.reused - self.cached) / seconds if seconds > 0 else None

    def as_json(self, seconds: float) -> dict[str, Any]:
        """For `--stats-json`."""
        rate = self.rate(seconds)
        return {
            "rows": self.rows,
            "reused": self.reused,
            "cached": self.cached,
            "failed": self.failed,
            "with_errors": self.with_errors,
            "tokens": {
                "prompt": self.usage.prompt,
                "cached": self.usage.cached,
                "completion": self.usage.completion,
            },
            "finish": dict(sorted(self.finish.items())),
            "errors": dict(sorted(self.errors.items())),
            "seconds": round(seconds, 3),
            "rows_per_second": None if rate is None else round(rate, 3),
        }
