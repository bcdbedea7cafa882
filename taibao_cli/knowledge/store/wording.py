"""Which passages say what a query says: rare words find candidates, BM25 over all words ranks them."""

from __future__ import annotations

import heapq
import math
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taibao_cli.knowledge.store.database import StatuteStore, StoredPassage, StoredText
from taibao_cli.knowledge.store.paragraphs import paragraphs
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.synonyms import Concept, concepts
from taibao_cli.knowledge.words import index_words, is_single, query_words

_K1, _B = 1.2, 0.6
_TYPICAL_LENGTH: Final = 150
"""Words of an ordinary article, the mean length in BM25."""

_HEAD_WEIGHT: Final = 0.3
"""A word of the headings against one of the text."""

_LOOK_AT: Final = 3000
"""Matching passages that are scored; the rarest words of the query decide which."""


@dataclass(frozen=True, slots=True)
class _Weight:
    """How many passages hold a word, and what it weighs."""

    rows: int
    idf: float


@dataclass(frozen=True, slots=True)
class Wording:
    """What a query speaks of, and what its words weigh in a store."""

    asked: tuple[Concept, ...]
    weights: Mapping[str, _Weight]

    @staticmethod
    def of(store: StatuteStore, query: str, total: int) -> Wording:
        """The words of a query, with those of law for them; `total` is the number of passages in the store."""
        asked = concepts(query, "zh", query_words)
        words = dict.fromkeys(word for concept in asked for alternative in concept.alternatives for word in alternative)
        weights = {}
        for word in words:
            rows = min(_rows_with(store.connection, word), total)
            weights[word] = _Weight(rows, math.log(1 + (total - rows + 0.5) / (rows + 0.5)))
        return Wording(asked, weights)

    def best(self, store: StatuteStore, fitting: Mapping[int, StoredText], count: int) -> tuple[list[int], int]:
        """The passages of some texts that score best by plain BM25 over the rarest words, as many words as stay within
        what is looked at; and how many were looked at."""
        known = sorted(
            (word for word, one in self.weights.items() if one.rows), key=lambda word: self.weights[word].rows
        )
        chosen, rows = known[:1], self.weights[known[0]].rows if known else 0
        for word in known[1:]:
            rows += self.weights[word].rows
            if rows > _LOOK_AT:
                break
            chosen.append(word)
        if not chosen or not fitting:
            return [], 0
        match = " OR ".join(f'"{word}"*' if is_single(word) else f'"{word}"' for word in chosen)
        marks = ", ".join("?" * len(fitting))
        found = store.connection.execute(
            f"SELECT bm25(word, 1.0, {_HEAD_WEIGHT}), word.rowid FROM word JOIN passage ON passage.id = word.rowid"
            f" WHERE word MATCH ? AND passage.text_id IN ({marks}) LIMIT {_LOOK_AT}",
            (match, *fitting),
        )
        scored = [(float(row[0]), int(row[1])) for row in found]
        return [id_ for _, id_ in heapq.nsmallest(count, scored)], len(scored)

    def score(self, store: StatuteStore, passage: StoredPassage) -> tuple[float, float]:
        """BM25 of a passage, a word of the headings counted a little, times the share of the weight that is covered;
        and that share. Of the alternatives of a concept the best counts."""
        row = store.connection.execute("SELECT body, head FROM word WHERE rowid = ?", (passage.id,)).fetchone()
        gains = self._gains(row["body"].split(), frozenset(row["head"].split()))
        score = covered = total = 0.0
        for concept in self.asked:
            weight = self._weight_of(concept)
            best_gain = best_share = 0.0
            for alternative in concept.alternatives:
                best_gain = max(best_gain, sum(gains[word][0] for word in alternative))
                whole = sum(self.weights[word].idf for word in alternative)
                best_share = max(best_share, sum(gains[word][1] for word in alternative) / whole if whole else 0)
            score += best_gain
            covered += best_share * weight
            total += weight
        coverage = covered / total if total else 0.0
        return score * coverage, min(coverage, 1.0)

    def best_part(self, passage: StoredPassage) -> tuple[Pinpoint, str]:
        """The paragraph that holds most of the query's weight, the first of equals; the whole where there is one."""
        parts = paragraphs(passage.words)
        place = Pinpoint(passage.number, passage.sub) if passage.kind == "article" else Pinpoint(label=passage.label)
        if len(parts) < 2:
            return place, passage.words
        best = max(parts, key=lambda part: (self._held(part.text), -part.number))
        if passage.kind != "article":
            return place, best.text
        return Pinpoint(passage.number, passage.sub, best.number), best.text

    def _gains(self, body: Sequence[str], head: frozenset[str]) -> Mapping[str, tuple[float, float]]:
        """Of each word what it adds, and what of its weight is held."""
        counts = Counter(body)
        length = _K1 * (1 - _B + _B * len(body) / _TYPICAL_LENGTH)
        gains: dict[str, tuple[float, float]] = {}
        for word, weight in self.weights.items():
            count = sum(n for one, n in counts.items() if one.startswith(word)) if is_single(word) else counts[word]
            in_head = any(one.startswith(word) for one in head) if is_single(word) else word in head
            gain = count * (_K1 + 1) / (count + length) + (_HEAD_WEIGHT if in_head else 0)
            gains[word] = weight.idf * gain, weight.idf if gain else 0.0
        return gains

    def _weight_of(self, concept: Concept) -> float:
        """The mean idf of the terms of law for it, or of its own words where there are none."""
        terms = concept.meant or (concept.spoken,)
        return sum(self.weights[word].idf for term in terms for word in term) / len(terms)

    def _held(self, text: str) -> float:
        words = frozenset(index_words(text))
        return sum(
            weight.idf
            for word, weight in self.weights.items()
            if word in words or (is_single(word) and any(one.startswith(word) for one in words))
        )


def _rows_with(connection: sqlite3.Connection, word: str) -> int:
    """Passages with a word; with a single character more, since one passage may hold several words that begin so."""
    if is_single(word):
        query = "SELECT coalesce(sum(doc), 0) FROM word_row WHERE term >= ?1 AND term < char(unicode(?1) + 1)"
    else:
        query = "SELECT coalesce(sum(doc), 0) FROM word_row WHERE term = ?1"
    return int(connection.execute(query, (word,)).fetchone()[0])
