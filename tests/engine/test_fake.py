from __future__ import annotations

import itertools

import pytest

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError


def ask(key: str, text: str = "hello", max_tokens: int = 100, labels: tuple[str, ...] | None = None) -> Request:
    return Request(key, (Message("user", text),), max_tokens, labels=labels)


def test_echoes_the_last_user_message() -> None:
    (result,) = FakeEngine().run([ask("a", "two\n words")])
    assert (result.key, result.text, result.finish) == ("a", "echo: two words", "stop")
    assert result.usage.prompt == 6


def test_labels_are_ranked_the_same_every_time_and_sum_to_one() -> None:
    engine = FakeEngine()
    first, second = engine.run([ask("a", labels=("x", "y", "z")), ask("b", labels=("z", "x", "y"))])
    assert first.labels == second.labels
    assert first.labels is not None
    assert sum(score.p for score in first.labels) == pytest.approx(1.0)
    assert [score.p for score in first.labels] == sorted((score.p for score in first.labels), reverse=True)
    assert (first.text, first.finish) == (first.labels[0].label, "label")


def test_limits() -> None:
    engine = FakeEngine(lambda request: "x" * 100, context=50)
    cut, long = engine.run([ask("cut", max_tokens=10), ask("long", "y" * 100, max_tokens=10)])
    assert (cut.finish, cut.text, cut.usage.completion) == ("length", "x" * 19, 10)
    assert long.error is not None
    assert long.error.kind == "too_long"


def test_errors_by_key() -> None:
    engine = FakeEngine(errors={"row": RowError("engine", "broken", retryable=True), "run": OSError("gone")})
    results = engine.run([ask("fine"), ask("row"), ask("run")])
    assert next(results).error is None
    error = next(results).error
    assert error is not None
    assert error.as_json() == {"type": "engine", "message": "broken", "retryable": True}
    with pytest.raises(OSError, match="gone"):
        next(results)


def test_takes_only_a_few_requests_ahead_and_stops_when_cancelled() -> None:
    taken = itertools.count()
    engine = FakeEngine()
    results = engine.run(ask(str(next(taken))) for _ in range(1000))
    assert [next(results).finish for _ in range(3)] == ["stop"] * 3
    assert next(taken) < 10
    engine.cancel()
    assert {result.finish for result in results} == {"cancelled"}
    assert next(taken) < 12


def test_stream_emits_the_answer() -> None:
    shown: list[str] = []
    result = FakeEngine().stream(ask("a", "专利"), shown.append)
    assert "".join(shown) == result.text == "echo: 专利"
