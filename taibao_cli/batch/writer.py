"""Output rows to bytes, and bytes to a place that is complete or absent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO

from taibao_cli.batch.forms.base import Form
from taibao_cli.batch.forms.jsonl import JSONL
from taibao_cli.batch.journal import is_at
from taibao_cli.batch.record import Record
from taibao_cli.errors import TaibaoError


class StreamWriter:
    """Rows to an open stream, flushed one by one."""

    def __init__(self, stream: IO[bytes], form: Form = JSONL) -> None:
        self._stream = stream
        self._rows = form.open(stream)

    def write(self, row: Mapping[str, Any], record: Record | None = None) -> None:
        self._rows.write(row, record)
        self._stream.flush()

    def finish(self) -> None:
        """Whatever the form has after its last row."""
        self._rows.finish()
        self._stream.flush()

    def __enter__(self) -> StreamWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.finish()
        else:
            self._rows.drop()


def part_of(path: Path) -> Path:
    """Where the rows of an unfinished output are. Something that is no regular file is written to directly."""
    if path.is_dir():
        raise TaibaoError(f"{path}: is a directory; an output is a file")
    return path if path.exists() and not path.is_file() else path.with_name(path.name + ".part")


class FileWriter:
    """Rows to `OUT.part`, which becomes `OUT` when the block ends well and stays when it does not, unless it is empty
    or of no use by itself.

    Raises:
        TaibaoError: OUT is a directory, its folder cannot be written to, or the disk refuses a row.
    """

    def __init__(self, path: Path, form: Form = JSONL) -> None:
        self._path = path
        self._keeps_part = form.read is not None
        self._digest = hashlib.blake2b(digest_size=16)
        self.part = part_of(path)
        try:
            self._stream: BinaryIO = self.part.open("wb")
        except OSError as error:
            raise self._refused(error) from None
        self._rows = form.open(_Tee(self._stream, self._digest.update))

    def __enter__(self) -> FileWriter:
        return self

    @property
    def digest(self) -> str:
        """Of all that was written."""
        return self._digest.hexdigest()

    def write(self, row: Mapping[str, Any], record: Record | None = None) -> None:
        try:
            self._rows.write(row, record)
            self._stream.flush()
        except OSError as error:
            raise self._refused(error) from None

    @property
    def is_there(self) -> bool:
        """Whether the part can still be found."""
        return self.part == self._path or is_at(self._stream, self.part)

    def finish(self) -> None:
        """The end of the part: whatever the form has after its last row, all of it on disk."""
        try:
            self._rows.finish()
            self._stream.flush()
            if self.part != self._path:
                os.fsync(self._stream.fileno())
            self._stream.close()
        except OSError as error:
            raise self._refused(error) from None

    def replace(self) -> None:
        """The finished part becomes the output."""
        try:
            if self.part != self._path:
                os.replace(self.part, self._path)
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if kind is None:
            self.finish()
            self.replace()
            return
        self._rows.drop()
        with suppress(OSError):  # the rows a full disk refused are refused again
            self._stream.close()
        if self.part != self._path and self.part.exists() and (not self._keeps_part or not self.part.stat().st_size):
            self.part.unlink()

    def discard(self) -> None:
        """Leave no trace; the output stays what it was."""
        self._rows.drop()
        self._stream.close()
        if self.part != self._path:
            self.part.unlink(missing_ok=True)

    def _refused(self, error: OSError) -> TaibaoError:
        return TaibaoError(f"{self.part}: cannot be written: {error.strerror}")


class _Tee:
    """Bytes to a stream, and to whoever is to be told."""

    def __init__(self, stream: BinaryIO, tell: Callable[[bytes], None]) -> None:
        self._stream, self._tell = stream, tell

    def write(self, data: bytes, /) -> int:
        self._tell(data)
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()
