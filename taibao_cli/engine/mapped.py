"""Files that a library has mapped into memory and copied from."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_DONTNEED: Final = 4
"""MADV_DONTNEED of Linux: pages of a mapped file leave the memory of the process; they come back when read."""

_PERIOD: Final = 0.02
"""Seconds."""

_FIRST: Final = 64
"""Computations that may lay weights out: the matrix over the vocabulary waits for the end of a prompt, which may be
read in many. Of later ones each whose number is a power of two, for prompts longer than that."""


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

    def __init__(self, path: Path) -> None:
        self._path, self._begun = path, 0

    @contextmanager
    def computing(self) -> Iterator[None]:
        """To be around each computation: what was read of the file meanwhile is given back, again and again, so that
        weights do not stand in memory twice while they are laid out."""
        self._begun += 1
        if self._begun > _FIRST and self._begun & (self._begun - 1):
            yield
            return
        done = threading.Event()
        watch = threading.Thread(target=self._watch, args=(done,), daemon=True)
        watch.start()
        try:
            yield
        finally:
            done.set()
            watch.join()

    def _watch(self, done: threading.Event) -> None:
        while not done.wait(_PERIOD):
            forget_pages(self._path)
        forget_pages(self._path)
