"""Vectors of passages beside the words, and the ranking by both together.

What makes the vectors stands outside: a function from a text to an array of float32 of length 1, and a name for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.schema import transaction

Embed = Callable[[str], Any]

_TABLE: Final = """CREATE TABLE IF NOT EXISTS vector (
  passage_id INTEGER NOT NULL REFERENCES passage (id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (model, passage_id)
)"""

_RANKS: Final = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke, Büttcher 2009)."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """A model that embeds, by name: the first digits of its file's hash."""

    model: str
    embed: Embed


def add_vectors(store: StatuteStore, vectors: Vectors, on_passage: Callable[[], None] = lambda: None) -> int:
    """Embed every passage that has no vector of this model yet; how many there were. All are kept, or none."""
    store.connection.execute(_TABLE)
    rows = store.connection.execute(
        "SELECT id, headings, words FROM passage WHERE kind != 'front' AND id NOT IN"
        " (SELECT passage_id FROM vector WHERE model = ?)",
        (vectors.model,),
    ).fetchall()
    with transaction(store.connection):
        for row in rows:
            data = vectors.embed(f"{row['headings']}\n{row['words']}").astype("<f2").tobytes()
            store.connection.execute("INSERT INTO vector VALUES (?, ?, ?)", (row["id"], vectors.model, data))
            on_passage()
    return len(rows)


def nearest(store: StatuteStore, vectors: Vectors, query: str, texts: Iterable[int], count: int) -> list[int]:
    """The passages of some texts whose vectors are nearest to that of a query, by cosine, the nearest first."""
    import numpy as np

    store.connection.execute(_TABLE)
    wanted = list(texts)
    marks = ", ".join("?" * len(wanted))
    rows = store.connection.execute(
        "SELECT passage_id, data FROM vector JOIN passage ON passage.id = passage_id"
        f" WHERE model = ? AND text_id IN ({marks})",
        (vectors.model, *wanted),
    ).fetchall()
    if not rows:
        return []
    matrix = np.frombuffer(b"".join(row["data"] for row in rows), "<f2").reshape(len(rows), -1)
    likeness = matrix.astype(np.float32) @ vectors.embed(query)
    return [int(rows[at]["passage_id"]) for at in np.argsort(-likeness, kind="stable")[:count]]


def fused(rankings: Sequence[Sequence[int]]) -> list[int]:
    """Several rankings as one, by reciprocal ranks; of equals the one that the first ranking has first."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, passage in enumerate(ranking, 1):
            scores[passage] = scores.get(passage, 0.0) + 1 / (_RANKS + rank)
    return sorted(scores, key=lambda passage: -scores[passage])
