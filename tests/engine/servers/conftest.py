from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from taibao_cli.engine.http.engine import HttpEngine
from tests.engine.servers.chat_server import Chat


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
