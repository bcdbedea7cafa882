"""Labels out of a written answer: a chat API gives no exact scores."""

from __future__ import annotations

import math
import re
from typing import Final

from taibao_cli.engine.base import LabelScore
from taibao_cli.engine.http.completion import Completion
from taibao_cli.errors import RowError

_AROUND: Final = " \t\n\"'`*“”‘’「」.,;:。，；："
_RUNS_ON: Final = re.compile(r"[a-z]{2}|[0-9]\.?[0-9]")


def label_scores(found: Completion, labels: tuple[str, ...]) -> tuple[LabelScore, ...]:
    """Approximate scores: the label answered has the probability of the answer (1 when the server gives none), the
    others share what is left equally. It stays best, so it has at least an equal share.

    Raises:
        RowError: the answer is none of the labels.
    """
    answer = found.text.strip()
    label = match_label(answer, labels)
    if label is None:
        raise RowError("engine", f"the answer {answer[:60]!r} is none of the {len(labels)} labels")
    p = max(probability(found.tokens, answer), 1 / len(labels))
    rest = [other for other in labels if other != label]
    p = p if rest else 1.0
    return (LabelScore(label, p), *(LabelScore(other, (1 - p) / len(rest)) for other in rest))


def match_label(answer: str, labels: tuple[str, ...]) -> str | None:
    """The label that is the answer, else the longest that it begins with, else the only one that begins with it.

    Marks around the answer and its case do not count. A label within a word or a number (B in "Based", 1 in "10")
    is none.
    """
    if answer in labels:
        return answer
    bare = answer.strip(_AROUND).casefold()
    if not bare:
        return None
    begun = [
        label for label in labels if bare.startswith(label.casefold()) and not _RUNS_ON.match(bare, len(label) - 1)
    ]
    longest = max(map(len, begun), default=0)
    found = [label for label in begun if len(label) == longest]
    found = found or [label for label in labels if label.casefold().startswith(bare)]
    return found[0] if len(found) == 1 else None


def probability(tokens: tuple[tuple[str, float], ...], answer: str) -> float:
    """Of the tokens that make the answer (thoughts and end marks are not in it); 1 without tokens."""
    start = "".join(token for token, _ in tokens).rfind(answer)
    total, place = 0.0, 0
    for token, logprob in tokens:
        if start < 0 or (place < start + len(answer) and place + len(token) > start):
            total += logprob
        place += len(token)
    return math.exp(min(0.0, total))
