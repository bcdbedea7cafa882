"""Files that may be compressed, told by their names."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import InputError

DAMAGED: Final = (EOFError, lzma.LZMAError, zlib.error, OSError)
"""What reading a damaged file raises."""

_BUFFER: Final = 1 << 16


_OPENERS: Final[dict[str, Callable[[Path], Any]]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
}


def is_compressed(path: Path) -> bool:
    return path.suffix.lower() in _OPENERS


def inner_suffix(path: Path) -> str:
    """The suffix below that of the compression: `.csv` of `a.csv.gz`."""
    return (path.with_suffix("") if is_compressed(path) else path).suffix.lower()


def open_rows(path: Path) -> io.BufferedReader:
    """Open a file for reading, decompressed.

    Raises:
        InputError: missing, a directory or not readable.
    """
    try:
        raw: Any = _OPENERS[path.suffix.lower()](path) if is_compressed(path) else path.open("rb", 0)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    return io.BufferedReader(raw, _BUFFER)
