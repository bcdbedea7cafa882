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
    requests: Sequence[Request],
    *,
    repeats: int,
    clock: Callable[[], float] = time.monotonic,
    advance: Callable[[], None] = lambda: None,
) -> list[Measurement]:
    """Let each contender answer all requests, in turn, `repeats` times; the first one is what others are compared to.

    Each answers the first request beforehand, unmeasured but for the time to its first token at the second try.
    """
    seconds: list[list[float]] = [[] for _ in contenders]
    work: list[Work] = [Work(0, 0)] * len(contenders)
    first: list[float] = [0.0] * len(contenders)
    for at, contender in reversed(list(enumerate(contenders))):
        contender.answer(requests[:1])
        first[at] = _timed(contender, [replace(requests[-1], max_tokens=1)], clock)[0]
    for _ in range(repeats):
        for at, contender in enumerate(contenders):
            taken, work[at] = _timed(contender, requests, clock)
            seconds[at].append(taken)
            advance()
    amounts = [done.completion or len(requests) for done in work]
    return [
        Measurement(
            engine=contender.engine,
            width=contender.width,
            rows_per_s=round(len(requests) / median(own), 3),
            tokens_per_s=round(done.completion / median(own), 1),
            ratio=round(
                median(base / taken for base, taken in zip(seconds[0], own, strict=True)) * amount / amounts[0], 3
            ),
            prompt_tokens_per_s=round(done.prompt / median(own), 1),
            first_token_s=round(first_token, 3),
            memory_mb=_megabytes(contender),
        )
        for contender, own, done, amount, first_token in zip(contenders, seconds, work, amounts, first, strict=True)
    ]


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
