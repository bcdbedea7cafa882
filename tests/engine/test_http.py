"""The engine for servers, against a real server in a thread of this process."""

from __future__ import annotations

import json
import math
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.engine.base import LabelScore, Message, Request, Result, Sampling, Usage
from taibao_cli.engine.http.completion import events
from taibao_cli.engine.http.engine import HttpEngine
from taibao_cli.engine.http.labels import match_label
from taibao_cli.engine.http.served import server_model
from taibao_cli.engine.http.server import retry_after
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from taibao_cli.errors import MissingExtraError, ModelError, UsageError
from tests.cli.shell import ROOT, environment, taibao

pytest.importorskip("httpx")

JSON = dict[str, Any]
NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone.utc)


@dataclass
class Reply:
    """What the server sends: an object as JSON, or pieces of a body one by one; None hangs up."""

    body: JSON | list[bytes] | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def said(text: str | None, finish: str = "stop", **more: Any) -> JSON:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish, **more}
    return {"choices": [choice], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}


def failed(status: int, message: str, **headers: str) -> Reply:
    return Reply({"error": {"message": message}}, status, {name.replace("_", "-"): headers[name] for name in headers})


def event(content: str | None = None, finish: str | None = None, **delta: str) -> bytes:
    made = {"choices": [{"delta": {"content": content, **delta}, "finish_reason": finish}]}
    return f"data: {json.dumps(made, ensure_ascii=False)}\n\n".encode()


def streamed(*pieces: bytes) -> Reply:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}\n\n'
    return Reply([*pieces, usage, b"data: [DONE]\n\n"])


class Chat(ThreadingHTTPServer):
    """A server whose answers are those of `answer(body, number of the request)`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.answer: Callable[[JSON, int], Reply] = lambda body, number: Reply(said(body["messages"][-1]["content"]))
        self.models = ["tiny"]
        self.asked: list[JSON] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        self.busy = self.peak = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are expected here."""


class Handler(BaseHTTPRequestHandler):
    server: Chat
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.headers.append(dict(self.headers))
        self.send(Reply({"data": [{"id": name} for name in self.server.models]}))

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.busy += 1
            server.peak = max(server.peak, server.busy)
            server.asked.append(body)
            server.headers.append(dict(self.headers))
            number = len(server.asked)
        reply = server.answer(body, number)
        with server.lock:
            server.busy -= 1
        self.send(reply)

    def send(self, reply: Reply) -> None:
        if reply.body is None:
            self.close_connection = True
            return
        pieces = reply.body if isinstance(reply.body, list) else [json.dumps(reply.body).encode()]
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(sum(map(len, pieces))))
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)


@pytest.fixture
def chat() -> Iterator[Chat]:
    server = Chat()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def engine(chat: Chat, waits: list[float]) -> Iterator[HttpEngine]:
    engine = HttpEngine(chat.url, "tiny", width=4, timeout=10, sleep=waits.append)
    yield engine
    engine.close()
    engine.close()


def ask(key: str, text: str = "hello", labels: tuple[str, ...] | None = None) -> Request:
    return Request(key, (Message("system", "answer"), Message("user", text)), 100, labels=labels)


def one(engine: HttpEngine, request: Request | None = None) -> Result:
    (result,) = engine.run([request or ask("a")])
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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


def test_what_is_sent_and_what_comes_back(chat: Chat, engine: HttpEngine) -> None:
    usage = {"prompt_tokens": 40, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 32}}
    chat.answer = lambda body, number: Reply({**said("电池", "length"), "usage": usage})
    assert one(engine, ask("a", "一种\ud800电池")) == Result("a", "电池", "length", Usage(40, 32, 9))
    assert chat.asked == [
        {
            "model": "tiny",
            "messages": [{"role": "system", "content": "answer"}, {"role": "user", "content": "一种\ud800电池"}],
            "max_tokens": 100,
            "temperature": 0.0,
        }
    ]
    one(engine, Request("b", (Message("user", "x"),), 5, Sampling(temperature=0.5, seed=3), stop=("\n",)))
    assert {name: chat.asked[1][name] for name in ("temperature", "seed", "top_p", "stop")} == {
        "temperature": 0.5,
        "seed": 3,
        "top_p": 0.95,
        "stop": ["\n"],
    }


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


def test_a_withheld_answer_is_no_answer(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said("part of", "content_filter"))
    assert one(engine).finish == "error"


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


def test_streams_pieces(chat: Chat, engine: HttpEngine) -> None:
    pieces = ["一种", "电池", "\u2028 <b>", "\x85", "包"]
    whole = b"".join(event(piece) for piece in pieces) + event(None, "length")
    chat.answer = lambda body, number: streamed(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    got: list[str] = []
    result = engine.stream(ask("a"), got.append)
    assert got == pieces
    assert result == Result("a", "".join(pieces), "length", Usage(5, 0, 2))
    assert chat.asked[0]["stream"] is True


def test_streams_no_thoughts(chat: Chat, engine: HttpEngine) -> None:
    thinking = [
        event(None, reasoning_content="secret"),
        event(" <thi"),
        event("nk>sec"),
        event("ret</th"),
        event("ink>"),
    ]
    chat.answer = lambda body, number: streamed(*thinking, event("\n\n"), event("\nan"), event("swer", "stop"))
    got: list[str] = []
    result = engine.stream(ask("a"), got.append)
    assert result.text == "answer" == "".join(got)
    assert result.reasoning == "secretsecret"


def test_a_stream_that_breaks_off_is_an_error(chat: Chat, engine: HttpEngine, waits: list[float]) -> None:
    chat.answer = lambda body, number: Reply([event("half")])
    result = engine.stream(ask("a"), lambda piece: None)
    assert result.error is not None
    assert result.error.retryable
    assert len(chat.asked) == 1
    chat.answer = lambda body, number: Reply([b'data: {"error": {"message": "out of memory"}}\n\n'])
    assert "out of memory" in str(engine.stream(ask("a"), lambda piece: None).error)
    chat.answer = lambda body, number: failed(503, "busy") if number == 3 else streamed(event("good", "stop"))
    assert engine.stream(ask("a"), lambda piece: None).text == "good"
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<think>so</think>\n\nanswer", "answer"),
        ("<think></think><think>more</think>answer", "answer"),
        ("so it is</think>\nanswer", "answer"),
        ("<think>cut short", ""),
        (" <thinner> layer", " <thinner> layer"),
        ("the tag <think> in a text", "the tag <think> in a text"),
        (" <", " <"),
    ],
)
def test_thoughts_are_no_answer(text: str, answer: str, chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said(text))
    assert one(engine).text == answer
    thoughts = Thoughts()
    assert split_thoughts("".join(map(thoughts.feed, text)) + thoughts.end())[0] == answer


def test_thoughts_beside_the_answer_are_kept_apart(chat: Chat, engine: HttpEngine) -> None:
    message = {"role": "assistant", "content": None, "reasoning_content": "secret"}
    chat.answer = lambda body, number: Reply({"choices": [{"message": message, "finish_reason": "length"}]})
    assert one(engine) == Result("a", "", "length", reasoning="secret")


def test_labels(chat: Chat, engine: HttpEngine) -> None:
    tokens = [("<think>x</think>", -9.0), ("Elec", math.log(0.8)), ("tric", math.log(0.75)), ("<|im_end|>", -2.0)]
    given = {"content": [{"token": token, "logprob": logprob} for token, logprob in tokens]}
    chat.answer = lambda body, number: Reply(said("<think>x</think>Electric", logprobs=given))
    result = one(engine, ask("a", labels=("motor", "Electric", "other")))
    assert (result.text, result.finish, result.usage) == ("Electric", "label", Usage(7, 0, 3))
    assert result.labels is not None
    assert [score.label for score in result.labels] == ["Electric", "motor", "other"]
    assert [score.p for score in result.labels] == pytest.approx([0.6, 0.2, 0.2])
    assert (chat.asked[0]["logprobs"], chat.asked[0]["temperature"]) == (True, 0)


def test_labels_without_probabilities_or_with_low_ones(chat: Chat, engine: HttpEngine) -> None:
    chat.answer = lambda body, number: Reply(said("motor"))
    assert one(engine, ask("a", labels=("cell", "motor"))).labels == (LabelScore("motor", 1), LabelScore("cell", 0))
    low = {"content": [{"token": "motor", "logprob": -20.0}]}
    chat.answer = lambda body, number: Reply(said("motor", logprobs=low))
    assert one(engine, ask("a", labels=("cell", "motor"))).labels == (LabelScore("motor", 0.5), LabelScore("cell", 0.5))
    chat.answer = lambda body, number: Reply(said("neither"))
    error = one(engine, ask("a", labels=("cell", "motor"))).error
    assert error is not None
    assert (error.kind, error.retryable, str(error)) == (
        "engine",
        False,
        "the answer 'neither' is none of the 2 labels",
    )


@pytest.mark.parametrize(
    ("answer", "labels", "found"),
    [
        ("H01M", ("H01M", "H01L"), "H01M"),
        ("**H01M 10/05**", ("H01M", "H01L"), "H01M"),
        ("h01m10/05", ("H01M", "H01L"), "H01M"),
        ("H01", ("H01M", "H01L"), None),
        ("H01", ("H01M", "G06F"), "H01M"),
        ("支持。理由如下", ("支持", "不支持"), "支持"),
        ("AB C", ("A", "AB"), "AB"),
        ("Based on the text", ("A", "B"), None),
        ("10", ("0", "1"), None),
        ("0.75", ("0", "1"), None),
        ("Motor", ("MOTOR", "motor"), None),
        ("", ("a", "b"), None),
        ("**", ("a", "b"), None),
    ],
)
def test_match_label(answer: str, labels: tuple[str, ...], found: str | None) -> None:
    assert match_label(answer, labels) == found


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


def test_events_in_any_pieces() -> None:
    whole = b': comment\r\n\r\ndata: {"a": "\xe2\x80\xa8"}\r\n\r\ndata:{"b": 1}\n\ndata: [DONE]\n\n'
    for size in range(1, len(whole)):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert list(events(pieces)) == [{"a": "\u2028"}, {"b": 1}]


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


def test_without_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'taibao\[http\]'"):
        HttpEngine("http://127.0.0.1/v1", "tiny")


def test_httpx_is_loaded_when_an_engine_is_made() -> None:
    code = "import sys, taibao_cli.engine.http.served, taibao_cli.engine.http.engine; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_title_from_a_server(chat: Chat, tmp_path: Path) -> None:
    chat.answer = lambda body, number: Reply(said("Cooling plate"))
    args = ("title", "--base-url", chat.url)
    done = taibao(*args, home=tmp_path, stdin="A plate cools a cell.", TAIBAO_ENGINE="", TAIBAO_API_KEY="k-123")
    assert (done.returncode, done.stdout) == (0, b"Cooling plate\n"), done.stderr
    assert done.stderr.decode() == f"taibao: texts go to {chat.url} (model tiny)\n"
    assert "A plate cools a cell." in chat.asked[0]["messages"][-1]["content"]
    assert {headers.get("Authorization") for headers in chat.headers} == {"Bearer k-123"}


def test_which_model_of_several(chat: Chat, tmp_path: Path) -> None:
    chat.models = ["first", "second"]
    args = ("title", "--base-url", chat.url)
    done = taibao(*args, home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 2
    assert b"serves 2 models (first, second); name one with --model NAME" in done.stderr
    done = taibao(*args, "--model", "second", home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 0
    assert [body["model"] for body in chat.asked] == ["second"]


def test_an_interrupted_batch_ends_at_once_and_goes_on(chat: Chat, tmp_path: Path) -> None:
    hold, held = threading.Event(), threading.Semaphore(0)

    def answer(body: JSON, number: int) -> Reply:
        if number > 1:
            held.release()
            hold.wait(10)
        return Reply(said("A title"))

    chat.answer = answer
    rows = [json.dumps({"text": f"text {number}", "task": "title"}) for number in range(4)]
    (tmp_path / "in.jsonl").write_text("\n".join(rows), encoding="utf-8")
    args = ("batch", "in.jsonl", "-o", "out.jsonl", "--width", "2", "--base-url", chat.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", *args], env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE
    )
    assert held.acquire(timeout=10)
    assert held.acquire(timeout=10)  # both places are taken, so the first answer is in the journal
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=3)
    assert process.returncode == 130, err
    assert "interrupted: 1 answers are kept" in err.decode()
    hold.set()
    chat.answer = lambda body, number: Reply(said("Another title"))
    assert taibao(*args, home=tmp_path).returncode == 0
    outputs = [json.loads(line)["output"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(outputs) == ["A title"] + ["Another title"] * 3
    assert len(chat.asked) == 6


def test_options_and_servers_that_do_not_fit(chat: Chat, tmp_path: Path) -> None:
    done = taibao("title", "--base-url", chat.url, "--threads", "2", home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert (done.returncode, chat.asked) == (2, [])
    url = f"http://127.0.0.1:{free_port()}/v1"
    done = taibao("title", "--base-url", url, home=tmp_path, stdin="A plate.", TAIBAO_ENGINE="")
    assert done.returncode == 1
    assert f"{url} cannot be reached" in done.stderr.decode()
