"""The journal beside an output: every answer as soon as it is there, so that a run killed anywhere goes on from there.

A file of lines. The first names the run; each other one is an answer, in the order they came:
`{"k": key, "row": {…}}`. A line counts when it is whole; a torn last line is cut off before anything
is appended. Answers are found again by key, so rows may have been added to the input, or moved, since.
"""

from __future__ import annotations

import os
import sys
import time
from array import array
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import orjson

from taibao_cli.batch.identity import KEY_BYTES, Facts
from taibao_cli.batch.lock import lock
from taibao_cli.errors import TaibaoError

Row = dict[str, Any]

FORMAT: Final = 1
FSYNC_SECONDS: Final = 1.0
"""Longest time for which a power cut can take answers back; a killed process takes none."""


class Journal:
    """The open, locked journal of one run."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Open or make the file.

        Raises:
            TaibaoError: another run has it open, or the folder cannot be written to.
        """
        self.path = path
        self._clock = clock
        self._file = _open_locked(path)
        self.facts: Facts | None = None
        """Those of the run that began the journal; None when it is new."""
        self.added = 0
        """Answers added since."""
        self._synced = clock()
        self._keys: Any = np.empty(0, np.uint64)
        self._places: Any = np.empty(0, np.uint64)
        self._read()

    @property
    def answers(self) -> int:
        """Answers that were there when the journal was opened."""
        return len(self._keys)

    @property
    def is_there(self) -> bool:
        """Whether the file can still be found."""
        return is_at(self._file, self.path)

    def begin(self, facts: Facts) -> None:
        """Start anew: forget what is there and name the run."""
        self._file.truncate(0)
        self.facts = facts
        self._keys = self._places = np.empty(0, np.uint64)
        self._append(orjson.dumps({"journal": FORMAT, "run": facts}) + b"\n")

    def find(self, key: bytes) -> Row | None:
        """The output row last recorded for a key when the journal was opened."""
        short = np.frombuffer(key[:8], np.uint64)[0]
        at = int(np.searchsorted(self._keys, short, side="right")) - 1
        while at >= 0 and self._keys[at] == short:
            found = self._entry(int(self._places[at]))
            if found["k"] == key.hex():
                row: Row = found["row"]
                return row
            at -= 1
        return None

    def add(self, key: bytes, row: bytes) -> None:
        """Record an answer; `row` is the output row as JSON."""
        self._append(b'{"k":"%s","row":%s}\n' % (key.hex().encode(), row.rstrip(b"\n")))
        self.added += 1
        now = self._clock()
        if now - self._synced >= FSYNC_SECONDS:
            self._sync()
            self._synced = now

    def close(self, *, delete: bool) -> None:
        """Give the lock back; without the file when its run is complete."""
        if delete and sys.platform != "win32":
            self.path.unlink(
                missing_ok=True
            )  # before the lock goes: whoever waits for it looks whether the file is there
        with suppress(OSError):  # what a full disk refused is refused again
            self._file.close()
        if delete and sys.platform == "win32":
            self.path.unlink(missing_ok=True)

    def _append(self, line: bytes) -> None:
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise self._refused(error) from None

    def _sync(self) -> None:
        """All of it to disk, if the file is still there: what nobody can find again is not worth going on for."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._refused(error) from None
        if not self.is_there:
            raise TaibaoError(f"{self.path} was deleted while the run was on, and its answers with it; start it again")

    def _refused(self, error: OSError) -> TaibaoError:
        return TaibaoError(f"{self.path}: cannot be written: {error.strerror}")

    def _entry(self, place: int) -> dict[str, Any]:
        self._file.seek(place)
        entry: dict[str, Any] = orjson.loads(self._file.readline())
        return entry

    def _read(self) -> None:
        """Index the answers and cut off a torn end."""
        self._file.seek(0)
        header = self._file.readline()
        if header.endswith(b"\n"):
            self.facts = _facts_of(header, self.path)
        keys, places = array("Q"), array("Q")
        end = place = len(header) if self.facts is not None else 0
        while self.facts is not None and (line := self._file.readline()):
            key = _key_of(line)
            if key is None:
                break
            keys.append(int.from_bytes(key[:8], "little"))
            places.append(place)
            place = end = place + len(line)
        self._file.truncate(end)
        order = np.argsort(np.frombuffer(keys, np.uint64), kind="stable") if keys else np.empty(0, np.int64)
        self._keys = np.frombuffer(keys, np.uint64)[order] if keys else self._keys
        self._places = np.frombuffer(places, np.uint64)[order] if keys else self._places


def _open_locked(path: Path) -> BinaryIO:
    while True:
        try:
            file = path.open("a+b")
        except OSError as error:
            raise TaibaoError(f"{path}: cannot be written: {error.strerror}") from None
        lock(file, path)
        if is_at(file, path):
            return file
        file.close()  # the run that had it has just ended and removed it


def is_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is the one that a path leads to."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except (OSError, ValueError):  # no such path, or the file is closed
        return False


def _facts_of(header: bytes, path: Path) -> Facts:
    try:
        first = orjson.loads(header)
        if first["journal"] != FORMAT:
            raise ValueError
        facts: Facts = first["run"]
    except (ValueError, KeyError, TypeError):
        raise TaibaoError(f"{path}: not a journal of this version of taibao; move it away") from None
    return facts


def _key_of(line: bytes) -> bytes | None:
    """The key of a whole answer line; None for a torn one."""
    if not line.endswith(b"}\n"):
        return None
    start = line.find(b'"k":"') + 5
    try:
        return bytes.fromhex(line[start : start + 2 * KEY_BYTES].decode("ascii"))
    except ValueError:
        return None
