"""How long examples are, by task: quantiles, shares, and their distribution as a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from train.instructions.conversation import Conversation
from train.instructions.encode import Encoded
from train.plot import line_chart

QUANTILES: Final = (0.5, 0.9, 0.99, 1.0)
_BINS: Final = 200


@dataclass(frozen=True, slots=True)
class Lengths:
    """Of the examples of a task: how many, their tokens, those with a label, and lengths at `QUANTILES`."""

    examples: int
    tokens: int
    labelled: int
    quantiles: tuple[int, ...]


def by_task(conversations: Sequence[Conversation], encoded: Sequence[Encoded]) -> dict[str, list[Encoded]]:
    """Examples by the task that their row names, "" for none, in alphabetic order."""
    groups: dict[str, list[Encoded]] = defaultdict(list)
    for conversation, example in zip(conversations, encoded, strict=True):
        groups[conversation.task].append(example)
    return dict(sorted(groups.items()))


def lengths(examples: Sequence[Encoded]) -> Lengths:
    sizes = sorted(len(example) for example in examples)
    last = len(sizes) - 1
    return Lengths(
        len(sizes),
        sum(sizes),
        sum(int(example.labelled.sum()) for example in examples),
        tuple(sizes[round(share * last)] for share in QUANTILES) if sizes else (),
    )


def length_plot(groups: Mapping[str, Sequence[Encoded]]) -> str:
    """An SVG: for each task the share of examples that are at most so long."""
    lines = {}
    for name, examples in groups.items():
        sizes = sorted(len(example) for example in examples)
        step = max(1, len(sizes) // _BINS)
        kept = sorted({*range(0, len(sizes), step), len(sizes) - 1})
        lines[name or "no task"] = [(float(sizes[at]), (at + 1) / len(sizes)) for at in kept]
    return line_chart("Length of examples", "tokens", "share of examples at most so long", lines)
