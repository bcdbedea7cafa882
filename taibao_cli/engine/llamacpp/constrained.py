"""Answers in the form of a JSON schema: a token is chosen freely and checked; only a wrong one costs more.

Checking one token takes microseconds, checking a vocabulary of 150,000 longer than a decode (llama.cpp's own programs
do the same, common/sampling.cpp).
"""

from __future__ import annotations

from typing import Any, Final

from taibao_cli.engine.llamacpp.capi.library import DecodeError
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.capi.sampling import Grammar, Sampler, rules_of

FORMS: Final = 16
"""Schemas whose grammars are kept."""

_LOOKS: Final = (64, 4096)
"""How many of the most probable tokens are looked at, before all of them are."""

CANDIDATES: Final = 40
"""Allowed tokens that a sampler chooses from."""


class Forms:
    """The grammars of the schemas asked for last, to be copied for each row."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._kept: dict[str, Grammar] = {}

    def grammar(self, schema: str) -> Grammar:
        """A new grammar, for the row to close.

        Raises:
            RowError: the schema is not valid, or holds what a grammar cannot express.
            DecodeError: llama.cpp cannot read it.
        """
        kept = self._kept.pop(schema, None) or Grammar(self._model, rules_of(schema))
        self._kept[schema] = kept
        if len(self._kept) > FORMS:
            self._kept.pop(next(iter(self._kept))).close()
        return kept.copy()

    def close(self) -> None:
        for grammar in self._kept.values():
            grammar.close()
        self._kept.clear()


def choose(grammar: Grammar, sampler: Sampler | None, best: int, logits: Any) -> int:
    """The next token that the grammar allows: the most probable, or the sampler's choice.

    Args:
        best: the most probable token of all.
        logits: float32 of shape (n_vocab,).

    Raises:
        DecodeError: the grammar allows none.
    """
    import numpy as np

    if sampler is None and len(grammar.allowed(np.array([best], np.int32))):
        return best
    tokens = _most_probable(grammar, logits, CANDIDATES if sampler else 1)
    return int(tokens[0]) if sampler is None else sampler.choose(tokens, logits[tokens])


def _most_probable(grammar: Grammar, logits: Any, count: int) -> Any:
    """The `count` most probable tokens that are allowed, best first; fewer when there are no more."""
    import numpy as np

    size = len(logits)
    for look in (*_LOOKS, size):
        top = np.argpartition(-logits, look)[:look] if look < size else np.arange(size)
        ordered = top[np.argsort(-logits[top], kind="stable")].astype(np.int32)
        allowed = grammar.allowed(ordered)
        if len(allowed) >= count or look >= size:
            break
    if not len(allowed):
        raise DecodeError("no token fits the form of the answer")
    return allowed[:count]
