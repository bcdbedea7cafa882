"""Interleaved repeats, so that a noisy machine slows all contenders alike; figures are medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from taibao_cli.bench.contenders import Contender
from taibao_cli.engine.base import Request


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians over the repeats. `ratio` is the median of the ratios of tokens/s to the first contender in the same
    turn: of tokens, because the repetition guard of the engine may end a row that the plain loop goes on with."""

    engine: str
    width: int
    rows_per_s: float
    tokens_per_s: float
    ratio: float


def measure(
    contenders: Sequence[Contender],
    requests: Sequence[Request],
    *,
    repeats: int,
    clock: Callable[[], float] = time.monotonic,
    advance: Callable[[], None] = lambda: None,
) -> list[Measurement]:
    """Let each contender answer all requests, in turn, `repeats` times; the first one is what others are compared to.

    Each answers one request beforehand, unmeasured.
    """
    seconds: list[list[float]] = [[] for _ in contenders]
    tokens = [0] * len(contenders)
    for contender in reversed(contenders):
        contender.answer(requests[:1])
    for _ in range(repeats):
        for at, contender in enumerate(contenders):
            start = clock()
            tokens[at] = contender.answer(requests)
            seconds[at].append(clock() - start)
            advance()
    return [
        Measurement(
            engine=contender.engine,
            width=contender.width,
            rows_per_s=round(len(requests) / median(own), 3),
            tokens_per_s=round(count / median(own), 1),
            ratio=round(
                median(first / second for first, second in zip(seconds[0], own, strict=True)) * count / tokens[0], 3
            ),
        )
        for contender, own, count in zip(contenders, seconds, tokens, strict=True)
    ]
