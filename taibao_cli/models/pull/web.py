"""HTTP with a time limit and patience: a connection that fails or hangs is opened again, a few times."""

from __future__ import annotations

import http.client
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

from taibao_cli import __version__
from taibao_cli.errors import DownloadError

_AGAIN: Final = {408, 425, 429, 500, 502, 503, 504}
_ASKED: Final = 3
"""Tries of a question about a file: somebody waits for the answer."""
_LONGEST_WAIT: Final = 60.0
"""Seconds that a server may ask for."""

Lost = (OSError, http.client.HTTPException)
"""What a connection raises that fails, closes early or hangs. (urllib's errors are OSErrors.)"""


@dataclass(frozen=True, slots=True)
class Patience:
    """`timeout`: seconds without a byte, or at less than `slowest` bytes a second, until a connection is given up;
    `tries`: how often without progress; `pause`: seconds before the second try, doubled for each further one."""

    timeout: float = 30.0
    slowest: int = 1024
    tries: int = 6
    pause: float = 1.0


class Web:
    """Requests to one hub. `stop` ends waiting."""

    def __init__(self, endpoint: str, patience: Patience, *, token: str | None = None) -> None:
        self.patience = patience
        self.stop = Event()
        self._host = urlsplit(endpoint).netloc
        self._token = token
        self._opener = urllib.request.build_opener()

    @contextmanager
    def open(self, url: str, start: int | None = None, end: int | None = None) -> Iterator[Any]:
        """A response, of bytes [start, end) where given. Redirects are followed; the token goes to the hub alone."""
        request = urllib.request.Request(url, headers={"User-Agent": f"taibao/{__version__}"})
        if start is not None and end is not None:
            request.add_header("Range", f"bytes={start}-{end - 1}")
        if self._token and urlsplit(url).netloc == self._host:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        with self._opener.open(request, timeout=self.patience.timeout) as response:
            yield response

    def read(self, url: str, longest: int) -> bytes:
        """A short answer.

        Raises:
            DownloadError: none comes, or it is longer than `longest` bytes.
        """
        tries = min(_ASKED, self.patience.tries)
        for tried in range(tries):
            try:
                with self.open(url) as response:
                    body: bytes = response.read(longest + 1)
            except Lost as error:
                self.again(url, error, tried, tries)
                continue
            if len(body) > longest:
                raise DownloadError(f"{url}: the answer has more than {longest:,} bytes")
            return body
        raise AssertionError("again() ends the last try")

    def again(self, url: str, error: BaseException, tried: int, tries: int | None = None) -> None:
        """Wait before another of so many tries; as many as patience has where nothing is said.

        Raises:
            DownloadError: another try is useless, or there were enough.
        """
        if isinstance(error, urllib.error.HTTPError) and error.code not in _AGAIN:
            raise DownloadError(f"{url}: {_refused(error)}") from None
        reason = getattr(error, "reason", None)
        if isinstance(reason, socket.gaierror):
            raise DownloadError(f"{url}: {urlsplit(url).netloc} is not found ({reason}); are you online?") from None
        tries = tries or self.patience.tries
        if tried + 1 >= tries:
            raise DownloadError(f"{url}: {_why(error)}, {tries} times in a row") from None
        self.stop.wait(max(self.patience.pause * 2**tried, _asked_wait(error)))
        if self.stop.is_set():
            raise DownloadError(f"{url}: stopped")


class Pace:
    """Notices a connection that crawls."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._since, self._bytes = time.monotonic(), 0

    def take(self, size: int) -> None:
        """Raises TimeoutError when the last `timeout` seconds brought too little."""
        self._bytes += size
        seconds = time.monotonic() - self._since
        if seconds < self._patience.timeout:
            return
        if self._bytes < self._patience.slowest * seconds:
            raise TimeoutError(f"only {self._bytes} bytes came in {seconds:.0f} s")
        self._since, self._bytes = time.monotonic(), 0


def hub_token() -> str | None:
    """HF_TOKEN, if it can stand in a header."""
    token = os.environ.get("HF_TOKEN", "").strip()
    return token if token and token.isascii() and token.isprintable() and " " not in token else None


def _refused(error: urllib.error.HTTPError) -> str:
    if error.code in (401, 403):
        return f"the hub refuses (HTTP {error.code}); accept the licence on its page and set HF_TOKEN, or use a mirror"
    if error.code == 404:
        return "there is no such repository or file (HTTP 404); look at the spelling"
    return f"the hub refuses (HTTP {error.code} {error.reason})"


def _why(error: BaseException) -> str:
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        error = error.reason if isinstance(error.reason, BaseException) else error
    if isinstance(error, TimeoutError):
        return f"the server hangs ({error})"
    return f"the connection fails ({type(error).__name__}: {error})".replace("\n", " ")


def _asked_wait(error: BaseException) -> float:
    """Seconds that the server asks for with Retry-After; 0 when it does not."""
    if not isinstance(error, urllib.error.HTTPError):
        return 0.0
    asked = error.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else 0.0
