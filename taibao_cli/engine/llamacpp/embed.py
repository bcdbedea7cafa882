"""Texts to vectors with an embedding GGUF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from taibao_cli.engine.llamacpp.capi.embedding import EmbeddingContext
from taibao_cli.engine.llamacpp.capi.model import Model


class Embedder:
    """Open one with `embedder(path)`."""

    def __init__(self, model: Model, context: EmbeddingContext) -> None:
        self._model, self._context = model, context

    def embed(self, text: str) -> Any:
        """The vector of a text: float32, of length 1. A text longer than the model's context is cut into windows, and
        their vectors are averaged by length."""
        import numpy as np

        tokens = self._model.tokenize(text, parse_special=False) or [self._model.end_of_text()]
        window = self._context.window
        pieces = [tokens[at : at + window] for at in range(0, len(tokens), window)]
        total = sum(len(piece) * self._context.embed(piece) for piece in pieces)
        return total / max(float(np.linalg.norm(total)), 1e-12)


@contextmanager
def embedder(path: Path, threads: int) -> Iterator[Embedder]:
    """An embedding model, closed at the end.

    Raises:
        ModelError: the file cannot be loaded.
    """
    model = Model(path)
    try:
        context = EmbeddingContext(model, threads)
        try:
            yield Embedder(model, context)
        finally:
            context.close()
    finally:
        model.close()
