"""Conversations kept in SQLite: one file of the user's, closed to others, written as the talk goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from taibao_cli.errors import TaibaoError
from taibao_cli.repl.talk import Talk, Turn, title_of

VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE talks (number INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, changed TEXT NOT NULL);
CREATE TABLE turns (
    talk INTEGER NOT NULL REFERENCES talks ON DELETE CASCADE, place INTEGER NOT NULL,
    role TEXT NOT NULL, content TEXT NOT NULL, task TEXT NOT NULL, finish TEXT NOT NULL, shown TEXT NOT NULL,
    PRIMARY KEY (talk, place)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a list of conversations shows. `changed` is local time, `2026-11-23 09:30`."""

    number: int
    title: str
    changed: str
    turns: int


class Talks:
    """All conversations. Without a file they live as long as the object and nothing is written."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file.

        Raises:
            TaibaoError: it cannot be opened, is no file of this program, or comes from a later version of it.
        """
        self.path = path
        try:
            if path is not None:
                path.touch(mode=0o600)
                path.chmod(0o600)
            self._db = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, timeout=5)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA secure_delete = ON")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise TaibaoError(f"{path}: conversations cannot be kept there: {error}") from None

    def _prepare(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise TaibaoError(f"{self.path} was made by a later taibao; update this one, or use --private")
        if version == 0:
            self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def keep(self, talk: Talk, place: int) -> None:
        """Write the turn at `place`; the first one makes the conversation and its title."""
        if talk.number is None:
            talk.title = title_of(talk.turns)
            made = self._db.execute("INSERT INTO talks (title, changed) VALUES (?, ?)", (talk.title, _now()))
            talk.number = made.lastrowid
        turn = talk.turns[place]
        values = (talk.number, place, turn.role, turn.content, turn.task, turn.finish, turn.shown)
        self._db.execute("INSERT OR REPLACE INTO turns VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        self._db.execute("UPDATE talks SET changed = ? WHERE number = ?", (_now(), talk.number))

    def cut(self, talk: Talk, length: int) -> None:
        """Forget the turns from place `length` on."""
        del talk.turns[length:]
        self._db.execute("DELETE FROM turns WHERE talk = ? AND place >= ?", (talk.number, length))

    def tidy(self, talk: Talk) -> None:
        """A conversation in which nothing is said any more is none."""
        if not talk.turns and talk.number is not None:
            self.forget(talk.number)
            talk.number = None

    def load(self, number: int) -> Talk | None:
        found = self._db.execute("SELECT title FROM talks WHERE number = ?", (number,)).fetchone()
        if found is None:
            return None
        rows = self._db.execute(
            "SELECT role, content, task, finish, shown FROM turns WHERE talk = ? ORDER BY place", (number,)
        )
        return Talk(number, found[0], [Turn(*row) for row in rows])

    def fork(self, talk: Talk) -> Talk:
        """A copy that goes its own way; the original stays as it is."""
        copy = Talk(None, talk.title, [Turn(t.role, t.content, t.task, t.finish, t.shown) for t in talk.turns])
        for place in range(len(copy.turns)):
            self.keep(copy, place)
        return copy

    def recent(self, words: Sequence[str] = (), limit: int = 20) -> list[Kept]:
        """The conversations that hold all `words` (in one turn each), the last changed first."""
        like = [f"%{_escaped(word)}%" for word in words]
        holds = " AND EXISTS (SELECT 1 FROM turns WHERE talk = number AND content LIKE ? ESCAPE '\\')"
        rows = self._db.execute(
            "SELECT number, title, changed, (SELECT COUNT(*) FROM turns WHERE talk = number) FROM talks WHERE 1"
            + holds * len(like)
            + " ORDER BY changed DESC, number DESC LIMIT ?",
            (*like, limit),
        )
        return [Kept(*row) for row in rows]

    def beside(self) -> list[Kept]:
        """The same as `recent`, for another thread; nothing where conversations live in memory."""
        if self.path is None:
            return []
        other = Talks(self.path)
        try:
            return other.recent()
        finally:
            other.close()

    def forget(self, number: int) -> bool:
        """Remove a conversation for good; False when there is none."""
        gone = self._db.execute("DELETE FROM talks WHERE number = ?", (number,)).rowcount > 0
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log holds pages as they were
        return gone

    def close(self) -> None:
        self._db.close()


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _now() -> str:
    return datetime.now().strftime("%Y-%m-%d %H:%M:%S")
