"""Answers kept from run to run, for who asks for it: one SQLite file of the user's, closed to others.

An answer is found by a digest of all that made it: the facts of the run, as its journal has them, and the request,
which holds the task's words, the row and the parameters. Contents are in it; nothing is kept unless a user says so.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.hosted.wire import line, result_from_json, result_to_json
from taibao_cli.errors import TaibaoError

VERSION: Final = 1
_SCHEMA: Final = "CREATE TABLE answers (digest BLOB PRIMARY KEY, model TEXT, made REAL, answer BLOB)"
_SIDE_FILES: Final = ("", "-wal", "-shm", "-journal")

KEPT_BACK_SECONDS: Final = 1.0
"""An answer that comes within this time of the last write waits for the next one, or for the end."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a cache holds of one model. `first` and `last` are seconds since 1970."""

    model: str
    answers: int
    size: int
    first: float
    last: float


class AnswerCache:
    """The open cache. Several processes may have it open."""

    def __init__(
        self,
        path: Path,
        *,
        on_failure: Callable[[str], None] = lambda why: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open or make the file.

        Args:
            path: its folder is made when it is missing.
            on_failure: told once when answers can no longer be written; the run goes on without them.
            clock: seconds, for when to write.

        Raises:
            TaibaoError: it cannot be opened, is no file of this program, or comes from a later version of it.
        """
        self.path = path
        self.paused = False
        """While it is, nothing is found and nothing is kept."""
        self._on_failure, self._clock = on_failure, clock
        self._new: dict[bytes, tuple[str, Result]] = {}
        self._written, self._failed = clock(), False
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.chmod(0o600)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=5)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}; PRAGMA user_version = {VERSION}; COMMIT;")
        except (OSError, sqlite3.Error) as error:
            raise TaibaoError(f"{path}: not usable as answer cache: {error}; `taibao cache clear` removes it") from None
        if version > VERSION:
            raise TaibaoError(f"{path} was made by a later taibao; `taibao cache clear` removes it")

    def find(self, digest: bytes, key: str) -> Result | None:
        """The answer to a request, under the `key` it has now; None when it is not known."""
        if self.paused:
            return None
        if digest in self._new:
            return _known(self._new[digest][1], key)
        try:
            found = self._db.execute("SELECT answer FROM answers WHERE digest = ?", (digest,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return _known(result_from_json(json.loads(found[0])), key) if found else None

    def add(self, digest: bytes, model: str, result: Result) -> None:
        """Keep an answer. Those that failed or were cancelled are not kept."""
        if result.error is not None or result.finish == "cancelled" or self._failed or self.paused:
            return
        self._new[digest] = (model, result)
        if self._clock() - self._written >= KEPT_BACK_SECONDS:
            self._write()

    def _write(self) -> None:
        made = time.time()
        rows = [(digest, model, made, line(result_to_json(result))) for digest, (model, result) in self._new.items()]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            self._give_up(error)
        self._new.clear()
        self._written = self._clock()

    def _give_up(self, error: sqlite3.Error) -> None:
        if not self._failed:
            self._failed = True
            self._on_failure(f"{self.path}: {error}")

    def held(self) -> list[Held]:
        """What is in it, by model."""
        columns = "model, COUNT(*), SUM(LENGTH(answer)), MIN(made), MAX(made)"
        rows = self._db.execute(f"SELECT {columns} FROM answers GROUP BY model ORDER BY model")
        return [Held(*row) for row in rows]

    def forget(self, *, model: str | None = None, before: float | None = None) -> int:
        """Remove the answers of a model, those made before a time (seconds since 1970), or all; how many there were.

        Raises:
            TaibaoError: another process is writing, or the disk refuses.
        """
        try:
            removed = self._db.execute(
                "DELETE FROM answers WHERE (?1 IS NULL OR model = ?1) AND (?2 IS NULL OR made < ?2)", (model, before)
            ).rowcount
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise TaibaoError(f"{self.path}: answers could not be removed: {error}; try again later") from None
        return removed

    def __enter__(self) -> AnswerCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        if self._new and not self._failed:
            self._write()
        self._db.close()


def remove(path: Path) -> int:
    """Delete a whole cache, readable or not; how many answers it held, as far as that can be told.

    Raises:
        TaibaoError: the files cannot be deleted.
    """
    count = 0
    try:
        if path.is_file():
            with closing(sqlite3.connect(path, timeout=5)) as db:
                (count,) = db.execute("SELECT COUNT(*) FROM answers").fetchone()
    except sqlite3.Error:
        count = 0
    try:
        for suffix in _SIDE_FILES:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise TaibaoError(f"{path}: cannot be deleted: {error.strerror}") from None
    return count


def _known(result: Result, key: str) -> Result:
    return replace(result, key=key, usage=replace(result.usage, cached=result.usage.prompt), remembered=True)
