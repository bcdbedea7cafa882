"""Several servers of one model: each request goes to the one that has least to do, and to another when one fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar

from taibao_cli.engine.http.server import Server
from taibao_cli.errors import ModelError, RowError

Answer = TypeVar("Answer")

REST_SECONDS: Final = 60.0
"""For so long a server that failed gets nothing while others are there."""

OnLoss = Callable[[str], None]
"""Told why a server gets nothing for a while."""


class Pool:
    """Used by many threads at once."""

    def __init__(
        self, servers: Sequence[Server], *, on_loss: OnLoss, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._servers, self._on_loss, self._clock = tuple(servers), on_loss, clock
        self._busy = dict.fromkeys(range(len(servers)), 0)
        self._rests_until = dict.fromkeys(range(len(servers)), -1.0)
        self._lock = threading.Lock()

    def ask(self, exchange: Callable[[Server], Answer]) -> Answer:
        """The outcome of an exchange with one of the servers; with each of them once at most, until it goes well.

        Raises:
            RowError: what the last one that could be asked says; at once where asking another is of no use.
            ModelError: the same.
        """
        tried: set[int] = set()
        while True:
            with self._chosen(tried) as number:
                tried.add(number)
                try:
                    return exchange(self._servers[number])
                except (ModelError, RowError) as error:
                    passing = not isinstance(error, RowError) or error.retryable
                    if not passing or len(self._servers) == 1:
                        raise
                    self._rest(number, error)
                    if len(tried) == len(self._servers):
                        raise

    @contextmanager
    def _chosen(self, tried: set[int]) -> Iterator[int]:
        """The number of a server that was not tried: the least busy one that is not at rest."""
        with self._lock:
            now = self._clock()
            left = [number for number in self._busy if number not in tried]
            number = min(left, key=lambda number: (self._rests_until[number] > now, self._busy[number]))
            self._busy[number] += 1
        try:
            yield number
        finally:
            with self._lock:
                self._busy[number] -= 1

    def _rest(self, number: int, error: Exception) -> None:
        with self._lock:
            now = self._clock()
            known = self._rests_until[number] > now
            self._rests_until[number] = now + REST_SECONDS
        if not known:
            self._on_loss(str(error))

    def close(self) -> None:
        for server in self._servers:
            server.close()
