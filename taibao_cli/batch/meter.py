"""How far a run is, how fast, and how long it still takes, counted in tokens: rows are of very different length."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.batch.record import Record
from taibao_cli.batch.stats import Tally
from taibao_cli.engine.base import Request, Result, Runs

WINDOW_SECONDS: Final = 60.0
"""The speed is that of so long a time."""

_POINT_SECONDS: Final = 1.0


@dataclass(frozen=True)
class State:
    """`share` of the input that is done; tokens per second; None where it is not known."""

    rows: int
    failed: int
    known: int
    share: float | None
    rate: float | None
    seconds_left: float | None


class Meter:
    """Told of results and rows; asked for the state, from another thread if need be."""

    def __init__(
        self,
        tally: Tally,
        *,
        total_bytes: int | None = None,
        most_rows: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock.

        Args:
            tally: of the rows that are written.
            total_bytes: of the input; None where that shows only in the end.
            most_rows: no more rows than these are taken.
            clock: seconds.
        """
        self.tally = tally
        self._total, self._most, self._clock = total_bytes, most_rows, clock
        self._tokens = self._bytes = self._asked_bytes = self._asked_rows = 0
        self._points: deque[tuple[float, int, int]] = deque([(clock(), 0, 0)])
        """Time, tokens computed, bytes of rows that were asked."""

    def results(self, engine: Runs) -> Runs:
        """The same engine; its tokens are counted as they come."""
        return _Metered(engine, self)

    def result(self, result: Result) -> None:
        if not result.remembered:
            usage = result.usage
            self._tokens += usage.prompt - usage.cached + usage.completion
        self._mark()

    def row(self, record: Record) -> None:
        """A row is written."""
        self._bytes += record.size
        if record.answer is None:
            self._asked_bytes += record.size
            self._asked_rows += 1
        self._mark()

    def _mark(self) -> None:
        now, points = self._clock(), self._points
        if now - points[-1][0] >= _POINT_SECONDS:
            points.append((now, self._tokens, self._asked_bytes))
            while len(points) > 2 and now - points[1][0] >= WINDOW_SECONDS:
                points.popleft()

    def state(self) -> State:
        tally = self.tally
        begun, tokens, asked = self._points[0]
        seconds = max(self._clock() - begun, 1e-9)
        rate, speed = (self._tokens - tokens) / seconds, (self._asked_bytes - asked) / seconds
        left = self._bytes_left()
        share = None if left is None else self._bytes / max(1, self._bytes + left)
        return State(
            tally.rows,
            tally.failed,
            tally.reused + tally.cached,
            share,
            rate or None,
            None if left is None else self._seconds_for(left, rate, speed),
        )

    def _bytes_left(self) -> float | None:
        """Of rows that are not written yet."""
        known = []
        if self._total is not None:
            known.append(max(0.0, self._total - self._bytes))
        if self._most is not None and self.tally.rows:
            known.append(max(0, self._most - self.tally.rows) * self._bytes / self.tally.rows)
        return min(known) if known else None

    def _seconds_for(self, left: float, rate: float, speed: float) -> float | None:
        """At the present speed; in bytes where the engine computes nothing."""
        if rate > 0 and self._tokens and self._asked_bytes:
            return left * self._tokens / self._asked_bytes / rate
        return left / speed if speed > 0 else None


class _Metered:
    def __init__(self, engine: Runs, meter: Meter) -> None:
        self._engine, self._meter = engine, meter

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for result in self._engine.run(requests):
            self._meter.result(result)
            yield result
