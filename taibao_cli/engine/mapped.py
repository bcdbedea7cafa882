"""Files that a library has mapped into memory and copied from."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_DONTNEED: Final = 4
"""MADV_DONTNEED of Linux: pages of a mapped file leave the memory of the process; they come back when read."""

_FIRST: Final = 2
"""Computations that may lay weights out: one of a prompt, one that writes."""


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
        self._path, self._left = path, _FIRST

    def computed(self) -> None:
        """To be called after each computation."""
        if self._left:
            self._left -= 1
            forget_pages(self._path)
