"""The sizes of a decoder, stated once for training from scratch and for tuning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """Models trained here are Qwen3 with tied embeddings of such a shape; every matrix width is a multiple of 256, so
    that K-quants apply."""

    vocabulary: int = 16_384
    hidden: int = 256
    layers: int = 6
    intermediate: int = 512
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 64
    context: int = 4096
    rope_theta: float = 10_000.0
