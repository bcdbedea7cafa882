"""The most probable token when those that were generated lately count for less.

As llama.cpp's chain of a penalty and a greedy choice, which goes through a table of the whole vocabulary for each
token; here it is touched only when the best token is itself one of the recent ones.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from taibao_cli.engine.llamacpp.capi.sampling import PENALTY_WINDOW


class Recent:
    """The last tokens of an answer."""

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty
        self._tokens: deque[int] = deque(maxlen=PENALTY_WINDOW)

    def choose(self, best: int, logits: Any) -> int:
        """Choose a token and remember it.

        Logits of recent tokens are divided by the penalty when positive, else multiplied by it
        (llama.cpp, src/llama-sampler.cpp: llama_sampler_penalties_apply).

        Args:
            best: the most probable token without a penalty.
            logits: float32 of shape (n_vocab,); left as they are.
        """
        import numpy as np

        if best in self._tokens:
            lowered, recent = logits.copy(), list(self._tokens)
            values = logits[recent]
            lowered[recent] = np.where(values <= 0, values * self._penalty, values / self._penalty)
            best = int(lowered.argmax())
        self._tokens.append(best)
        return best
