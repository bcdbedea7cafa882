"""One answer, shown as it comes and stopped by Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

from taibao_cli.engine.base import Engine, Request, Result, Usage
from taibao_cli.repl.view import Stream

_SAVE_EVERY: Final = 0.25
"""Seconds between two writes of an answer that is being given."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one answer: tokens, seconds to the first piece and in all."""

    usage: Usage
    first: float
    seconds: float

    @property
    def rate(self) -> float:
        """Tokens of the answer per second after the first piece."""
        left = self.seconds - self.first
        return self.usage.completion / left if left > 0 else 0.0


def stream_answer(
    engine: Engine, request: Request, stream: Stream, keep: Callable[[str], None]
) -> tuple[Result, Timing]:
    """Show the pieces of an answer; `keep` gets all of it so far, a few times a second."""
    begun = saved = time.monotonic()
    first, text = 0.0, ""

    def emit(piece: str) -> None:
        nonlocal first, saved, text
        now = time.monotonic()
        first = first or now - begun
        text += piece
        stream.emit(piece)
        if now - saved > _SAVE_EVERY:
            keep(text)
            saved = now

    try:
        with interrupt_cancels(engine):
            result = engine.stream(request, emit)
    finally:
        keep(text)
        stream.close()
    return result, Timing(result.usage, first, time.monotonic() - begun)


class Counting:
    """An engine that tells how many answers it has given."""

    def __init__(self, engine: Engine, tell: Callable[[int], None]) -> None:
        self._engine, self._tell = engine, tell

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for count, result in enumerate(self._engine.run(requests), 1):
            self._tell(count)
            yield result


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
