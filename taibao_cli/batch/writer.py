"""Output rows to bytes, and bytes to a place that is complete or absent."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final

import orjson

from taibao_cli.errors import TaibaoError

_UNSAFE: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def to_line(row: Mapping[str, Any]) -> bytes:
    """One JSON object on one line. Controls that JSON allows but terminals and line splitters obey are escaped."""
    text = orjson.dumps(row).decode()
    return (_UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n").encode()


class StreamWriter:
    """Rows to an open stream, flushed one by one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, row: Mapping[str, Any]) -> None:
        self._stream.write(to_line(row))
        self._stream.flush()


def part_of(path: Path) -> Path:
    """Where the rows of an unfinished output are. Something that is no regular file is written to directly."""
    if path.is_dir():
        raise TaibaoError(f"{path}: is a directory; an output is a file")
    return path if path.exists() and not path.is_file() else path.with_name(path.name + ".part")


class FileWriter:
    """Rows to `OUT.part`, which becomes `OUT` when the block ends well and stays when it does not, unless it is empty.

    Raises:
        TaibaoError: OUT is a directory, its folder cannot be written to, or the disk refuses a row.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.blake2b(digest_size=16)
        self.part = part_of(path)
        try:
            self._stream = self.part.open("wb")
        except OSError as error:
            raise self._refused(error) from None

    def __enter__(self) -> FileWriter:
        return self

    @property
    def digest(self) -> str:
        """Of all that was written."""
        return self._digest.hexdigest()

    def write(self, row: Mapping[str, Any]) -> None:
        line = to_line(row)
        self._digest.update(line)
        try:
            self._stream.write(line)
            self._stream.flush()
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is not None:
            with suppress(OSError):  # the rows a full disk refused are refused again
                self._stream.close()
            if self.part != self._path and not self.part.stat().st_size:
                self.part.unlink()
            return
        try:
            if self.part != self._path:
                os.fsync(self._stream.fileno())
            self._stream.close()
            if self.part != self._path:
                os.replace(self.part, self._path)
        except OSError as refused:
            raise self._refused(refused) from None

    def discard(self) -> None:
        """Leave no trace; the output stays what it was."""
        self._stream.close()
        if self.part != self._path:
            self.part.unlink()

    def _refused(self, error: OSError) -> TaibaoError:
        return TaibaoError(f"{self.part}: cannot be written: {error.strerror}")
