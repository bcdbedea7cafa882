"""Exchanges with one server, with patience."""

from __future__ import annotations

import json
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakSet

from taibao_cli.engine.http.address import check_address, check_key
from taibao_cli.engine.http.completion import TOO_LONG, Completion, Emit, read_events, server_message
from taibao_cli.errors import MissingExtraError, ModelError, RowError

if TYPE_CHECKING:
    import ssl

    import httpcore
    import httpx

Read = TypeVar("Read")

TRIES: Final = 5
LONGEST_WAIT: Final = 60.0
"""Seconds between two tries, whatever the server asks for."""

CONNECT_TIMEOUT: Final = 10.0
_PASSING: Final = (429, 500, 502, 503, 504)


class Server:
    """One address: exchanges with patience. Used by many threads at once."""

    def __init__(self, base_url: str, key: str | None, *, timeout: float, sleep: Callable[[float], None]) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingExtraError("httpx", "http") from None
        self.url, self._key = check_address(base_url), check_key(key)
        self._sleep = sleep
        self._reached = self._over = False
        self._lock = threading.Lock()
        self._streams: WeakSet[httpcore.NetworkStream] = WeakSet()
        self._client = httpx.Client(
            # A transport of our own, so that texts do not pass through a proxy of the environment.
            transport=httpx.HTTPTransport(verify=_trusted(), limits=httpx.Limits(max_connections=None)),
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
            follow_redirects=False,
        )

    def ask(self, path: str, body: dict[str, Any] | None, read: Callable[[httpx.Response], Read]) -> Read:
        """POST `body`, or GET without one, and read the answer; tried again where that may help.

        Raises:
            RowError: refused, or all tries are used up.
            ModelError: as `HttpEngine.run` has it.
        """
        tried = 0
        while True:
            try:
                return self._exchange(path, body, read)
            except Passing as error:
                tried += 1
                if tried == TRIES:
                    message = f"{self.url}: {error}, {TRIES} tries; ask again later"
                    raise RowError("engine", message, retryable=True) from None
                self._sleep(backoff(tried) if error.after is None else error.after)

    def close(self) -> None:
        """Close all connections at once; whoever waits on one is woken."""
        with self._lock:
            self._over = True
            streams = list(self._streams)
        for stream in streams:
            shut(stream)
        self._client.close()

    def _exchange(self, path: str, body: dict[str, Any] | None, read: Callable[[httpx.Response], Read]) -> Read:
        import httpx

        asked = self._client.build_request(
            "GET" if body is None else "POST",
            self.url + path,
            content=None if body is None else json.dumps(body),
            headers={} if body is None else {"Content-Type": "application/json"},
            extensions={"trace": self._note_stream},
        )
        try:
            response = self._client.send(asked, stream=True)
            try:
                if not response.is_success:
                    response.read()
                    raise self._failure(response)
                self._reached = True
                return read(response)
            finally:
                response.close()
        except httpx.RequestError as error:
            why = self._clean(str(error)) or type(error).__name__
            if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) and not self._reached:
                raise ModelError(f"{self.url} cannot be reached ({why}); check --base-url and the server") from None
            raise Passing(why) from None

    def _note_stream(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                self._streams.add(info["return_value"])
            if self._over:
                shut(info["return_value"])

    def _failure(self, response: httpx.Response) -> Exception:
        status = response.status_code
        message, code = server_message(response.text)
        said = self._clean(f"{status} {response.reason_phrase}" + (f": {message}" if message else ""))
        if status in (401, 403):
            return ModelError(f"{self.url} answers {said}; put the server's key into TAIBAO_API_KEY")
        if not self._reached and response.is_redirect:
            return ModelError(
                f"{self.url} answers {said} and sends us to {self._clean(response.headers.get('location', ''))}; "
                "redirects are not followed, give that address if you trust it"
            )
        self._reached = True
        if status in _PASSING:
            return Passing(said, retry_after(response.headers.get("retry-after"), datetime.now(timezone.utc)))
        kind = "too_long" if code in TOO_LONG else "engine"
        return RowError(kind, f"{self.url}: {said}")

    def _clean(self, text: str) -> str:
        """One line without the key, which some servers repeat."""
        text = " ".join(text.split())
        return text.replace(self._key, "…") if self._key else text


def shut(stream: httpcore.NetworkStream) -> None:
    """End both directions of a connection; unlike closing it, this wakes whoever reads from it."""
    with suppress(OSError):
        stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class Passing(Exception):
    """May go better another time; `after` is what the server asks to wait, in seconds."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that sign servers, read once."""
    import httpx

    return httpx.create_ssl_context()


def read_json(read: Callable[[Any], Read]) -> Callable[[httpx.Response], Read]:
    def whole(response: httpx.Response) -> Read:
        try:
            data = json.loads(response.read())
        except ValueError:
            raise RowError("engine", "the server's answer is not JSON") from None
        return read(data)

    return whole


def read_pieces(emit: Emit) -> Callable[[httpx.Response], Completion]:
    """Reads server-sent events. When they break off after a piece was emitted the row fails: it cannot be unsaid."""

    def pieces(response: httpx.Response) -> Completion:
        import httpx

        said = False

        def tell(piece: str) -> None:
            nonlocal said
            said = True
            emit(piece)

        try:
            return read_events(response.iter_bytes(), tell)
        except httpx.RequestError as error:
            if not said:
                raise
            why = type(error).__name__
            raise RowError("engine", f"the answer broke off ({why}); ask again", retryable=True) from None

    return pieces


def backoff(tried: int) -> float:
    """Seconds to wait after the failed try of that number, from 1: doubling, with jitter."""
    return min(LONGEST_WAIT, 2.0 ** (tried - 1)) * random.uniform(0.5, 1.0)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (a number or an HTTP date, RFC 9110 section 10.2.3), at most
    `LONGEST_WAIT`; None for none that can be read."""
    if not value:
        return None
    if value.strip().isdecimal():
        return min(LONGEST_WAIT, float(value))
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return min(LONGEST_WAIT, max(0.0, (date - now).total_seconds()))
