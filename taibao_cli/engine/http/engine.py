"""The engine that asks a server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from queue import SimpleQueue

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.http.completion import Emit, body_of, read_whole
from taibao_cli.engine.http.labels import label_scores
from taibao_cli.engine.http.pool import OnLoss, Pool
from taibao_cli.engine.http.server import Server, read_json, read_pieces
from taibao_cli.errors import ModelError, RowError, UsageError

Outcome = Result | Exception | str
"""What a thread hands over: the result, what ends the run, or a piece of the answer."""


class HttpEngine:
    """Runs many requests at once on one or several servers of a model; one thread for each that is in flight."""

    def __init__(
        self,
        base_url: str | Sequence[str],
        model: str,
        *,
        key: str | None = None,
        width: int = 16,
        timeout: float = 600.0,
        context: int = 32768,
        sleep: Callable[[float], None] = time.sleep,
        on_loss: OnLoss = lambda why: None,
    ) -> None:
        """Make an engine; nothing is sent yet.

        Args:
            base_url: where `/chat/completions` is, such as `http://127.0.0.1:8000/v1`; or several such places.
            model: the server's name of the model.
            key: sent as a bearer token.
            width: most requests in flight, on all servers together.
            timeout: longest silence of the server, in seconds.
            context: longest prompt plus answer, in tokens, as far as the user knows; the server has the last word.
            sleep: waits between tries.
            on_loss: told why one of several servers is left alone for a while.

        Raises:
            UsageError: the address or the key cannot be used, or `width` is below 1.
            MissingExtraError: httpx is not installed.
        """
        if width < 1:
            raise UsageError(f"width is {width}; give at least 1")
        self._model, self._width, self._context = model, width, context
        urls = (base_url,) if isinstance(base_url, str) else tuple(base_url)
        connect = partial(Server, key=key, timeout=timeout, sleep=sleep)
        self._connect: Callable[[], Pool] = lambda: Pool([connect(url) for url in urls], on_loss=on_loss)
        self._pool: Pool | None = self._connect()
        self._inbox: SimpleQueue[tuple[Request, Outcome] | None] = SimpleQueue()
        self._cancelled = self._closed = False

    @property
    def context(self) -> int:
        return self._context

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        """Answer requests as `Runs.run` has it.

        A row whose tries are used up, or that the server refuses, comes back as an `engine` error; one that the server
        calls too long as `too_long`.

        Raises:
            ModelError: no server can be reached at the start, or all want another key or send us elsewhere.
        """
        return self._answers(iter(requests), self._width)

    def stream(self, request: Request, emit: Emit) -> Result:
        """Answer one request as it is written. Tried again only while nothing has been emitted; raises as `run`."""
        return next(self._answers(iter([request]), 1, emit), Result(request.key, "", "cancelled"))

    def count(self, request: Request) -> int:
        """An estimate of the prompt's tokens, one for three bytes of UTF-8: only the server has the tokenizer."""
        return sum(len(message.content.encode("utf-8", "replace")) for message in request.messages) // 3

    def cancel(self) -> None:
        self._cancelled = True
        self._inbox.put(None)  # never blocks, not even in a signal handler

    def close(self) -> None:
        self._closed = True
        self._abandon()

    def _answers(self, source: Iterator[Request | None], width: int, emit: Emit | None = None) -> Iterator[Result]:
        self._cancelled = False
        inbox = self._inbox = SimpleQueue()
        said: list[str] = []
        waiting: list[Request] = []
        try:
            while True:
                while len(waiting) < width and not self._cancelled and (request := next(source, None)):
                    waiting.append(request)
                    self._start(request, inbox, streams=emit is not None)
                if not waiting:
                    return
                item = inbox.get()
                if item is None:
                    self._abandon()
                    dropped, waiting = waiting, []
                    yield from [Result(request.key, "".join(said), "cancelled") for request in dropped]
                    return
                request, outcome = item
                if isinstance(outcome, str):
                    said.append(outcome)
                    if emit is not None:
                        emit(outcome)
                    continue
                if isinstance(outcome, Exception):
                    raise outcome
                waiting.remove(request)
                yield outcome
        finally:
            if waiting:
                self._abandon()

    def _start(self, request: Request, inbox: SimpleQueue[tuple[Request, Outcome] | None], *, streams: bool) -> None:
        """Ask in a thread that the interpreter does not wait for when it ends."""
        if self._closed:
            raise ModelError("the engine is closed")
        if self._pool is None:
            self._pool = self._connect()
        pool = self._pool
        emit: Emit | None = (lambda piece: inbox.put((request, piece))) if streams else None

        def work() -> None:
            outcome: Outcome
            try:
                outcome = pool.ask(lambda server: self._answer(server, request, emit))
            except RowError as error:
                outcome = Result(request.key, "", "error", error=error)
            except Exception as error:  # raised again where the results are read
                outcome = error
            inbox.put((request, outcome))

        threading.Thread(target=work, name="taibao-http", daemon=True).start()

    def _answer(self, server: Server, request: Request, emit: Emit | None) -> Result:
        if request.labels is not None:
            found = server.ask("/chat/completions", body_of(request, self._model), read_json(read_whole))
            scores = label_scores(found, request.labels)
            return Result(request.key, scores[0].label, "label", found.usage, labels=scores)
        body = body_of(request, self._model, streams=emit is not None)
        found = server.ask("/chat/completions", body, read_pieces(emit) if emit else read_json(read_whole))
        return Result(request.key, found.text, found.finish, found.usage, reasoning=found.reasoning)

    def _abandon(self) -> None:
        """Let go of the requests in flight; their threads end by themselves and nobody reads what they say."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
