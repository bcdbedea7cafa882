"""A wider model that begins where a smaller one ended.

Every part of the residual stream, every head and every feed-forward unit is cloned, and the weights that read clones
share what one read before, so that the wider model computes the same logits (Samragh et al. 2024, "Scaling smart:
accelerating large language model pre-training with small model initialization", section 3, with its noise: what is
added for one clone is taken off another, so the function stays, but the clones have gradients of their own).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from taibao_cli.errors import InputError
from train.shape import Shape


def grow(weights: Mapping[str, Tensor], small: Shape, wide: Shape, *, seed: int) -> dict[str, Tensor]:
    """The weights of a model of shape `wide` with the logits of the `small` one.

    Raises:
        InputError: a size of `wide` is no multiple of the small one's, or what cannot be cloned differs.
    """
    _check(small, wide)
    width = wide.hidden // small.hidden
    units = wide.intermediate // small.intermediate
    clones = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), (width, width)) | {
        "gate_proj": (units, width),
        "up_proj": (units, width),
        "down_proj": (width, units),
    }
    random = torch.Generator().manual_seed(seed)
    grown = {}
    for name, weight in weights.items():
        kind = name.split(".")[-2]
        if kind in clones:
            grown[name] = _cloned(weight, *clones[kind], random)
        elif kind == "embed_tokens":
            grown[name] = weight.repeat(1, width)
        elif kind == "norm":  # its output is multiplied with the embeddings, whose clones are added up
            grown[name] = weight.repeat(width) / width
        else:
            grown[name] = weight.repeat(width) if kind.endswith("layernorm") else weight
    return grown


def _cloned(matrix: Tensor, rows: int, columns: int, random: torch.Generator) -> Tensor:
    """`matrix` [outputs, inputs] for `columns` clones of every input and `rows` of every output.

    The noise gives the entries the size that random ones have in a matrix so much wider, and sums to zero over the
    clones of an input.
    """
    noise = torch.randn(rows * matrix.shape[0], columns, matrix.shape[1], generator=random)
    noise = (noise - noise.mean(1, keepdim=True)) * (matrix.std() / columns)
    return matrix.repeat(rows, columns) / columns + noise.reshape(len(noise), -1)


def _check(small: Shape, wide: Shape) -> None:
    width = wide.hidden // small.hidden
    for name in ("hidden", "heads", "kv_heads"):
        if getattr(wide, name) != width * getattr(small, name):
            raise InputError(f"{name}: {getattr(small, name)} cannot grow to {getattr(wide, name)}, other than hidden")
    if wide.intermediate % small.intermediate:
        raise InputError(f"intermediate: {wide.intermediate} is no multiple of {small.intermediate}")
    for name in ("vocabulary", "layers", "head_dim", "rope_theta", "context"):
        if getattr(small, name) != getattr(wide, name):
            raise InputError(f"{name}: {getattr(wide, name)}, but the model to start from has {getattr(small, name)}")
