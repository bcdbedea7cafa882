"""Reading a GGUF of the project's own as the start of another training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from convert.shards import Stored
from convert.unpack import PackedModel
from taibao_cli.errors import ModelError
from train.shape import Shape


@dataclass(frozen=True, slots=True)
class Start:
    """A trained model: float32 `weights` by their names in a checkpoint, its shape, its tokens by id and the merges
    that make them, best first."""

    weights: dict[str, Tensor]
    shape: Shape
    tokens: Sequence[str]
    merges: Sequence[str]


def read_start(path: Path) -> Start:
    """Dequantize a GGUF of the Qwen3 architecture with tied embeddings.

    Raises:
        ModelError: it cannot be read or is of another architecture.
    """
    packed = PackedModel(path)
    config = packed.config()
    if packed.kind != "qwen3" or not config["tie_word_embeddings"]:
        raise ModelError(f"{path}: training goes on from Qwen3 models with tied embeddings, not from {packed.kind}")
    shape = Shape(
        vocabulary=config["vocab_size"],
        hidden=config["hidden_size"],
        layers=config["num_hidden_layers"],
        intermediate=config["intermediate_size"],
        heads=config["num_attention_heads"],
        kv_heads=config["num_key_value_heads"],
        head_dim=config["head_dim"],
        context=config["max_position_embeddings"],
        rope_theta=config["rope_theta"],
    )
    return Start({each.name: _weight(each) for each in packed.tensors()}, shape, packed.tokens, packed.merges)


def _weight(stored: Stored) -> Tensor:
    kept = {"F16": torch.float16, "F32": torch.float32}[stored.kind]
    return torch.frombuffer(bytearray().join(stored.blocks()), dtype=kept).reshape(stored.shape).float()
