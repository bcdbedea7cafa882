"""A hub on this machine that fails in the ways that networks do."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal[
    "none",
    "drop",
    "slow",
    "stall",
    "hang",
    "crawl",
    "truncate",
    "corrupt",
    "busy",
    "refuse",
    "wrong-range",
    "longer",
    "no-ranges",
    "short",
]
"""What happens to a request for bytes: nothing; a short wait; the connection breaks half-way; it hangs half-way; it
hangs at once; it gives single bytes; the end is missing though the length is right; a byte is changed; 503; 403;
another range; a file of another size; the whole file for any range; the whole file but its end."""

REVISION = "5f0e3a1" * 5 + "12345"


class Hub:
    """Serves one file under the paths of both hubs. `faults` gives the fault of the n-th request for bytes, from 0."""

    def __init__(self, repo: str, file: str, content: bytes) -> None:
        self.repo, self.file, self.content = repo, file, content
        self.faults: Callable[[int], Fault] = lambda number: "none"
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.facts: Callable[[Any], Any] = lambda facts: facts
        """What is done to the description of the repository before it is sent."""
        self.passing: Fault = "none"
        """The fault of the first request for each part."""
        self.sent = Counter[str]()
        """Bytes of the file that were sent, and requests for bytes."""
        self.authorized: list[tuple[str, str | None]] = []
        self.endpoint = ""
        self._ends: set[int] = set()
        self._lock = threading.Lock()

    def describe(self, path: str) -> Any:
        if path == f"/api/models/{self.repo}?blobs=true":
            entry = {"rfilename": self.file, "size": len(self.content), "lfs": {"sha256": self.sha256}}
            facts = {"sha": REVISION, "siblings": [{"rfilename": "README.md"}, entry], "cardData": {"license": "mit"}}
        elif path == f"/api/v1/models/{self.repo}/repo/files?Revision=master&Recursive=true":
            entry = {"Path": self.file, "Size": len(self.content), "Sha256": self.sha256, "Revision": REVISION}
            facts = {"Code": 200, "Data": {"Files": [entry]}}
        else:
            return None
        return self.facts(facts)

    def is_file(self, path: str) -> bool:
        place = f"{self.repo}/resolve/{REVISION}/{self.file}"
        return path in (f"/cdn/{place}", f"/models/{place}")

    def fault_of(self, end: int) -> Fault:
        """What happens to the next request for bytes up to `end`."""
        with self._lock:
            passing = "none" if end in self._ends else self.passing
            self._ends.add(end)
            number = self.sent["requests"]
            self.sent["requests"] += 1
        return self.faults(number) if passing == "none" else passing


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.authorized.append((self.path.split("/")[1], self.headers["Authorization"]))
            facts = hub.describe(self.path)
            if facts is not None:
                body = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
                self._head(200, len(body))
                self.wfile.write(body)
            elif self.path == f"/{hub.repo}/resolve/{REVISION}/{hub.file}":
                self.send_response(302)  # as the hub sends to its store, on another host
                port = server.server_address[1]
                self.send_header("Location", f"http://localhost:{port}/cdn{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif hub.is_file(self.path):
                self._bytes(hub.fault_of(self._range()[1]))
            else:
                self._head(404, 0)

        def _bytes(self, fault: Fault) -> None:
            if fault in ("busy", "refuse"):
                self._head(503 if fault == "busy" else 403, 0)
                return
            if fault == "hang":
                time.sleep(0.6)
                self.close_connection = True
                return
            if fault == "slow":
                time.sleep(0.05)
            start, end, size = *self._range(), len(hub.content)
            body = bytearray(hub.content[start:end])
            start += fault == "wrong-range"
            if fault in ("no-ranges", "short"):
                body = bytearray(hub.content)
                self._head(200, len(body))
            else:
                told = size + 1 if fault == "longer" else size
                self._head(206, len(body), f"bytes {start}-{end - 1}/{told}")
            if fault == "corrupt":
                body[len(body) // 2] ^= 1
            self._send(bytes(body), fault)

        def _send(self, body: bytes, fault: Fault) -> None:
            half = len(body) // 2
            if fault in ("none", "slow", "corrupt", "no-ranges", "wrong-range", "longer"):
                self._write(body)
                return
            self.close_connection = True
            if fault == "crawl":
                for at in range(20):
                    self._write(body[at : at + 1])
                    time.sleep(0.05)
            self._write(body[: half if fault in ("drop", "stall") else -1])
            if fault == "stall":
                time.sleep(1)

        def _write(self, body: bytes) -> None:
            hub.sent["bytes"] += len(body)
            try:
                self.wfile.write(body)
                self.wfile.flush()
            except OSError:
                self.close_connection = True

        def _range(self) -> tuple[int, int]:
            value = self.headers["Range"]
            if value is None:
                return 0, len(hub.content)
            first, _, last = value.removeprefix("bytes=").partition("-")
            return int(first), int(last) + 1

        def _head(self, code: int, length: int, content_range: str = "") -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(length))
            if content_range:
                self.send_header("Content-Range", content_range)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
