"""How well a model predicts early and late in its context: whether a stated context was really trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from convert.compare import ROWS, log_softmax, nfc
from convert.logits import GgufModel
from taibao_cli.errors import InputError


@dataclass(frozen=True, slots=True)
class Stretch:
    """Positions from `start` to before `end` of the context; `tokens` predicted there, over all texts."""

    start: int
    end: int
    perplexity: float
    tokens: int


def perplexity_by_position(
    gguf: Path, texts: Iterable[str], edges: Sequence[int], *, threads: int | None = None
) -> list[Stretch]:
    """Perplexity of the model between each two of the ascending `edges`, on texts that reach the last one.

    The same texts stand behind every stretch, so that stretches can be compared; shorter texts are left out.

    Raises:
        ModelError: the model cannot be loaded.
        InputError: no text is long enough.
    """
    losses = []
    with closing(GgufModel(gguf, n_ctx=edges[-1], threads=threads)) as model:
        for text in texts:
            tokens = model.encode(nfc(text))[: edges[-1]]
            if len(tokens) == edges[-1]:
                logits = model.logits(tokens)
                blocks = [logits[start : start + ROWS] for start in range(0, len(tokens) - 1, ROWS)]
                chances = np.concatenate([log_softmax(block) for block in blocks])[: len(tokens) - 1]
                losses.append(-chances[np.arange(len(tokens) - 1), tokens[1:]])
    if not losses:
        raise InputError(f"no text has {edges[-1]} tokens; perplexity by position needs some")
    table = np.stack(losses)
    return [
        Stretch(start, end, float(np.exp(table[:, start : end - 1].mean())), int(table[:, start : end - 1].size))
        for start, end in pairwise(edges)
    ]
