"""Copying exercises: the skill that titles, translations with terms and own labels rest on, without their difficulty.

A small model learns to copy words from its prompt late, and most answers of the tasks are copies. Spans of words in no
sensible order leave no other way to be right than to look them up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from taibao_cli.engine.base import Message
from taibao_cli.patents.language import Lang
from train.data.trees import Branch, Tree

_ASK: dict[Lang, str] = {"zh": "复述", "en": "Repeat"}


def copying_trees(words: Mapping[Lang, Sequence[str]], rng: Random, count: int) -> Iterator[Tree]:
    """Half of the trees ask for the whole span again, begun with a capital, half for what follows a given word of it.

    `words` are drawn at random and joined without order, Chinese ones without spaces.
    """
    for number in range(count):
        lang = rng.choice(tuple(words))
        joiner = "" if lang == "zh" else " "
        span = [rng.choice(words[lang]) for _ in range(rng.randint(5, 30))]
        if number % 2:
            yield _tree(f"{joiner.join(span)}\n\n{_ASK[lang]}", _sentence(joiner.join(span)))
        else:
            at = rng.randrange(len(span) - 1)
            yield _tree(f"{joiner.join(span)}\n\n{span[at]}", joiner.join(span[at + 1 :]))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tree(asked: str, answer: str) -> Tree:
    return Tree((Branch((Message("user", asked),), answer),))
