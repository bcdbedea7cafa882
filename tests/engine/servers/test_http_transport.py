"""Width, retries, time-outs, keys and addresses, against a real server in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from taibao_cli.engine.base import Request
from taibao_cli.engine.http.engine import HttpEngine
from taibao_cli.engine.http.served import server_model
from taibao_cli.engine.http.server import retry_after
from taibao_cli.errors import ModelError, UsageError
from tests.engine.servers.chat_server import JSON, Chat, Reply, ask, failed, free_port, one, said

pytest.importorskip("httpx")

NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone.utc)


def test_many_requests_never_more_than_the_width_at_once(chat: Chat, engine: HttpEngine) -> None:
    together = threading.Barrier(4)  # also never fewer: each waits for three others

    def answer(body: JSON, number: int) -> Reply:
        together.wait(5)
        time.sleep(0.003 * (number % 4))
        return Reply(said(body["messages"][-1]["content"].upper()))

    chat.answer = answer
    taken: list[str] = []
    done: list[str] = []

    def requests() -> Iterator[Request]:
        for number in range(24):
            assert len(taken) - len(done) < 4
            taken.append(str(number))
            yield ask(str(number), f"text {number}")

    results = {}
    for result in engine.run(requests()):
        done.append(result.key)
        results[result.key] = result
    assert {key: result.text for key, result in results.items()} == {str(n): f"TEXT {n}" for n in range(24)}
    assert all(result.finish == "stop" and result.error is None for result in results.values())
    assert chat.peak == 4


def test_none_among_requests_asks_again_after_a_result(engine: HttpEngine) -> None:
    requests = [ask("a"), None, ask("b"), ask("c"), None, None, None, ask("never")]
    assert {result.key for result in engine.run(iter(requests))} == {"a", "b", "c"}
    assert list(engine.run([None, ask("never")])) == []
    assert list(engine.run([])) == []


def test_waits_as_long_as_the_server_asks(chat: Chat, engine: HttpEngine, waits: list[float]) -> None:
    replies = [failed(429, "slow down", Retry_After="7"), failed(503, "busy", Retry_After="3600"), Reply(said("good"))]
    chat.answer = lambda body, number: replies[number - 1]
    assert one(engine).text == "good"
    assert waits == [7.0, 60.0]


def test_failures_and_broken_connections_are_tried_again(chat: Chat, engine: HttpEngine, waits: list[float]) -> None:
    replies = [failed(503, "loading"), Reply(None), failed(500, "oops"), failed(504, "late"), Reply(said("good"))]
    chat.answer = lambda body, number: replies[number - 1]
    assert one(engine).text == "good"
    assert [low <= wait <= high for wait, low, high in zip(waits, (0.5, 1, 2, 4), (1, 2, 4, 8), strict=True)] == [
        True
    ] * 4


def test_gives_up_after_five_tries(chat: Chat, engine: HttpEngine, waits: list[float]) -> None:
    chat.answer = lambda body, number: failed(502, "bad\ngateway")
    result = one(engine)
    assert result.finish == "error"
    assert result.error is not None
    assert (result.error.kind, result.error.retryable) == ("engine", True)
    assert str(result.error) == f"{chat.url}: 502 Bad Gateway: bad gateway, 5 tries; ask again later"
    assert (len(chat.asked), len(waits)) == (5, 4)


def test_a_silent_server_is_tried_again(chat: Chat) -> None:
    def answer(body: JSON, number: int) -> Reply:
        time.sleep(0.5 if number == 1 else 0)
        return Reply(said("good"))

    chat.answer = answer
    engine = HttpEngine(chat.url, "tiny", timeout=0.2, sleep=lambda seconds: None)
    assert one(engine).text == "good"
    engine.close()


def test_a_refused_row_is_its_own_error(chat: Chat, waits: list[float]) -> None:
    bad = Reply({"error": {"message": "no such role; key k-123", "code": "invalid"}}, 400)
    long = Reply({"error": {"message": "9000 tokens", "type": "exceed_context_size_error", "code": 400}}, 400)
    replies = {"bad": bad, "long": long, "good": Reply(said("fine")), "odd": Reply({"choices": []})}
    chat.answer = lambda body, number: replies[body["messages"][-1]["content"]]
    engine = HttpEngine(chat.url, "tiny", key="k-123", width=2, sleep=waits.append)
    results = {result.key: result for result in engine.run([ask(name, name) for name in replies])}
    engine.close()
    errors = {key: result.error for key, result in results.items() if result.error is not None}
    assert results["good"].text == "fine"
    assert {key: (error.kind, error.retryable, str(error)) for key, error in errors.items()} == {
        "bad": ("engine", False, f"{chat.url}: 400 Bad Request: no such role; key …"),
        "long": ("too_long", False, f"{chat.url}: 400 Bad Request: 9000 tokens"),
        "odd": ("engine", False, "the server's answer is no chat completion"),
    }
    assert waits == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_ends_the_run(chat: Chat, status: int) -> None:
    chat.answer = lambda body, number: failed(status, "unknown key k-123")
    engine = HttpEngine(chat.url, "tiny", key="k-123", width=2)
    with pytest.raises(ModelError, match="TAIBAO_API_KEY") as caught:
        list(engine.run([ask(str(n)) for n in range(9)]))
    engine.close()
    assert chat.url in str(caught.value)
    assert "k-123" not in str(caught.value)


def test_nobody_there_ends_the_run(waits: list[float]) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    engine = HttpEngine(url, "tiny", sleep=waits.append)
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        one(engine)
    assert url in str(caught.value)
    assert waits == []


def test_redirects_are_not_followed(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply({}, 307, {"Location": "http://elsewhere.example/v1"})
    with pytest.raises(ModelError, match=r"http://elsewhere\.example/v1; redirects are not followed"):
        one(engine)
    assert len(chat.asked) == 1


@pytest.mark.parametrize(("key", "sent"), [(" k-123\n", "Bearer k-123"), (None, None), ("", None)])
def test_the_key_is_a_header(chat: Chat, key: str | None, sent: str | None) -> None:
    engine = HttpEngine(chat.url, "tiny", key=key)
    one(engine)
    engine.close()
    assert chat.headers[0].get("Authorization") == sent


def test_proxies_of_the_environment_are_not_asked(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    engine = HttpEngine(chat.url, "tiny")
    assert one(engine).text == "hello"
    engine.close()


def test_cancel_lets_go_at_once(chat: Chat, engine: HttpEngine) -> None:
    hold, held = threading.Event(), threading.Semaphore(0)

    def answer(body: JSON, number: int) -> Reply:
        if number > 1:
            held.release()
            hold.wait(10)
        return Reply(said("answer"))

    chat.answer = answer
    cancelled: list[float] = []

    def cancel() -> None:
        for _ in range(4):
            assert held.acquire(timeout=5)
        cancelled.append(time.monotonic())
        engine.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    before = set(threading.enumerate())
    results = list(engine.run([ask(str(n)) for n in range(20)]))
    took = time.monotonic() - cancelled[0]
    canceller.join()
    assert took < 0.2
    assert sorted(result.finish for result in results) == ["cancelled"] * 4 + ["stop"]
    waiting = [thread for thread in threading.enumerate() if thread not in before and thread.name == "taibao-http"]
    for thread in waiting:
        thread.join(2)  # woken although the server still says nothing
    assert not any(thread.is_alive() for thread in waiting)
    hold.set()
    chat.answer = lambda body, number: Reply(said("usable"))
    assert one(engine).text == "usable"


def test_an_abandoned_run_leaves_the_engine_usable(chat: Chat, engine: HttpEngine) -> None:
    running = engine.run([ask(str(n)) for n in range(9)])
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert one(engine).text == "hello"
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        one(engine)


def test_retry_after() -> None:
    assert retry_after("7", NOW) == 7
    assert retry_after("999", NOW) == 60
    assert retry_after("Thu, 01 Jan 2026 12:00:20 GMT", NOW) == 20
    assert retry_after("Thu, 01 Jan 2026 11:00:00 GMT", NOW) == 0
    assert [retry_after(value, NOW) for value in (None, "", "soon", "-1")] == [None] * 4


def test_the_digest_stands_for_address_and_name(chat: Chat) -> None:
    model = server_model(chat.url + "/", None)
    assert (model.name, model.prompt, model.lexicon, len(model.sha256)) == ("tiny", "full", None, 64)
    assert model == server_model(chat.url, "tiny")
    assert model.sha256 != server_model(chat.url, "other").sha256


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:80",
        "http://a b/v1",
        "ftp://a/v1",
        "http://",
        "http://a:x",
        "http://u:p@a/v1",
        "http://a/v1?k=1",
        "http://a/#b",
    ],
)
def test_addresses_that_cannot_be_used(url: str) -> None:
    with pytest.raises(UsageError, match="--base-url"):
        HttpEngine(url, "tiny")


def test_keys_that_cannot_be_used() -> None:
    for key in ("two words", "钥匙", "a\nb"):
        with pytest.raises(UsageError, match="TAIBAO_API_KEY") as caught:
            HttpEngine("http://127.0.0.1/v1", "tiny", key=key)
        assert key not in str(caught.value)
