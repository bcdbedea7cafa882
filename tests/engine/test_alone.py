"""Rows that are computed as if each were the only one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from taibao_cli.engine.base import Message, Request, Result, Sampling
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

PREFIX = "Translate the following patent title into Chinese, keeping its terms. "


def requests() -> list[Request]:
    texts = [PREFIX + f"title {n} " * (n % 7 + 1) for n in range(24)]
    warm = Sampling(temperature=1.0, seed=7)
    return [
        Request(str(n), (Message("user", text),), 8, Sampling() if n % 2 else warm, labels=_labels(n))
        for n, text in enumerate(texts)
    ]


def _labels(number: int) -> tuple[str, ...] | None:
    return ("pump", "valve", "seal") if number % 3 == 0 else None


def answers(engine: LlamaCppEngine, asked: Sequence[Request]) -> dict[str, Result]:
    return {result.key: result for result in engine.run(asked)}


def test_what_came_before_has_no_part_in_an_answer(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=1, alone=True)
    in_order = answers(engine, requests())
    mixed = requests()
    Random(1).shuffle(mixed)
    assert answers(engine, mixed) == in_order
    for request in mixed[:4]:
        assert answers(engine, [request]) == {request.key: in_order[request.key]}
    assert {(result.usage.cached, result.error) for result in in_order.values()} == {(0, None)}
    engine.close()


def test_otherwise_a_row_takes_what_the_one_before_left(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=1)
    taken = [answers(engine, [request])[request.key].usage.cached for request in requests()[:3]]
    assert taken[0] == 0
    assert min(taken[1:]) >= len(PREFIX)
    engine.close()
