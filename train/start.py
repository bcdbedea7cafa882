"""Reading a GGUF of the project's own as the start of another training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from convert.tensors import LAYER_TENSORS
from taibao_cli.errors import InputError
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
        InputError: it cannot be read or is of another architecture.
    """
    import gguf

    try:
        reader = gguf.GGUFReader(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not a readable GGUF: {error}") from None
    found = {tensor.name: tensor for tensor in reader.tensors}
    kind = reader.fields["general.architecture"].contents()
    if kind != "qwen3" or "output.weight" in found:
        raise InputError(f"{path}: training goes on from Qwen3 models with tied embeddings, not from {kind}")

    def key(name: str) -> Any:
        return reader.fields[f"qwen3.{name}"].contents()

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(gguf.quants.dequantize(found[name].data, found[name].tensor_type).copy())

    shape = Shape(
        vocabulary=len(tokens := reader.fields["tokenizer.ggml.tokens"].contents()),
        hidden=key("embedding_length"),
        layers=key("block_count"),
        intermediate=key("feed_forward_length"),
        heads=key("attention.head_count"),
        kv_heads=key("attention.head_count_kv"),
        head_dim=key("attention.key_length"),
        context=key("context_length"),
        rope_theta=float(key("rope.freq_base")),
    )
    weights = {
        "model.embed_tokens.weight": tensor("token_embd.weight"),
        "model.norm.weight": tensor("output_norm.weight"),
    }
    for layer in range(shape.layers):
        for source, (name, _) in LAYER_TENSORS["qwen3"].items():
            weights[f"model.layers.{layer}.{source}"] = tensor(f"blk.{layer}.{name}")
    return Start(weights, shape, tokens, reader.fields["tokenizer.ggml.merges"].contents())
