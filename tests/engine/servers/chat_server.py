"""A server of the chat completions API in a thread of this process, told what to answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from taibao_cli.engine.base import Message, Request, Result
from taibao_cli.engine.http.engine import HttpEngine

JSON = dict[str, Any]


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
