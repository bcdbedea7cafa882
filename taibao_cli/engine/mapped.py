"""Files that a library has mapped into memory and copied from."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_DONTNEED: Final = 4
"""MADV_DONTNEED of Linux: pages of a mapped file leave the memory of the process; they come back when read."""

_PERIOD: Final = 0.005
"""Seconds between two looks while weights are laid out."""

_PAUSE: Final = 0.1
"""Seconds between two later ones: what is never laid out anew, the table of embeddings, comes back with 64 KB around
every token looked up, or 2 MB where the page cache has such pages: soon all of it (107 MB at 0.5 billion)."""


def forget_pages(path: Path) -> None:
    """Give back what a process holds of a mapped file: weights that were laid out anew in memory of their own would
    count twice. Nothing where the system is not Linux."""
    if sys.platform != "linux":
        return
    libc, name = ctypes.CDLL(None), b" " + os.fsencode(path.resolve())
    for line in Path("/proc/self/maps").read_bytes().splitlines():
        if line.endswith(name):
            start, end = (int(each, 16) for each in line.split(b" ", 1)[0].split(b"-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONTNEED)


class Unpacking:
    """A mapped file of weights that a library lays out anew when it first computes with them."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._given_back: float | None = None

    @contextmanager
    def computing(self) -> Iterator[None]:
        """To be around each computation, the first of which must leave other threads running: what it reads of the file
        is given back again and again, so that weights do not stand in memory twice while they are laid out. After later
        ones it is given back now and then."""
        if self._given_back is None:
            done = threading.Event()
            watch = threading.Thread(target=self._watch, args=(done,), daemon=True)
            watch.start()
            try:
                yield
            finally:
                done.set()
                watch.join()
        else:
            yield
            if self._clock() < self._given_back + _PAUSE:
                return
        forget_pages(self._path)
        self._given_back = self._clock()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_PERIOD):
            forget_pages(self._path)
