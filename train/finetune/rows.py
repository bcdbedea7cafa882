"""A few trainable rows of frozen embeddings: tokens that the base never saw in use.

The frozen matrix is read where it lies. peft's own layer copies it, and the gradient of it, in every step: 2.5 GB for
Qwen-7B.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class RowEmbedding(nn.Module):
    """Embeddings of which the rows `places` are the parameter `rows` [n, width], in float32."""

    def __init__(self, base: nn.Embedding, places: Sequence[int]) -> None:
        super().__init__()
        self.base = base
        self.places = tuple(places)
        self.rows = nn.Parameter(base.weight.detach()[list(places)].float().clone())

    @property
    def weight(self) -> Tensor:
        return self.base.weight

    def forward(self, ids: Tensor) -> Tensor:
        vectors: Tensor = self.base(ids)
        for at, place in enumerate(self.places):
            vectors = torch.where((ids == place).unsqueeze(-1), self.rows[at].to(vectors.dtype), vectors)
        return vectors


class RowHead(nn.Module):
    """An output matrix of which the rows `places` are `rows`: shared with the embeddings where those are tied."""

    def __init__(self, base: nn.Linear, places: Sequence[int], rows: nn.Parameter) -> None:
        super().__init__()
        self.base = base
        self.rows = rows
        self.register_buffer("places", torch.tensor(list(places)), persistent=False)

    @property
    def weight(self) -> Tensor:
        return self.base.weight

    def forward(self, states: Tensor) -> Tensor:
        logits: Tensor = self.base(states)
        own = states @ self.rows.to(states.dtype).T
        return logits.index_copy(-1, self.places, own.to(logits.dtype))  # type: ignore[arg-type]


def train_rows(model: Any, places: Sequence[int], *, tied: bool) -> None:
    """Put the two in place of the embeddings and the output of `model`, a causal model of transformers."""
    embedding = RowEmbedding(model.get_input_embeddings(), places)
    head = model.get_output_embeddings()
    rows = embedding.rows if tied else nn.Parameter(head.weight.detach()[list(places)].float().clone())
    model.set_input_embeddings(embedding)
    model.set_output_embeddings(RowHead(head, places, rows).to(head.weight.device))
