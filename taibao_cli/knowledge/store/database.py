"""The statute store: texts in, texts and passages out. Versions of a law stand side by side and never merge."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from taibao_cli.errors import InputError
from taibao_cli.knowledge.store.facts import NOT_KNOWN, Law, Status, laws
from taibao_cli.knowledge.store.identity import Evidence, Identity
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.store.schema import connected, transaction
from taibao_cli.knowledge.store.statute import Passage, PassageKind, Statute
from taibao_cli.knowledge.words import index_words
from taibao_cli.patents.language import Lang

Outcome = Literal["added", "unchanged", "replaced"]

_TEXT_COLUMNS = "id, law, version, evidence, last, title, lang, source, sha256, articles, searchable"


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text in the store. `source` is the name of the file it came from, `sha256` that of its UTF-8 bytes;
    `searchable` counts its passages without the front."""

    id: int
    law_id: str
    version: str
    evidence: Evidence
    last: str
    title: str
    lang: Lang
    source: str
    sha256: str
    articles: int
    searchable: int

    @property
    def law(self) -> Law | None:
        return laws().get(self.law_id)

    def status(self, on: str) -> Status:
        return self.law.status(self.version, on) if self.law else NOT_KNOWN

    def name(self, lang: Lang) -> str:
        """The law's name in `lang`; the title of a text of no known law."""
        return self.law.name(lang) if self.law else self.title


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it stands in its text. `body` counts the characters of the label before its words."""

    id: int
    text_id: int
    kind: PassageKind
    label: str
    number: int
    sub: int
    headings: str
    body: int
    text: str
    sha256: str

    @property
    def words(self) -> str:
        return self.text[self.body :]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a text: `changed` passages differ from those of the text it replaced."""

    text: StoredText
    outcome: Outcome
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A text to be stored, the law it is, and the name of its file (no folder)."""

    statute: Statute
    identity: Identity
    name: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Law, version and scope: what one text in the store takes the place of another by."""
        return self.identity.law_id, self.identity.version, "" if self.identity.law else self.name


class StatuteStore:
    """Open one with `StatuteStore.open(path)`. Every method that changes something is one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @staticmethod
    @contextmanager
    def open(path: Path) -> Iterator[StatuteStore]:
        """The store in that file, which is made when it is missing.

        Raises:
            TaibaoError: it cannot be opened, is damaged or is no statute store.
        """
        with connected(path) as connection:
            yield StatuteStore(connection)

    def add(self, sources: Sequence[Source]) -> list[Added]:
        """Store texts, all or none. A text of the same law and version is replaced; the same text changes nothing.

        Raises:
            InputError: two different texts among them are the same version of the same law.
        """
        _refuse_rivals(sources)
        with transaction(self.connection):
            return [self._add(source) for source in sources]

    def texts(self) -> list[StoredText]:
        """All texts, by law and version."""
        rows = self.connection.execute(f"SELECT {_TEXT_COLUMNS} FROM text ORDER BY law, version, source")
        return [StoredText(*row) for row in rows]

    def body(self, text: StoredText) -> str:
        """The whole text, as it was read."""
        row = self.connection.execute("SELECT body FROM text WHERE id = ?", (text.id,)).fetchone()
        return str(row["body"])

    def passages(self, text: StoredText) -> Iterator[StoredPassage]:
        """All passages of a text in its order."""
        rows = self.connection.execute(f"{_PASSAGES} WHERE text_id = ? ORDER BY start", (text.id,))
        return (_passage(row) for row in rows)

    def passages_at(self, text: StoredText, pinpoint: Pinpoint) -> list[StoredPassage]:
        """The passages at a place: an article, or else those that bear the label, or whose path ends with it."""
        where, values = "number = ? AND sub = ? AND kind = 'article'", (pinpoint.article, pinpoint.sub)
        if pinpoint.article and (articles := self._where(text, where, values)):
            return articles
        label = pinpoint.label
        if not label:
            return []
        exact = self._where(text, "label = ?", (label,))
        if exact or not label[:1].isdecimal():
            return exact
        ending = self._where(text, "substr(label, -length(?)) = ?", (label, label))
        return [passage for passage in ending if not passage.label[: -len(label)].endswith((".", *"0123456789"))]

    def by_id(self, ids: Sequence[int]) -> list[StoredPassage]:
        """Passages in the order of `ids`."""
        marks = ", ".join("?" * len(ids))
        rows = self.connection.execute(f"{_PASSAGES} WHERE id IN ({marks})", tuple(ids))
        found = {row["id"]: _passage(row) for row in rows}
        return [found[id_] for id_ in ids]

    def count(self) -> int:
        """Passages in the store."""
        return int(self.connection.execute("SELECT count(*) FROM passage").fetchone()[0])

    def remove(self, text: StoredText) -> None:
        with transaction(self.connection):
            self._remove(text.id)

    def _where(self, text: StoredText, where: str, values: tuple[object, ...]) -> list[StoredPassage]:
        rows = self.connection.execute(f"{_PASSAGES} WHERE text_id = ? AND {where} ORDER BY start", (text.id, *values))
        return [_passage(row) for row in rows]

    def _add(self, source: Source) -> Added:
        statute, identity = source.statute, source.identity
        key = source.key
        old = self.connection.execute(
            "SELECT id, sha256 FROM text WHERE (law, version, scope) = (?, ?, ?)", key
        ).fetchone()
        digest = sha256(statute.text)
        if old is not None and old["sha256"] == digest:
            return Added(self._text(old["id"]), "unchanged")
        before = self._hashes(old["id"]) if old is not None else {}
        if old is not None:
            self._remove(old["id"])
        values = (*key, identity.evidence, identity.last, statute.title or source.name, statute.lang, source.name)
        searchable = sum(passage.kind != "front" for passage in statute.passages)
        id_ = self.connection.execute(
            "INSERT INTO text (law, version, scope, evidence, last, title, lang, source, sha256, articles, searchable,"
            " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, digest, len(statute.articles), searchable, statute.text),
        ).lastrowid
        assert id_ is not None
        for passage in statute.passages:
            self._add_passage(id_, statute, passage)
        if old is None:
            return Added(self._text(id_), "added")
        after = self._hashes(id_)
        changed = sum(before.get(label) != after.get(label) for label in before.keys() | after.keys())
        return Added(self._text(id_), "replaced", changed)

    def _add_passage(self, text_id: int, statute: Statute, passage: Passage) -> None:
        words = statute.text_of(passage)
        above = [statute.headings[at] for at in passage.headings if statute.headings[at].level > 0]
        headings = " › ".join(f"{heading.label} {heading.title}".strip() for heading in above)
        row = (text_id, passage.kind, passage.label, passage.number, passage.sub, headings, passage.start)
        id_ = self.connection.execute(
            "INSERT INTO passage (text_id, kind, label, number, sub, headings, start, body, words, sha256)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, passage.body - passage.start, words, sha256(words)),
        ).lastrowid
        if passage.kind == "front":
            return
        own = above[-1].title if passage.kind == "section" and above else ""
        body = f"{own} {statute.body_of(passage)}"
        head = f"{statute.title} {headings}"
        indexed = (id_, " ".join(index_words(body)), " ".join(index_words(head)))
        self.connection.execute("INSERT INTO word (rowid, body, head) VALUES (?, ?, ?)", indexed)

    def _remove(self, id_: int) -> None:
        self.connection.execute("DELETE FROM word WHERE rowid IN (SELECT id FROM passage WHERE text_id = ?)", (id_,))
        self.connection.execute("DELETE FROM text WHERE id = ?", (id_,))

    def _text(self, id_: int) -> StoredText:
        return StoredText(*self.connection.execute(f"SELECT {_TEXT_COLUMNS} FROM text WHERE id = ?", (id_,)).fetchone())

    def _hashes(self, text_id: int) -> dict[str, str]:
        rows = self.connection.execute("SELECT label, sha256 FROM passage WHERE text_id = ?", (text_id,))
        return {row["label"]: row["sha256"] for row in rows}


_PASSAGES = "SELECT id, text_id, kind, label, number, sub, headings, body, words, sha256 FROM passage"


def _refuse_rivals(sources: Sequence[Source]) -> None:
    first: dict[tuple[str, str, str], Source] = {}
    for source in sources:
        other = first.setdefault(source.key, source)
        if other.statute.text != source.statute.text:
            law, version, _ = source.key
            raise InputError(f"{other.name} and {source.name} differ, and both are {law} {version}; add one of them")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _passage(row: sqlite3.Row) -> StoredPassage:
    return StoredPassage(*row)
