"""The bytes of a file, in parts, over a few connections at a time."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, BinaryIO, Final

from taibao_cli.errors import DownloadError
from taibao_cli.models.pull.hub import Remote
from taibao_cli.models.pull.parts import Journal
from taibao_cli.models.pull.web import Lost, Pace, Web

_CHUNK: Final = 1 << 16
_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")

OnBytes = Callable[[int], None]
"""Told of bytes that came, and (negative) of bytes that are to come again."""


class _NoRanges(Exception):
    """The server sends the whole file whatever is asked for."""


def fetch(remote: Remote, data: Path, journal: Journal, web: Web, *, connections: int, on_bytes: OnBytes) -> None:
    """Fetch the parts that are missing into `data`, and write each into the journal when it is there.

    Raises:
        DownloadError: the server fails too often, or sends another file. What came stays, for the next try.
    """
    data.touch(mode=0o600)
    try:
        _in_parts(remote, data, journal, web, connections, on_bytes)
    except _NoRanges:
        on_bytes(-journal.bytes)
        journal.write({})
        _in_one(remote, data, journal, web, on_bytes)


def _in_parts(remote: Remote, data: Path, journal: Journal, web: Web, connections: int, on_bytes: OnBytes) -> None:
    """A few threads take parts until none is left, or one of them fails. They are daemons: an interrupt never waits."""
    waiting = deque(journal.missing())
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    lock = Lock()

    def told(size: int) -> None:
        with lock:
            on_bytes(size)

    def work() -> None:
        try:
            while not web.stop.is_set():
                number = waiting.popleft()
                journal.add(number, _part(remote, data, journal.plan.span(number), web, told))
        except IndexError:
            ended.put(None)
        except BaseException as error:
            ended.put(error)
        else:
            ended.put(None)

    workers = [Thread(target=work, daemon=True) for _ in range(min(connections, len(waiting)))]
    for worker in workers:
        worker.start()
    try:
        failures = [error for _ in workers if (error := _stopping(ended.get(), web)) is not None]
    except KeyboardInterrupt:
        web.stop.set()
        raise
    if failures:
        web.stop.clear()
        raise next((error for error in failures if isinstance(error, _NoRanges)), failures[0])


def _stopping(error: BaseException | None, web: Web) -> BaseException | None:
    """After the first failure the other threads stop too."""
    if error is not None:
        web.stop.set()
    return error


def _part(remote: Remote, data: Path, span: tuple[int, int], web: Web, on_bytes: OnBytes) -> str:
    """Fetch one part, going on where a connection broke; return its hash."""
    at, end = span
    digest, tried = hashlib.sha256(), 0
    with data.open("r+b") as file:
        file.seek(at)
        while at < end:
            before = at
            try:
                with web.open(remote.url, at, end) as response:
                    _check_range(response, remote, at, end)
                    pace = Pace(web.patience)
                    while at < end and (chunk := response.read1(min(_CHUNK, end - at))):
                        if web.stop.is_set():
                            raise DownloadError(f"{remote.url}: stopped")
                        _put(file, chunk)
                        digest.update(chunk)
                        at += len(chunk)
                        on_bytes(len(chunk))
                        pace.take(len(chunk))
                if at < end:
                    raise ConnectionError(f"closed {end - at:,} bytes early")
            except Lost as error:
                tried = 0 if at > before else tried
                web.again(remote.url, error, tried)
                tried += 1
    return digest.hexdigest()


def _put(file: BinaryIO, chunk: bytes) -> None:
    """Write; a full disk is no fault of the network."""
    try:
        file.write(chunk)
    except OSError as error:
        raise DownloadError(f"{file.name}: {error.strerror or error}") from None


def _check_range(response: Any, remote: Remote, start: int, end: int) -> None:
    """What comes must be what was asked for, of a file of the size that the hub told."""
    if response.status == 200:
        raise _NoRanges
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status != 206 or found is None:
        raise DownloadError(f"{remote.url}: no part of a file comes (HTTP {response.status}); try another mirror")
    first, last, size = map(int, found.groups())
    if size != remote.size:
        raise DownloadError(
            f"{remote.url}: the file has {size:,} bytes, the hub says {remote.size:,}; try another mirror"
        )
    if (first, last) != (start, end - 1):
        raise ConnectionError(f"bytes {first}-{last} came for {start}-{end - 1}")


def _in_one(remote: Remote, data: Path, journal: Journal, web: Web, on_bytes: OnBytes) -> None:
    """The whole file over one connection, from its beginning each time."""
    for tried in range(web.patience.tries):
        at = 0
        try:
            with data.open("wb") as file, web.open(remote.url) as response:
                pace = Pace(web.patience)
                while chunk := response.read1(_CHUNK):
                    at += len(chunk)
                    if at > remote.size:
                        raise DownloadError(f"{remote.url}: more than the {remote.size:,} bytes of the file come")
                    _put(file, chunk)
                    on_bytes(len(chunk))
                    pace.take(len(chunk))
            if at == remote.size:
                return
            raise ConnectionError(f"closed {remote.size - at:,} bytes early")
        except Lost as error:
            on_bytes(-at)
            web.again(remote.url, error, tried)
