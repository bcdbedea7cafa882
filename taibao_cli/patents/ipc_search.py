"""Classes and subclasses by what their titles say: BM25 over Chinese and English titles together."""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from taibao_cli.patents.ipc import Symbol, table

_K1: Final = 1.2
_B: Final = 0.5
_WORDS: Final = re.compile(r"[a-z0-9]+|[一-鿿]+")
_LEAST: Final = 3
"""Letters of a word; shorter ones say nothing in titles."""


def search_titles(query: str, limit: int = 10) -> list[tuple[Symbol, float]]:
    """The sections, classes and subclasses whose titles say most of `query`, best first, with
    their scores; none when no title says any of it."""
    index = _index()
    scores: defaultdict[str, float] = defaultdict(float)
    for term in set(_terms(query)):
        for symbol, weight in index.get(term, ()):
            scores[symbol] += weight
    ranked = sorted(scores, key=lambda symbol: (-scores[symbol], symbol))
    return [(table()[symbol], scores[symbol]) for symbol in ranked[:limit]]


@functools.cache
def _index() -> Mapping[str, Sequence[tuple[str, float]]]:
    """For each term the symbols that say it, with what that adds to their scores."""
    documents = {symbol: Counter(_terms(f"{row.zh} {row.en}")) for symbol, row in table().items()}
    mean = sum(counts.total() for counts in documents.values()) / len(documents)
    found_in = Counter(term for counts in documents.values() for term in counts)
    index: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for symbol, counts in documents.items():
        length = 1 - _B + _B * counts.total() / mean
        for term, count in counts.items():
            idf = math.log(1 + (len(documents) - found_in[term] + 0.5) / (found_in[term] + 0.5))
            index[term].append((symbol, idf * count * (_K1 + 1) / (count + _K1 * length)))
    return index


def _terms(text: str) -> list[str]:
    """Pairs of Chinese characters, and English words without the ends of plurals and of -ing, -ed."""
    found: list[str] = []
    for run in _WORDS.findall(unicodedata.normalize("NFKC", text).lower()):
        if run.isascii():
            found += [_stem(run)] if len(run) >= _LEAST else []
        else:
            found += [run[at : at + 2] for at in range(max(1, len(run) - 1))]
    return found


def _stem(word: str) -> str:
    for ending, left in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + left
    return word
