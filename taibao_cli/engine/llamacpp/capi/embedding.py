"""Vectors of texts from an embedding model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.library import DecodeError, clear_log, first_log_line, library
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.errors import ModelError

_NONE, _MEAN = 0, 1
"""Of enum llama_pooling_type."""

_MOST: Final = 2048


class EmbeddingContext:
    """Computes one text at a time, pooled as the model's file says, by the mean where it says nothing."""

    def __init__(self, model: Model, threads: int) -> None:
        """Allocate it.

        Raises:
            ModelError: there is not enough memory.
        """
        self.window = min(model.trained_context, _MOST)
        """Tokens that are computed together."""
        self._model, self._threads = model, threads
        self.pointer: Any = self._made(None)
        if library().llama_pooling_type(self.pointer) == _NONE:
            library().llama_free(self.pointer)
            self.pointer = self._made(_MEAN)
        self.width = int(library().llama_model_n_embd(model.pointer))
        self._batch = Batch(self.window, 1)

    def embed(self, tokens: Sequence[int]) -> Any:
        """The vector of at most `window` tokens: float32, of length 1.

        Raises:
            DecodeError: it could not be computed.
        """
        import numpy as np

        lib = library()
        if memory := lib.llama_get_memory(self.pointer):
            lib.llama_memory_clear(memory, True)
        self._batch.clear()
        for position, token in enumerate(tokens):
            self._batch.add(token, position, [0], logits=True)
        if code := lib.llama_decode(self.pointer, self._batch.struct):
            raise DecodeError(f"llama.cpp could not embed a text of {len(tokens)} tokens (code {code})")
        found = lib.llama_get_embeddings_seq(self.pointer, 0)
        if not found:
            raise DecodeError("llama.cpp holds no vector; is this an embedding model?")
        vector = np.ctypeslib.as_array(found, (self.width,)).astype(np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-12)

    def close(self) -> None:
        if self.pointer:
            library().llama_free(self.pointer)
            self.pointer = None

    def _made(self, pooling: int | None) -> Any:
        lib = library()
        params = lib.llama_context_default_params()
        params.n_ctx = params.n_batch = params.n_ubatch = self.window
        params.n_seq_max = 1
        params.embeddings, params.no_perf = True, True
        params.n_threads = params.n_threads_batch = self._threads
        if pooling is not None:
            params.pooling_type = pooling
        clear_log()
        pointer = lib.llama_init_from_model(self._model.pointer, params)
        if not pointer:
            raise ModelError(f"llama.cpp cannot make a context for embeddings ({first_log_line()})")
        return pointer
