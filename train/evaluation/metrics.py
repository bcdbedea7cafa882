"""Measures of answers against gold, and intervals for them. Pure functions; nothing here reads or prints."""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from taibao_cli.patents.language import Lang

Floats = NDArray[np.float64]

CHRF_ORDER = 6
CHRF_BETA = 2
_Z95 = 1.959963984540054
_EN_WORD = re.compile(r"[a-z0-9]+")


def units(text: str, lang: Lang) -> list[str]:
    """What ROUGE-L and overlaps count: characters but white space in Chinese, lower-case words in English."""
    return [sign for sign in text if not sign.isspace()] if lang == "zh" else _EN_WORD.findall(text.lower())


def chrf_statistics(answer: str, gold: str) -> tuple[float, ...]:
    """Counts for chrF: (n-grams of the answer, of the gold, in both) for each order 1 to 6, white space left out.

    Counts of several segments add up to those of the corpus.
    """
    answer, gold = "".join(answer.split()), "".join(gold.split())
    counts: list[float] = []
    for order in range(1, CHRF_ORDER + 1):
        own, wanted = _ngrams(answer, order), _ngrams(gold, order)
        counts += [own.total() if wanted else 0, wanted.total(), (own & wanted).total()]
    return tuple(counts)


def _ngrams(text: str, order: int) -> Counter[str]:
    return Counter(text[at : at + order] for at in range(len(text) - order + 1))


def chrf_score(statistics: Sequence[float] | Floats) -> float:
    """chrF of summed counts, 0 to 100: Popović 2015 with character order 6, word order 0 and beta 2, averaging the
    orders both sides have, as sacrebleu does by default (a test compares the two)."""
    precision = recall = 0.0
    orders = 0
    for own, wanted, shared in np.asarray(statistics, np.float64).reshape(-1, 3):
        if own > 0 and wanted > 0:
            precision += shared / own
            recall += shared / wanted
            orders += 1
    if not precision + recall:
        return 0.0
    precision, recall = precision / orders, recall / orders
    return float(100 * (1 + CHRF_BETA**2) * precision * recall / (CHRF_BETA**2 * precision + recall))


def chrf(answers: Sequence[str], golds: Sequence[str]) -> float:
    """chrF of a corpus, 0 to 100."""
    return chrf_score(np.sum([chrf_statistics(a, g) for a, g in zip(answers, golds, strict=True)], axis=0))


def rouge_l(answer: str, gold: str, lang: Lang) -> float:
    """F1 of the longest common subsequence of `units`, 0 to 1 (Lin 2004 with beta 1; no stemming)."""
    return rouge_of(units(answer, lang), units(gold, lang))


def rouge_of(own: Sequence[str], wanted: Sequence[str]) -> float:
    """The same for texts that are cut already."""
    if not own or not wanted:
        return 0.0
    return 2 * common_subsequence(own, wanted) / (len(own) + len(wanted))


def word_list(text: str, lang: Lang) -> list[str]:
    """Words: those of jieba in Chinese, signs left out; lower-case ones in English."""
    if lang == "en":
        return units(text, lang)
    import jieba

    jieba.setLogLevel(logging.ERROR)
    return [word for word in jieba.lcut(text) if any(sign.isalnum() for sign in word)]


def common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, a bit for each item of `a` at once (Hyyrö 2004)."""
    places: dict[Hashable, int] = {}
    for at, item in enumerate(a):
        places[item] = places.get(item, 0) | 1 << at
    full = (1 << len(a)) - 1
    row = full
    for item in b:
        found = row & places.get(item, 0)
        row = (row + found | row - found) & full
    return len(a) - row.bit_count()


def jaccard(a: str, b: str, lang: Lang) -> float:
    """Shared units over all units of two texts, as sets; 0 for two empty texts."""
    first, second = set(units(a, lang)), set(units(b, lang))
    return len(first & second) / len(first | second) if first | second else 0.0


def accuracy(hits: Floats) -> float:
    """The mean of 0 and 1."""
    return float(np.mean(hits))


def macro_f1(golds: Floats, answers: Floats) -> float:
    """The mean F1 over the labels that occur in gold."""
    scores = []
    for label in np.unique(golds):
        both = np.sum((golds == label) & (answers == label))
        scores.append(2 * both / (np.sum(golds == label) + np.sum(answers == label)))
    return float(np.mean(scores))


def pearson(golds: Floats, answers: Floats) -> float:
    """Linear correlation, -1 to 1; 0 when either side is constant."""
    a, b = golds - np.mean(golds), answers - np.mean(answers)
    scale = math.sqrt(float(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > 1e-12 else 0.0


def spearman(golds: Floats, answers: Floats) -> float:
    """Correlation of ranks, ties sharing their mean rank."""
    return pearson(_ranks(golds), _ranks(answers))


def _ranks(values: Floats) -> Floats:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], np.float64)


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """The 95 % score interval of a rate (Wilson 1927); (0, 1) without rows."""
    if not rows:
        return 0.0, 1.0
    rate, spread = hits / rows, _Z95**2 / rows
    middle = (rate + spread / 2) / (1 + spread)
    half = _Z95 * math.sqrt(rate * (1 - rate) / rows + spread / (4 * rows)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def resamples(rows: int, *, samples: int = 1000, seed: int = 0) -> NDArray[np.int64]:
    """Row numbers drawn with replacement, shape (samples, rows); one table of them keeps two systems paired."""
    return np.random.default_rng(seed).integers(0, rows, (samples, rows))


def bootstrap(table: Floats, combine: Callable[[Floats], float], draws: NDArray[np.int64]) -> Floats:
    """The measure on every draw; `table` has one line for each row, `combine` makes one number of some lines."""
    return np.array([combine(table[draw]) for draw in draws])


def percentile_interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of bootstrapped values."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def rounded(interval: tuple[float, float]) -> tuple[float, float]:
    """To four digits."""
    return round(interval[0], 4), round(interval[1], 4)
