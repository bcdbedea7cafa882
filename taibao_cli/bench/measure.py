"""Interleaved repeats, so that a noisy machine slows all contenders alike; figures are medians."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from taibao_cli.bench.contenders import Contender, Work
from taibao_cli.bench.workloads import Conversation
from taibao_cli.engine.base import Message, Request


@dataclass(frozen=True, slots=True)
class Measurement:
    """Medians over the repeats. `ratio` is the median of the ratios of speed to the first contender in the same turn:
    of generated tokens, because the repetition guard of the engine may end a row that the plain loop goes on with; of
    rows where nothing is generated. `first_token_s` is the time to the first token of one row alone, `memory_mb` the
    peak of the process, None where the system does not tell."""

    engine: str
    width: int
    rows_per_s: float
    tokens_per_s: float
    ratio: float
    prompt_tokens_per_s: float = 0.0
    first_token_s: float = 0.0
    memory_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Second turn of a conversation: seconds to the first token, those when nothing of it was computed before, and the
    median of their ratios."""

    engine: str
    width: int
    first_token_s: float
    whole_s: float
    ratio: float
    memory_mb: float | None = None


def measure(
    contenders: Sequence[Contender],
    turns: Sequence[Sequence[Request]],
    *,
    warm: Sequence[Request],
    clock: Callable[[], float] = time.monotonic,
    advance: Callable[[], None] = lambda: None,
) -> list[Measurement]:
    """Let each contender answer the requests of each turn; the first contender is what others are compared to.

    Requests differ from turn to turn, for an engine may still hold those of the last. Each contender answers the two
    in `warm` beforehand, unmeasured but for the time to the first token of the second.
    """
    seconds: list[list[float]] = [[] for _ in contenders]
    work: list[list[Work]] = [[] for _ in contenders]
    first: list[float] = [0.0] * len(contenders)
    for at, contender in reversed(list(enumerate(contenders))):
        contender.answer(warm[:1])
        first[at] = _timed(contender, [replace(warm[1], max_tokens=1)], clock)[0]
    for requests in turns:
        for at, contender in enumerate(contenders):
            taken, done = _timed(contender, requests, clock)
            seconds[at].append(taken)
            work[at].append(done)
            advance()
    rows = list(map(len, turns))
    speeds = [_per_second([done.completion for done in own], taken) for own, taken in zip(work, seconds, strict=True)]
    rates = [_per_second(rows, taken) for taken in seconds]
    compared = speeds if any(speeds[0]) else rates
    return [
        Measurement(
            engine=contender.engine,
            width=contender.width,
            rows_per_s=round(median(rates[at]), 3),
            tokens_per_s=round(median(speeds[at]), 1),
            ratio=round(median(own / base for base, own in zip(compared[0], compared[at], strict=True)), 3),
            prompt_tokens_per_s=round(median(_per_second([done.prompt for done in work[at]], seconds[at])), 1),
            first_token_s=round(first[at], 3),
            memory_mb=_megabytes(contender),
        )
        for at, contender in enumerate(contenders)
    ]


def _per_second(amounts: Sequence[int], seconds: Sequence[float]) -> list[float]:
    return [amount / taken for amount, taken in zip(amounts, seconds, strict=True)]


def measure_turns(
    contenders: Sequence[Contender],
    conversations: Sequence[Conversation],
    *,
    clock: Callable[[], float] = time.monotonic,
    advance: Callable[[], None] = lambda: None,
) -> list[Turn]:
    """How long the second turn of a conversation waits for its first token, one conversation after the other, all
    contenders in turn."""
    second: list[list[float]] = [[] for _ in contenders]
    whole: list[list[float]] = [[] for _ in contenders]
    for contender in contenders:
        contender.answer([conversations[0].other])
    for conversation in conversations:
        for at, contender in enumerate(contenders):
            whole[at].append(_timed(contender, [conversation.other], clock)[0])
            said = contender.answer([conversation.first]).text
            second[at].append(_timed(contender, [_second(conversation, said)], clock)[0])
            advance()
    return [
        Turn(
            contender.engine,
            contender.width,
            round(median(own), 3),
            round(median(full), 3),
            round(median(a / b for a, b in zip(own, full, strict=True)), 3),
            _megabytes(contender),
        )
        for contender, own, full in zip(contenders, second, whole, strict=True)
    ]


def _second(conversation: Conversation, said: str) -> Request:
    messages = (*conversation.first.messages, Message("assistant", said), Message("user", conversation.question))
    return replace(conversation.first, messages=messages, max_tokens=1)


def _timed(contender: Contender, requests: Sequence[Request], clock: Callable[[], float]) -> tuple[float, Work]:
    start = clock()
    done = contender.answer(requests)
    return clock() - start, done


def _megabytes(contender: Contender) -> float | None:
    peak = contender.peak_memory()
    return None if peak is None else round(peak / 1e6, 1)
