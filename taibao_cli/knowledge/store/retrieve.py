"""Search in the statute store: the questions known for an article, its words and the primer rank it together."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from taibao_cli.knowledge.asked import Near
from taibao_cli.knowledge.questions import Article, asked_of_laws, places_asked_of
from taibao_cli.knowledge.search import nearest
from taibao_cli.knowledge.store.cited import cited_place
from taibao_cli.knowledge.store.database import StatuteStore, StoredPassage, StoredText
from taibao_cli.knowledge.store.hit import Found, Hit
from taibao_cli.knowledge.store.lookup import applicable
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.store.statute import PassageKind
from taibao_cli.knowledge.store.vectors import Vectors, fused
from taibao_cli.knowledge.store.vectors import nearest as vectors_nearest
from taibao_cli.knowledge.store.wording import Wording

_KIND_WEIGHTS: Final[Mapping[PassageKind, float]] = {"article": 1.0, "section": 0.8, "paragraph": 0.8, "point": 0.6}
"""Articles before guidelines and other texts that explain them, and before decisions whose changes stand in a text of
its own. Measured: docs/law.md."""

_RANKED: Final = 60
_ASKED: Final = 40
"""Passages ranked for their words, and for the questions known for them."""

_ADVISERS: Final = 3
_MIN_NEAR: Final = 0.15
_ADVICE_WEIGHT: Final = 0.5
"""Entries of the primer that are asked for articles, how near to the question they must be, and what an article of an
entry that covers the whole question gains, as a share of the best score."""

_CODE: Final = 1000
"""Articles above which a law is a code, of which a store may have chapters."""

_NONE: Final = Near(0.0, 0.0)


def search(store: StatuteStore, query: str, on: str, k: int = 5, vectors: Vectors | None = None) -> Found:
    """The at most `k` passages that answer `query` on an ISO date: those it cites, or else the best by words and known
    questions, fused with the nearest by `vectors` where these are given."""
    texts = store.texts()
    fitting = {text.id: text for text in applicable(texts, on)}
    left_out = tuple(text for text in texts if text.id not in fitting)
    passages = sum(text.searchable for text in fitting.values())
    cited = cited_place(store, query, on)
    if cited is not None and cited.hits:
        return Found(cited.hits[:k], len(cited.hits), passages, left_out)
    wording = Wording.of(store, query, sum(text.searchable for text in texts))
    best, looked_at = wording.best(store, fitting, _RANKED)
    asked = _Asked(store, query, fitting)
    advised = _advised(store, query, fitting)
    near = vectors_nearest(store, vectors, query, fitting, _RANKED) if vectors and query.strip() else []
    ids = list(dict.fromkeys([*best, *asked.best(_ASKED), *advised, *near]))
    ranked = _ranked(store, ids, wording, asked, advised)
    if near:
        by_id = {one.passage.id: one for one in ranked}
        by_words = [one.passage.id for one in ranked if one.score > 0]
        ranked = [by_id[id_] for id_ in fused([by_words, near])]
    hits = (
        Hit(
            fitting[one.passage.text_id],
            one.passage,
            *wording.best_part(one.passage),
            one.score,
            one.coverage,
            one.likeness,
        )
        for one in ranked[:k]
    )
    return Found(tuple(hits), looked_at, passages, left_out)


@dataclass(frozen=True, slots=True)
class _Scored:
    passage: StoredPassage
    score: float
    coverage: float
    likeness: float


class _Asked:
    """How near a query is to the questions known for the passages of some texts."""

    def __init__(self, store: StatuteStore, query: str, fitting: Mapping[int, StoredText]) -> None:
        self._store = store
        self._near = asked_of_laws().near(query)
        self._known = {id_: (text, version) for id_, text in fitting.items() if (version := _known_of(text))}
        """Texts that are all there, with the version whose questions hold for them."""

    def best(self, count: int) -> Iterator[int]:
        """The passages whose questions are nearest."""
        texts = {(text.law_id, version): text for text, version in self._known.values()}
        of_these = [place for place in self._near if (place.law_id, place.version) in texts]
        for place in heapq.nlargest(count, of_these, key=lambda place: self._near[place].score):
            pinpoint = Pinpoint(int(place.label)) if place.label.isdecimal() else Pinpoint(label=place.label)
            text = texts[place.law_id, place.version]
            yield from (passage.id for passage in self._store.passages_at(text, pinpoint))

    def of(self, passage: StoredPassage) -> Near:
        if passage.text_id not in self._known:
            return _NONE
        text, version = self._known[passage.text_id]
        label = str(passage.number) if passage.kind == "article" and not passage.sub else passage.label
        return self._near.get(Article(text.law_id, version, label), _NONE)


def _known_of(text: StoredText) -> str | None:
    """The version whose questions hold for a text, if it is all there: it has as many articles as that version, or it
    is part of a code of law; a text without articles has no fewer passages than have questions. A text of unknown
    date counts as the newest version: sections of guidelines keep their numbers."""
    law = text.law
    if law is None:
        return None
    version = law.version(text.version) if text.version else law.versions[-1]
    if version is None:
        return None
    whole = (
        text.articles == version.articles or version.articles > _CODE
        if version.articles
        else text.searchable >= places_asked_of(law.id, version.date)
    )
    return version.date if whole else None


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


def _ranked(
    store: StatuteStore, ids: list[int], wording: Wording, asked: _Asked, advised: Mapping[int, float]
) -> list[_Scored]:
    """Passages by score, best first. What the primer advises gains a share of the best score."""
    scored = []
    for passage in store.by_id(ids):
        score, coverage = wording.score(store, passage)
        near = asked.of(passage)
        sum_ = (near.score + score) * _KIND_WEIGHTS.get(passage.kind, 1.0)
        scored.append(_Scored(passage, sum_, max(coverage, near.coverage), near.likeness))
    share = _ADVICE_WEIGHT * max((one.score for one in scored), default=0.0)
    scored = [replace(one, score=one.score + share * advised.get(one.passage.id, 0.0)) for one in scored]
    return sorted(scored, key=lambda one: (-one.score, one.passage.id))
