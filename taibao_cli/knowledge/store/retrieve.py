"""Search in the statute store: rare words find candidates, BM25 over all words ranks them."""

from __future__ import annotations

import heapq
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from taibao_cli.knowledge.everyday import everyday
from taibao_cli.knowledge.search import nearest
from taibao_cli.knowledge.store.crossref import references
from taibao_cli.knowledge.store.database import StatuteStore, StoredPassage, StoredText
from taibao_cli.knowledge.store.facts import Law, Version, laws
from taibao_cli.knowledge.store.lookup import applicable, choose, place, resolve
from taibao_cli.knowledge.store.paragraphs import paragraphs
from taibao_cli.knowledge.store.present import version_words
from taibao_cli.knowledge.store.reference import Pinpoint, pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.store.statute import PassageKind
from taibao_cli.knowledge.store.vectors import Vectors, fused
from taibao_cli.knowledge.store.vectors import nearest as vectors_nearest
from taibao_cli.knowledge.synonyms import Concept, concepts
from taibao_cli.knowledge.words import index_words, is_single, query_words, without_asking
from taibao_cli.patents.language import Lang

_K1, _B = 1.2, 0.6
_TYPICAL_LENGTH: Final = 150
"""Words of an ordinary article, the mean length in BM25."""

_HEAD_WEIGHT: Final = 0.3
"""A word of the headings against one of the text."""

_KIND_WEIGHTS: Final[Mapping[PassageKind, float]] = {"article": 1.0, "section": 0.65, "paragraph": 0.65, "point": 0.5}
"""Articles before guidelines and other texts that explain them, and before decisions whose changes stand in a text of
its own. Measured: docs/law.md."""

_LOOK_AT: Final = 3000
"""Matching passages that are scored; the rarest words of the query decide which."""

_RANKED: Final = 60
_SPOKEN: Final = 40
"""Passages ranked for their words, and for the everyday words listed for them."""

_SPOKEN_WEIGHT: Final = 2
"""An everyday word against one of the text."""

_ADVISERS: Final = 3
_MIN_NEAR: Final = 0.15
_ADVICE_WEIGHT: Final = 0.5
"""Entries of the primer that are asked for articles, how near to the question they must be, and what an article of an
entry that covers the whole question gains, as a share of the best score by words."""

_CODE: Final = 1000
"""Articles above which a law is a code, of which a store may have chapters."""

_PLACE_LIKE: Final = re.compile(r"[0-9０-９条章]")
_SAYS: Final = re.compile(r"(?:规定|内容|原文|条文)了?\s*$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. `pinpoint` names its best paragraph and `quote` is the exact text of it. `coverage` is the share
    of the query's weight (idf) that the passage and its headings contain, 0 to 1; `exact` that the query cited it."""

    text: StoredText
    passage: StoredPassage
    pinpoint: Pinpoint
    quote: str
    score: float
    coverage: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; how many passages were scored, how many of the store may answer on the day, and the texts
    that may not."""

    hits: tuple[Hit, ...]
    looked_at: int
    passages: int
    left_out: tuple[StoredText, ...]


def search(store: StatuteStore, query: str, on: str, k: int = 5, vectors: Vectors | None = None) -> Found:
    """The at most `k` passages that answer `query` on an ISO date: those it cites, or else the best by words, fused
    with the nearest by `vectors` where these are given."""
    texts = store.texts()
    fitting = {text.id: text for text in applicable(texts, on)}
    left_out = tuple(text for text in texts if text.id not in fitting)
    passages = sum(text.searchable for text in fitting.values())
    cited = cited_place(store, query, on)
    if cited is not None and cited.hits:
        return Found(cited.hits[:k], len(cited.hits), passages, left_out)
    asked = concepts(query, "zh", query_words)
    words = dict.fromkeys(word for concept in asked for alternative in concept.alternatives for word in alternative)
    weights = _weights(store, list(words), sum(text.searchable for text in texts))
    candidates = _candidates(store, weights, fitting) if fitting and words else []
    best = heapq.nsmallest(_RANKED, candidates)
    advised = _advised(store, query, fitting)
    near = vectors_nearest(store, vectors, query, fitting, _RANKED) if vectors and query.strip() else []
    ids = dict.fromkeys(
        [*(id_ for _, id_ in best), *(advised if candidates else ()), *_spoken_of(store, weights, fitting), *near]
    )
    ranked = _fused(_ranked(store, list(ids), asked, weights, fitting), advised)
    if near:
        by_id = {one.passage.id: one for one in ranked}
        by_words = [one.passage.id for one in ranked if one.score > 0]
        ranked = [by_id[id_] for id_ in fused([by_words, near])]
    hits = tuple(_hit(one, fitting, weights) for one in ranked[:k])
    return Found(hits, len(candidates), passages, left_out)


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A place of a law that a query names. `missing` tells that it is not there: `text` has no such place, or, with
    `text` None, the store has no text of `law` that may answer on the day; `known` is the version then in force."""

    law: Law | None
    pinpoint: Pinpoint
    text: StoredText | None
    known: Version | None
    hits: tuple[Hit, ...]

    @property
    def missing(self) -> bool:
        return not self.hits

    def why(self, lang: Lang) -> str:
        """Why there is nothing at the place."""
        where = pinpoint_zh(self.pinpoint) if lang == "zh" else pinpoint_en(self.pinpoint)
        if self.text is not None:
            name, version = self.text.name(lang), version_words(self.text, lang)
            return f"《{name}》（{version}）没有{where}。" if lang == "zh" else f"{name} ({version}) has no {where}."
        name = self.law.name(lang) if self.law else ""
        if lang == "zh":
            known = f"（{self.known.date} 版本，{self.known.starts} 施行）" if self.known else ""
            return f"法规库中没有《{name}》现行文本{known}，无法引用{where}。"
        known = f" (version {self.known.date}, in force since {self.known.starts})" if self.known else ""
        return f"The store has no text of the {name} that applies{known}; {where} cannot be quoted."


def cited_place(store: StatuteStore, query: str, on: str) -> CitedPlace | None:
    """The place that a query names, alone or within a question; None when it names none."""
    texts = store.texts()
    bare = _SAYS.sub("", without_asking(query))
    named = resolve(bare, texts) if _PLACE_LIKE.search(bare) else None
    if named is not None and named[1] is not None:
        law_id, pinpoint = named[0], named[1]
    else:
        inside = [one for one in references(query) if one.law_id]
        if not inside:
            return None
        law_id, pinpoint = inside[0].law_id, inside[0].pinpoint
    choice = choose(texts, law_id, on)
    law = laws().get(law_id)
    if choice.text is None:
        return CitedPlace(law, pinpoint, None, choice.known, ())
    text, found = choice.text, place(store, choice.text, pinpoint)
    hits = tuple(
        Hit(text, passage, found.pinpoint, found.words or passage.words, math.inf, 1.0, exact=True)
        for passage in found.passages
    )
    return CitedPlace(law, pinpoint, text, choice.known, () if found.missing else hits)


@dataclass(frozen=True, slots=True)
class _Weight:
    """How many passages hold a word, and what it weighs."""

    rows: int
    idf: float


def _weights(store: StatuteStore, words: Sequence[str], total: int) -> Mapping[str, _Weight]:
    found = {}
    for word in words:
        rows = min(max(_rows_with(store.connection, word), everyday().rows(word)), total)
        found[word] = _Weight(rows, math.log(1 + (total - rows + 0.5) / (rows + 0.5)))
    return found


def _rows_with(connection: sqlite3.Connection, word: str) -> int:
    """Passages with a word; with a single character more, since one passage may hold several words that begin so."""
    if is_single(word):
        query = "SELECT coalesce(sum(doc), 0) FROM word_row WHERE term >= ?1 AND term < char(unicode(?1) + 1)"
    else:
        query = "SELECT coalesce(sum(doc), 0) FROM word_row WHERE term = ?1"
    return int(connection.execute(query, (word,)).fetchone()[0])


def _candidates(
    store: StatuteStore, weights: Mapping[str, _Weight], fitting: Mapping[int, StoredText]
) -> list[tuple[float, int]]:
    """Passages with the rarest words, as many words as stay within what is looked at; (bm25, id), the smaller the
    better."""
    known = sorted((word for word in weights if weights[word].rows), key=lambda word: weights[word].rows)
    chosen, rows = known[:1], weights[known[0]].rows if known else 0
    for word in known[1:]:
        rows += weights[word].rows
        if rows > _LOOK_AT:
            break
        chosen.append(word)
    if not chosen:
        return []
    match = " OR ".join(f'"{word}"*' if is_single(word) else f'"{word}"' for word in chosen)
    marks = ", ".join("?" * len(fitting))
    found = store.connection.execute(
        f"SELECT bm25(word, 1.0, {_HEAD_WEIGHT}), word.rowid FROM word JOIN passage ON passage.id = word.rowid"
        f" WHERE word MATCH ? AND passage.text_id IN ({marks}) LIMIT {_LOOK_AT}",
        (match, *fitting),
    )
    return [(float(row[0]), int(row[1])) for row in found]


@dataclass(frozen=True, slots=True)
class _Scored:
    passage: StoredPassage
    score: float
    coverage: float


def _advised(store: StatuteStore, query: str, fitting: Mapping[int, StoredText]) -> Mapping[int, float]:
    """The articles on which the entries of the primer nearest to a question rest, by passage: how near, 0 to 1."""
    of_law = {text.law_id: text for text in fitting.values()}
    hits = nearest(query, "zh", _ADVISERS)
    found: dict[int, float] = {}
    for hit in hits:
        near = hit.coverage * hit.score / hits[0].score
        for basis in (one for one in hit.entry.basis if near >= _MIN_NEAR and one.article_number.isdecimal()):
            text = of_law.get(basis.law_id)
            for passage in store.passages_at(text, Pinpoint(int(basis.article_number))) if text else ():
                found[passage.id] = max(found.get(passage.id, 0.0), near)
    return found


def _fused(ranked: list[_Scored], advised: Mapping[int, float]) -> list[_Scored]:
    """The ranking with what the primer advises: a share of the best score for each article."""
    if not ranked:
        return ranked
    share = _ADVICE_WEIGHT * ranked[0].score
    fused = [replace(one, score=one.score + share * advised.get(one.passage.id, 0.0)) for one in ranked]
    return sorted(fused, key=lambda one: (-one.score, one.passage.id))


def _spoken_of(store: StatuteStore, weights: Mapping[str, _Weight], fitting: Mapping[int, StoredText]) -> Iterator[int]:
    """The passages whose everyday words weigh most in the query."""
    of_law = {(text.law_id, text.version): text for text in fitting.values() if _is_whole(text)}
    for law, version, label in everyday().best({word: one.idf for word, one in weights.items()}, _SPOKEN):
        if text := of_law.get((law, version)):
            place_ = Pinpoint(int(label)) if label.isdecimal() else Pinpoint(label=label)
            yield from (passage.id for passage in store.passages_at(text, place_))


def _is_whole(text: StoredText) -> bool:
    """Whether a text has as many articles as its version is known to have; a code of law may be there in part."""
    known = text.law.version(text.version) if text.law else None
    return known is not None and (known.articles in (0, text.articles) or known.articles > _CODE)


def _everyday_of(text: StoredText, passage: StoredPassage) -> Counter[str]:
    if not _is_whole(text):
        return Counter()
    label = str(passage.number) if passage.number and not passage.sub else passage.label
    return everyday().words.get((text.law_id, text.version, label), Counter())


def _ranked(
    store: StatuteStore,
    ids: Sequence[int],
    asked: Sequence[Concept],
    weights: Mapping[str, _Weight],
    fitting: Mapping[int, StoredText],
) -> list[_Scored]:
    scored = []
    for passage in store.by_id(ids):
        row = store.connection.execute("SELECT body, head FROM word WHERE rowid = ?", (passage.id,)).fetchone()
        body, spoken = row["body"].split(), _everyday_of(fitting[passage.text_id], passage)
        score, coverage = _score(body, frozenset(row["head"].split()), spoken, asked, weights)
        scored.append(_Scored(passage, score * _KIND_WEIGHTS.get(passage.kind, 1.0), coverage))
    return sorted(scored, key=lambda one: (-one.score, one.passage.id))


def _hit(one: _Scored, fitting: Mapping[int, StoredText], weights: Mapping[str, _Weight]) -> Hit:
    pinpoint, quote = _best_part(one.passage, weights)
    return Hit(fitting[one.passage.text_id], one.passage, pinpoint, quote, one.score, one.coverage)


def _score(
    body: list[str],
    head: frozenset[str],
    spoken: Counter[str],
    asked: Sequence[Concept],
    weights: Mapping[str, _Weight],
) -> tuple[float, float]:
    """BM25 of a passage with its everyday words, a word of the headings counted a little, times the share of the weight
    that is covered; and that share. Of the alternatives of a concept the best counts."""
    counts = Counter(body)
    for word, count in spoken.items():
        counts[word] += _SPOKEN_WEIGHT * count
    length = _K1 * (1 - _B + _B * len(body) / _TYPICAL_LENGTH)
    gains: dict[str, tuple[float, float]] = {}
    for word, weight in weights.items():
        count = sum(n for one, n in counts.items() if one.startswith(word)) if is_single(word) else counts[word]
        in_head = any(one.startswith(word) for one in head) if is_single(word) else word in head
        gain = count * (_K1 + 1) / (count + length) + (_HEAD_WEIGHT if in_head else 0)
        gains[word] = weight.idf * gain, weight.idf if gain else 0.0
    score = covered = total = 0.0
    for concept in asked:
        weight_ = _concept_weight(concept, weights)
        best_gain = best_share = 0.0
        for alternative in concept.alternatives:
            best_gain = max(best_gain, sum(gains[word][0] for word in alternative))
            whole = sum(weights[word].idf for word in alternative)
            best_share = max(best_share, sum(gains[word][1] for word in alternative) / whole if whole else 0)
        score += best_gain
        covered += best_share * weight_
        total += weight_
    coverage = covered / total if total else 0.0
    return score * coverage, min(coverage, 1.0)


def _concept_weight(concept: Concept, weights: Mapping[str, _Weight]) -> float:
    """The mean idf of the terms of law for it, or of its own words where there are none."""
    terms = concept.meant or (concept.spoken,)
    return sum(weights[word].idf for term in terms for word in term) / len(terms)


def _best_part(passage: StoredPassage, weights: Mapping[str, _Weight]) -> tuple[Pinpoint, str]:
    """The paragraph that holds most of the query's weight, the first of equals; the whole when there is only one."""
    parts = paragraphs(passage.words)
    place_ = Pinpoint(passage.number, passage.sub) if passage.kind == "article" else Pinpoint(label=passage.label)
    if len(parts) < 2:
        return place_, passage.words
    best = max(parts, key=lambda part: (_held(part.text, weights), -part.number))
    if passage.kind != "article":
        return place_, best.text
    return Pinpoint(passage.number, passage.sub, best.number), best.text


def _held(text: str, weights: Mapping[str, _Weight]) -> float:
    words = frozenset(index_words(text))
    return sum(
        weight.idf
        for word, weight in weights.items()
        if word in words or (is_single(word) and any(one.startswith(word) for one in words))
    )
