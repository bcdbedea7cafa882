"""The piece of an article that speaks of something: a paragraph, or of a long one the item or sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from taibao_cli.knowledge.store.paragraphs import paragraphs
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.words import index_words

_LONG: Final = 400
"""Characters of a paragraph that is quoted whole."""

_SENTENCE: Final = re.compile(r"[^。；;\n]*[。；;\n]?")


def excerpt(words: str, article: Pinpoint, about: str) -> tuple[Pinpoint, str]:
    """The piece of an article's `words` that shares most with `about`, character for character, and its place."""
    wanted = frozenset(index_words(about))
    parts = paragraphs(words)
    if not parts:
        return article, words
    part = parts[_best([one.text for one in parts], wanted)]
    place = Pinpoint(article.article, article.sub, part.number if len(parts) > 1 else 0)
    if len(part.text) <= _LONG:
        return place, part.text
    if part.items:
        item = part.items[_best([one.text for one in part.items], wanted)]
        return Pinpoint(place.article, place.sub, place.paragraph, item.number), item.text
    sentences = [one for one in _SENTENCE.findall(part.text) if one.strip()]
    return place, sentences[_best(sentences, wanted)].strip()


def _best(texts: Sequence[str], wanted: frozenset[str]) -> int:
    """Index of the text that holds most of the wanted words for its length, the first of equals."""
    scores = []
    for text in texts:
        held = frozenset(index_words(text))
        scores.append(len(held & wanted) / (8 + len(held)) ** 0.5)
    return max(range(len(texts)), key=lambda at: (scores[at], -at))
