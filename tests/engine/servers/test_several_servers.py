"""Several servers of one model."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from taibao_cli.engine.http.engine import HttpEngine
from taibao_cli.errors import ModelError
from tests.cli.shell import taibao
from tests.engine.servers.chat_server import JSON, Chat, Reply, ask, failed, free_port, said

pytest.importorskip("httpx")


@contextmanager
def serving() -> Iterator[Chat]:
    server = Chat()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def servers() -> Iterator[list[Chat]]:
    with ExitStack() as stack:
        yield [stack.enter_context(serving()) for _ in range(3)]


@contextmanager
def engine_of(urls: list[str], lost: list[str] | None = None, width: int = 6) -> Iterator[HttpEngine]:
    told = lost if lost is not None else []
    engine = HttpEngine(urls, "tiny", width=width, timeout=10, sleep=lambda seconds: None, on_loss=told.append)
    yield engine
    engine.close()


def test_all_of_them_work_and_none_gets_more_than_its_share_at_once(servers: list[Chat]) -> None:
    together = threading.Barrier(6, timeout=10)

    def answer(body: JSON, number: int) -> Reply:
        together.wait()
        return Reply(said(body["messages"][-1]["content"]))

    for server in servers:
        server.answer = answer
    with engine_of([server.url for server in servers]) as engine:
        results = {result.key: result.text for result in engine.run(ask(str(n), f"text {n}") for n in range(60))}
    assert results == {str(n): f"text {n}" for n in range(60)}
    assert [server.peak for server in servers] == [2, 2, 2]


def test_a_server_that_fails_loses_nothing(servers: list[Chat]) -> None:
    servers[1].answer = lambda body, number: failed(503, "overloaded") if number > 3 else Reply(said("one"))
    lost: list[str] = []
    with engine_of([server.url for server in servers], lost) as engine:
        results = list(engine.run(ask(str(n)) for n in range(40)))
    assert sorted(int(result.key) for result in results) == list(range(40))
    assert {result.error for result in results} == {None}
    assert lost == [f"{servers[1].url}: 503 Service Unavailable: overloaded, 5 tries; ask again later"]


def test_one_that_is_not_there_or_wants_a_key_is_left_out(servers: list[Chat]) -> None:
    servers[0].answer = lambda body, number: failed(401, "no key")
    nowhere = f"http://127.0.0.1:{free_port()}/v1"
    lost: list[str] = []
    with engine_of([servers[0].url, nowhere, servers[2].url], lost) as engine:
        results = list(engine.run(ask(str(n)) for n in range(12)))
    assert {result.error for result in results} == {None}
    assert len(servers[2].asked) == 12
    assert len(lost) == 2
    with engine_of([servers[0].url, nowhere]) as engine, pytest.raises(ModelError):
        list(engine.run([ask("1")]))


def test_a_row_that_is_refused_is_not_asked_elsewhere(servers: list[Chat]) -> None:
    for server in servers:
        server.answer = lambda body, number: failed(400, "bad request")
    with engine_of([server.url for server in servers]) as engine:
        (result,) = engine.run([ask("1")])
    assert result.error is not None
    assert sum(len(server.asked) for server in servers) == 1


def test_a_run_goes_on_with_fewer_servers_and_the_same_journal(servers: list[Chat], tmp_path: Path) -> None:
    rows = "".join(json.dumps({"text": f"text {n}", "task": "title"}) + "\n" for n in range(20))
    (tmp_path / "in.jsonl").write_text(rows)
    first, second = servers[0].url, servers[1].url
    args = ("batch", "in.jsonl", "-o", "out.jsonl", "--base-url", first)
    done = taibao(*args, "--base-url", second, "--limit", "12", home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr
    assert done.stderr.decode().startswith(f"taibao: texts go to {first}, {second} (model tiny)\n")
    assert min(len(server.asked) for server in servers[:2]) > 0
    assert json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["engine"]["width"] == 32
    before = sum(len(server.asked) for server in servers)
    assert taibao(*args, home=tmp_path, TAIBAO_ENGINE="").returncode == 0
    assert sum(len(server.asked) for server in servers) - before == 8
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 20
