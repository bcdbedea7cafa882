"""Files that may be compressed, told by their names."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from taibao_cli.errors import InputError, MissingExtraError


def _zstd() -> ModuleType | None:
    """The standard library's module, or the same thing for Python before 3.14, where that is installed."""
    try:
        return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    except ImportError:
        return None


_ZSTD: Final = _zstd()

DAMAGED: Final[tuple[type[Exception], ...]] = (
    *(EOFError, lzma.LZMAError, zlib.error, OSError),
    *((_ZSTD.ZstdError,) if _ZSTD else ()),
)
"""What reading a damaged file raises."""

_BUFFER: Final = 1 << 16


def _open_zst(path: Path) -> Any:
    if _ZSTD is None:
        raise MissingExtraError("backports.zstd", "zst")
    return _ZSTD.open(path)


_OPENERS: Final[dict[str, Callable[[Path], Any]]] = {
    ".gz": gzip.open,
    ".xz": lzma.open,
    ".bz2": bz2.open,
    ".zst": _open_zst,
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
        MissingExtraError: nothing here can decompress it.
    """
    try:
        raw: Any = _OPENERS[path.suffix.lower()](path) if is_compressed(path) else path.open("rb", 0)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    return io.BufferedReader(raw, _BUFFER)
