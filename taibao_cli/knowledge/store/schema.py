"""The file of the statute store: one SQLite database, readable by its owner alone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from taibao_cli.errors import TaibaoError

VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE text (
  id INTEGER PRIMARY KEY,
  law TEXT NOT NULL,
  version TEXT NOT NULL,
  scope TEXT NOT NULL,       -- the file's name for texts of no known law: two memoranda of one title are two texts
  evidence TEXT NOT NULL,
  last TEXT NOT NULL,
  title TEXT NOT NULL,
  lang TEXT NOT NULL,
  source TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  articles INTEGER NOT NULL,
  searchable INTEGER NOT NULL,
  body TEXT NOT NULL,        -- last, so that the other columns are read without it
  UNIQUE (law, version, scope)
);
CREATE TABLE passage (
  id INTEGER PRIMARY KEY,
  text_id INTEGER NOT NULL REFERENCES text (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  number INTEGER NOT NULL,
  sub INTEGER NOT NULL,
  headings TEXT NOT NULL,
  start INTEGER NOT NULL,
  body INTEGER NOT NULL,     -- characters of the label before the words
  words TEXT NOT NULL,
  sha256 TEXT NOT NULL
);
CREATE INDEX passage_article ON passage (text_id, number, sub);
CREATE INDEX passage_label ON passage (text_id, label);
CREATE VIRTUAL TABLE word USING fts5 (body, head, tokenize = 'unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE word_row USING fts5vocab (word, row);
"""


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the store, made with its folder and tables on first use. It is closed at the end.

    Raises:
        TaibaoError: the file cannot be opened, is no store, is damaged, or is in use by another process for long.
    """
    connection: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise TaibaoError(f"{path}: {error.strerror or error}") from None
    try:
        connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        _prepare(connection, path)
        yield connection
    except sqlite3.Error as error:
        raise TaibaoError(f"{path}: {error}; if it is damaged, move it away and add the texts again") from None
    finally:
        if connection is not None:
            connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what happens inside."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _version(connection) == 0:
        with transaction(connection):
            if _version(connection) == 0:
                _create(connection, path)
    if _version(connection) != VERSION:
        raise TaibaoError(f"{path}: written by another version of taibao; move the file away and add the texts again")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise TaibaoError(f"{path}: is a database, but no statute store; move it away")
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
