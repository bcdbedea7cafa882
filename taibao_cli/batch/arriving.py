"""Rows that arrive while others are answered: a pipe is read in a thread, so that nothing waits for the next line."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

T = TypeVar("T")

AHEAD: Final = 64
"""Items read ahead at most."""


class Arriving(Generic[T]):
    """Iterates like `items`, but for a None whenever the next item is not there yet."""

    def __init__(self, items: Iterable[T]) -> None:
        self._queue: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(AHEAD)
        threading.Thread(target=self._read, args=(items,), daemon=True).start()

    def __iter__(self) -> Iterator[T | None]:
        while True:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item[0]

    def _read(self, items: Iterable[T]) -> None:
        try:
            for item in items:
                self._queue.put((item,))
        except BaseException as error:  # raised again where the items are used
            self._queue.put(error)
        else:
            self._queue.put(None)
