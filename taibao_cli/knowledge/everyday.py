"""Everyday words for the articles of the laws in the table of facts, so that 不给钱 finds the article on fees unpaid.

The shipped list is everyday_zh.tsv: a line `# law version`, then article, tab, words. It holds for that version alone.
For the English entries of the primer everyday_en.tsv has id, tab, words.
"""

from __future__ import annotations

import csv
import functools
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from taibao_cli.knowledge.words import index_words


@dataclass(frozen=True, slots=True)
class Everyday:
    """The list, and which articles have a word. An article is (law id, version, label): 22, or 三 for points."""

    words: Mapping[tuple[str, str, str], Counter[str]]
    having: Mapping[str, tuple[tuple[str, str, str], ...]]

    def rows(self, word: str) -> int:
        """How many articles have a word."""
        return len(self.having.get(word, ()))

    def best(self, weights: Mapping[str, float], count: int) -> list[tuple[str, str, str]]:
        """The articles whose words weigh most, of those with any."""
        scores: defaultdict[tuple[str, str, str], float] = defaultdict(float)
        for word, weight in weights.items():
            for article in self.having.get(word, ()):
                scores[article] += weight
        return heapq.nlargest(count, scores, key=scores.__getitem__)


@functools.cache
def everyday() -> Everyday:
    """The shipped list, read once."""
    text = resources.files("taibao_cli.knowledge").joinpath("everyday_zh.tsv").read_text(encoding="utf-8")
    words = dict(_articles(text.splitlines()))
    having: dict[str, list[tuple[str, str, str]]] = {}
    for article, counts in words.items():
        for word in counts:
            having.setdefault(word, []).append(article)
    return Everyday(words, {word: tuple(found) for word, found in having.items()})


def everyday_words(entry: str) -> str:
    """English words that people use for an entry of the primer."""
    return _of_entries().get(entry, "")


@functools.cache
def _of_entries() -> Mapping[str, str]:
    text = resources.files("taibao_cli.knowledge").joinpath("everyday_en.tsv").read_text(encoding="utf-8")
    return dict(csv.reader(text.splitlines(), delimiter="\t"))


def _articles(lines: Iterable[str]) -> Iterable[tuple[tuple[str, str, str], Counter[str]]]:
    law = version = ""
    for line in lines:
        if line.startswith("# "):
            _, law, version = line.split(" ")
        else:
            article, words = line.split("\t")
            yield (law, version, article), Counter(index_words(words))
