"""What a search in the statute store finds."""

from __future__ import annotations

from dataclasses import dataclass

from taibao_cli.knowledge.store.database import StoredPassage, StoredText
from taibao_cli.knowledge.store.reference import Pinpoint


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `pinpoint` names its best paragraph and `quote` is the exact text of it. `coverage` is the share
    of the query's weight (idf) that the passage and its headings contain, or the questions known for it, 0 to 1;
    `likeness` how like it is to those questions, 0 to 1; `exact` that the query cited it."""

    text: StoredText
    passage: StoredPassage
    pinpoint: Pinpoint
    quote: str
    score: float
    coverage: float
    likeness: float = 0.0
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; how many passages were scored, how many of the store may answer on the day, and the texts
    that may not."""

    hits: tuple[Hit, ...]
    looked_at: int
    passages: int
    left_out: tuple[StoredText, ...]
