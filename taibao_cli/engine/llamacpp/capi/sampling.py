"""Choosing tokens."""

from __future__ import annotations

import ctypes
import importlib
from typing import Any, Final

from taibao_cli.engine.base import Sampling
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.library import DecodeError, library
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.errors import RowError

PENALTY_WINDOW: Final = 64
"""Generated tokens that `repeat_penalty` looks back on."""

_ANY_CHARACTER: Final = r"""char ::= [^"\\]"""
_JSON_CHARACTER: Final = r"""char ::= [^"\\\x00-\x1F\x7F]"""

_RANDOM_SEED: Final = 0xFFFFFFFF
"""LLAMA_DEFAULT_SEED: llama.cpp takes it for "draw a seed"."""


class Sampler:
    """A sampler chain of one row. top_k stands before top_p, which otherwise sorts the whole vocabulary."""

    def __init__(self, model: Model, sampling: Sampling) -> None:
        lib = library()
        self._chain: Any = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if sampling.repeat_penalty != 1.0:
            self._add(
                lib.llama_sampler_init_penalties(model.n_vocab, PENALTY_WINDOW, sampling.repeat_penalty, 0.0, 0.0)
            )
        if sampling.temperature <= 0:
            self._add(lib.llama_sampler_init_greedy())
            return
        self._add(lib.llama_sampler_init_top_k(sampling.top_k))
        self._add(lib.llama_sampler_init_top_p(sampling.top_p, 1))
        self._add(lib.llama_sampler_init_min_p(sampling.min_p, 1))
        self._add(lib.llama_sampler_init_temp(sampling.temperature))
        self._add(lib.llama_sampler_init_dist(sampling.seed % _RANDOM_SEED))

    def _add(self, link: Any) -> None:
        if not link:
            raise DecodeError("llama.cpp refused the sampling settings")
        library().llama_sampler_chain_add(self._chain, link)

    def sample(self, context: Context, index: int) -> int:
        """Choose the token that follows batch row `index`; the chain remembers it."""
        return int(library().llama_sampler_sample(self._chain, context.pointer, index))

    def close(self) -> None:
        if self._chain:
            library().llama_sampler_free(self._chain)
            self._chain = None

    def choose(self, tokens: Any, logits: Any) -> int:
        """Choose one of `tokens` (int32) by their `logits` (float32); the chain remembers it."""
        lib = library()
        array, candidates = _candidates(tokens, logits)
        lib.llama_sampler_apply(self._chain, ctypes.byref(array))
        if not 0 <= array.selected < array.size:
            raise DecodeError("llama.cpp chose no token")
        token = int(array.data[array.selected].id)
        lib.llama_sampler_accept(self._chain, token)
        del candidates  # llama.cpp has read it till here
        return token


class Grammar:
    """What an answer may look like, and how far one has come. The prototype of a schema is copied for each row."""

    def __init__(self, model: Model, rules: str) -> None:
        """Read rules in GBNF.

        Raises:
            DecodeError: they are not valid.
        """
        self._use(library().llama_sampler_init_grammar(model.vocabulary, rules.encode(), b"root"))

    def _use(self, pointer: Any) -> None:
        if not pointer:
            raise DecodeError("llama.cpp cannot read the grammar")
        self._pointer = pointer

    def copy(self) -> Grammar:
        made = object.__new__(Grammar)
        made._use(library().llama_sampler_clone(self._pointer))
        return made

    def allowed(self, tokens: Any) -> Any:
        """Those of `tokens` (int32) that may come next, in the same order. Nothing is remembered."""
        import numpy as np

        array, candidates = _candidates(tokens, np.zeros(len(tokens), np.float32))
        library().llama_sampler_apply(self._pointer, ctypes.byref(array))
        return tokens[np.isfinite(candidates["logit"])]

    def accept(self, token: int) -> None:
        """Take a token that is allowed; llama.cpp ends the process at any other."""
        library().llama_sampler_accept(self._pointer, token)

    def close(self) -> None:
        if self._pointer:
            library().llama_sampler_free(self._pointer)
            self._pointer = None


def _candidates(tokens: Any, logits: Any) -> tuple[Any, Any]:
    """What llama.cpp chooses from, and the numpy array that holds it: keep it as long as the other is used."""
    import numpy as np

    lib = library()
    held = np.zeros(len(tokens), [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
    held["id"], held["logit"] = tokens, logits
    data = held.ctypes.data_as(lib.llama_token_data_p)
    return lib.llama_token_data_array(data, len(held), -1, False), held


def rules_of(schema: str) -> str:
    """GBNF for a JSON schema, by llama-cpp-python's converter; its strings may hold raw control characters, JSON's not.

    Raises:
        RowError: the schema is not valid, or holds what a grammar cannot express.
    """
    convert = importlib.import_module("llama_cpp.llama_grammar").json_schema_to_gbnf
    try:
        rules = str(convert(schema))
    except Exception as error:  # the converter raises whatever goes wrong in it
        reason = " ".join(str(error).split())[:200]
        raise RowError("bad_value", f"the schema of the answer cannot be used: {reason}") from None
    return rules.replace(_ANY_CHARACTER, _JSON_CHARACTER)
