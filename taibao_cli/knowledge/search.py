"""Find the primer entries that a question is about: the questions known for them and their own words, and a threshold
under which nothing is found.

Entries on the law of the United States and of the European Patent Convention answer only questions that name them.
"""

from __future__ import annotations

import functools
import heapq
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from taibao_cli.knowledge.asked import Near
from taibao_cli.knowledge.primer import Entry, Lang, entries
from taibao_cli.knowledge.questions import asked_of_primer
from taibao_cli.knowledge.synonyms import Concept, concepts
from taibao_cli.knowledge.words import EN_FILLER, ZH_FILLER, stem

_K1, _B = 1.2, 0.6
_QUESTION_WEIGHT, _KEYWORD_WEIGHT = 3, 2
# A hit covers at least this share of the question's weight (idf), less when one of its keywords stands in the question,
# and has at least this score by words; or the questions known for it cover more of it. Calibrated on
# tests/fixtures/law_questions.
_MIN_COVERAGE = {"zh": 0.44, "en": 0.55}
_MIN_COVERAGE_WITH_KEYWORD = {"zh": 0.3, "en": 0.55}
_MIN_SCORE = {"zh": 5.0, "en": 8.0}
_MIN_ASKED, _MIN_ASKED_SCORE = {"zh": 0.55, "en": 0.5}, 8.0
# Of an English question of more than so many concepts less will do.
_FEW, _MIN_COVERAGE_OF_MANY = 2, 0.45


_FOREIGN: Final = {
    "us": re.compile(r"\bU\.?S\.?(?:A\b|A\.)?(?![a-z])|(?i:united states|\bamerican?\b|uspto|\b35 usc\b)|美国"),
    "ep": re.compile(r"\bEP[CO]\b|(?i:\beurop|\bmunich\b)|欧洲|欧专局|慕尼黑"),
}
_LIKENED: Final = 30
"""Entries, best by words, whose own questions are compared."""

_NAMED: Final = 1.5
"""What an entry on the law that a question names gains."""

_WORDS_WEIGHT: Final[dict[Lang, float]] = {"zh": 2.0, "en": 0.3}
"""What the words of an entry count against the questions known for it, of which there are twice as many in English."""

_NONE: Final = Near(0.0, 0.0)


@dataclass(frozen=True)
class Hit:
    """An entry found. `score` says how near it is by its own words and by the questions known for it.

    `coverage` is the share of the query's weight that either of them contains, 0 to 1.
    """

    entry: Entry
    score: float
    by_words: Near
    asked: Near

    @property
    def coverage(self) -> float:
        return max(self.by_words.coverage, self.asked.coverage)


@dataclass(frozen=True)
class _Index:
    postings: dict[str, tuple[tuple[int, float], ...]]
    idf: dict[str, float]
    unseen_idf: float
    questions: tuple[tuple[frozenset[str], ...], ...]


def search(query: str, lang: Lang, k: int = 5) -> list[Hit]:
    """The at most `k` entries that `query` is about, best first; none when the query is about something else."""
    clean = unicodedata.normalize("NFKC", query).lower()
    long = len(_asked(query, lang)) > _FEW
    hits = []
    for hit in nearest(query, lang, k):
        keyword = any(word.lower() in clean for word in hit.entry.keywords(lang))
        floor = (_MIN_COVERAGE_WITH_KEYWORD if keyword else _MIN_COVERAGE)[lang]
        if lang == "en" and long:
            floor = _MIN_COVERAGE_OF_MANY
        by_words = hit.by_words.coverage >= floor and hit.by_words.score >= _MIN_SCORE[lang]
        by_questions = hit.asked.coverage >= _MIN_ASKED[lang] and hit.asked.score >= _MIN_ASKED_SCORE
        if by_words or by_questions:
            hits.append(hit)
    return hits


def nearest(query: str, lang: Lang, k: int = 5) -> list[Hit]:
    """The best `k` entries that share anything with `query`, however far from it."""
    said = _by_words(query, lang)
    asked = asked_of_primer(lang).near(query)
    places = _places(query)
    hits = []
    for number, entry in enumerate(entries()):
        words, near = said.get(number, _NONE), asked.get(entry.id, _NONE)
        score = (near.score + _WORDS_WEIGHT[lang] * words.score) * (_NAMED if entry.where in places else 1)
        if score and entry.where in (*places, "cn"):
            hits.append(Hit(entry, score, words, near))
    return heapq.nlargest(k, hits, key=lambda hit: hit.score)


def _by_words(query: str, lang: Lang) -> Mapping[int, Near]:
    """How near each entry is by its own words: BM25, times 1 to 2 for likeness to a question of its own."""
    index = _index(lang)
    asked = _asked(query, lang)
    scores: defaultdict[int, float] = defaultdict(float)
    covered: defaultdict[int, float] = defaultdict(float)
    total = 0.0
    for concept in asked:
        weight = _concept_weight(concept, index)
        total += weight
        for number, (gain, share) in _gains(concept, index).items():
            scores[number] += gain
            covered[number] += share * weight
    words = {word for concept in asked for word in concept.spoken}
    for number in heapq.nlargest(_LIKENED, scores, key=scores.__getitem__):
        scores[number] *= 1 + max(_dice(words, question) for question in index.questions[number])
    return {number: Near(score, min(covered[number] / total, 1.0)) for number, score in scores.items()}


def _places(query: str) -> tuple[str, ...]:
    """The foreign laws that a query names: us, ep."""
    return tuple(where for where, pattern in _FOREIGN.items() if pattern.search(query))


def _asked(query: str, lang: Lang) -> tuple[Concept, ...]:
    """What a question speaks of. The Chinese questions of the primer are spoken ones already: words as they are."""
    if lang == "zh":
        return tuple(Concept((word,)) for word in dict.fromkeys(_words(query, lang)))
    return concepts(query, lang, functools.partial(_words, lang=lang))


def _gains(concept: Concept, index: _Index) -> dict[int, tuple[float, float]]:
    """Of each entry that holds an alternative of a concept: what the best one adds, and the largest share held."""
    found: dict[int, tuple[float, float]] = {}
    for alternative in concept.alternatives:
        whole = sum(index.idf.get(word, index.unseen_idf) for word in alternative)
        held: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for word in alternative:
            for number, weight in index.postings.get(word, ()):
                held[number][0] += weight * index.idf[word]
                held[number][1] += index.idf[word] / whole
        for number, (gain, share) in held.items():
            before = found.get(number, (0.0, 0.0))
            found[number] = max(before[0], gain), max(before[1], share)
    return found


def _concept_weight(concept: Concept, index: _Index) -> float:
    """The mean idf of the terms for it, or of its own words where there are none."""
    terms = concept.meant or (concept.spoken,)
    return sum(index.idf.get(word, index.unseen_idf) for term in terms for word in term) / len(terms)


@functools.cache
def _index(lang: Lang) -> _Index:
    documents = [_document(entry, lang) for entry in entries()]
    mean = sum(sum(counts.values()) for counts in documents) / len(documents)
    found_in: Counter[str] = Counter(word for counts in documents for word in counts)
    idf = {word: _idf(len(documents), count) for word, count in found_in.items()}
    postings: dict[str, list[tuple[int, float]]] = {}
    for number, counts in enumerate(documents):
        length = sum(counts.values()) / mean
        for word, count in counts.items():
            weight = count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))
            postings.setdefault(word, []).append((number, weight))
    questions = tuple(
        tuple(frozenset(_words(question, lang)) for question in entry.questions(lang)) for entry in entries()
    )
    return _Index({word: tuple(found) for word, found in postings.items()}, idf, _idf(len(documents), 0), questions)


def _dice(a: set[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b))


def _idf(documents: int, count: int) -> float:
    return math.log(1 + (documents - count + 0.5) / (count + 0.5))


def _document(entry: Entry, lang: Lang) -> Counter[str]:
    counts: Counter[str] = Counter(_words(entry.answer(lang), lang))
    for question in (*entry.questions(lang), entry.topic(lang)):
        for word in _words(question, lang):
            counts[word] += _QUESTION_WEIGHT
    for keyword in entry.keywords(lang):
        for word in _words(keyword, lang):
            counts[word] += _KEYWORD_WEIGHT
    return counts


def _words(text: str, lang: Lang) -> list[str]:
    clean = unicodedata.normalize("NFKC", text).lower()
    latin = [stem(word) for word in re.findall(r"[a-z0-9]+", clean) if word not in EN_FILLER]
    if lang == "en":
        return latin
    runs = re.findall(r"[\u4e00-\u9fff]+", ZH_FILLER.sub(" ", clean))
    return latin + [run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))]
