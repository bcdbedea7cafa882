"""Which checkpoint tensor becomes which GGUF tensor: the tables, and the plan for one checkpoint."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convert.hparams import Architecture, Hyperparameters, RopeScaling
from convert.safetensors import Tensor
from taibao_cli.errors import ModelError

EMBEDDING, HEAD = "model.embed_tokens.weight", "lm_head.weight"

# Hugging Face name within a layer -> (GGUF name within the block, dimensions by name).
_DENSE: dict[str, tuple[str, tuple[str, ...]]] = {
    "input_layernorm.weight": ("attn_norm.weight", ("hidden",)),
    "self_attn.q_proj.weight": ("attn_q.weight", ("q", "hidden")),
    "self_attn.k_proj.weight": ("attn_k.weight", ("kv", "hidden")),
    "self_attn.v_proj.weight": ("attn_v.weight", ("kv", "hidden")),
    "self_attn.o_proj.weight": ("attn_output.weight", ("hidden", "q")),
    "post_attention_layernorm.weight": ("ffn_norm.weight", ("hidden",)),
    "mlp.gate_proj.weight": ("ffn_gate.weight", ("ffn", "hidden")),
    "mlp.up_proj.weight": ("ffn_up.weight", ("ffn", "hidden")),
    "mlp.down_proj.weight": ("ffn_down.weight", ("hidden", "ffn")),
}
_QWEN2 = {
    "self_attn.q_proj.bias": ("attn_q.bias", ("q",)),
    "self_attn.k_proj.bias": ("attn_k.bias", ("kv",)),
    "self_attn.v_proj.bias": ("attn_v.bias", ("kv",)),
}
_QWEN3 = {
    "self_attn.q_norm.weight": ("attn_q_norm.weight", ("head",)),
    "self_attn.k_norm.weight": ("attn_k_norm.weight", ("head",)),
}
_ATTENTION = {source: place for source, place in _DENSE.items() if not source.startswith("mlp.")}
LAYER_TENSORS: dict[Architecture, dict[str, tuple[str, tuple[str, ...]]]] = {
    "qwen2": _DENSE | _QWEN2,
    "qwen3": _DENSE | _QWEN3,
    "qwen3moe": _ATTENTION | _QWEN3 | {"mlp.gate.weight": ("ffn_gate_inp.weight", ("expert", "hidden"))},
    "llama": _DENSE,
}
# Name within one expert of a layer -> the same of the GGUF tensor that holds all experts of the layer.
EXPERT_TENSORS: dict[str, tuple[str, tuple[str, ...]]] = {
    "gate_proj.weight": ("ffn_gate_exps.weight", ("expert_ffn", "hidden")),
    "up_proj.weight": ("ffn_up_exps.weight", ("expert_ffn", "hidden")),
    "down_proj.weight": ("ffn_down_exps.weight", ("hidden", "expert_ffn")),
}
ROUTER = "ffn_gate_inp.weight"
# Buffers that old checkpoints store although they follow from the configuration.
_IGNORED_SUFFIXES = (".rotary_emb.inv_freq",)


@dataclass(frozen=True, slots=True)
class Planned:
    """One GGUF tensor, made of one stored tensor, or of one for each expert, stacked in a new first dimension.

    `permute_heads` is the number of heads whose rows change order (llama's q and k), else 0.
    """

    name: str
    sources: tuple[Tensor, ...]
    permute_heads: int = 0
    stacked: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Row-major; GGUF states it the other way round."""
        return (len(self.sources), *self.sources[0].shape) if self.stacked else self.sources[0].shape

    @property
    def values(self) -> int:
        return math.prod(self.shape)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The values, float32, block after block in the order of the file; a block is whole rows."""
        if self.permute_heads:
            yield permute(self.sources[0].read(), self.permute_heads)
            return
        for source in self.sources:
            yield from source.blocks()


def plan_tensors(hparams: Hyperparameters, tensors: Mapping[str, Tensor], *, tied: bool | None) -> list[Planned]:
    """Map a checkpoint onto GGUF names, in the order of the network.

    `tied` is what config.json says of input embedding and output head. It only decides whether a missing one is an
    error: when both are stored, they are compared, and equal ones are written once.

    Raises:
        ModelError: a tensor is missing, has the wrong shape, or belongs to no known place.
    """
    sizes = hparams.sizes()
    left = {name: tensor for name, tensor in tensors.items() if not name.endswith(_IGNORED_SUFFIXES)}

    def find(source: str, dims: tuple[str, ...]) -> Tensor:
        tensor = left.pop(source, None)
        if tensor is None:
            raise ModelError(f"the checkpoint lacks {source}, which a {hparams.architecture} model needs")
        expected = tuple(sizes[dim] for dim in dims)
        if tensor.shape != expected:
            raise ModelError(f"{source} has shape {tensor.shape}, but config.json asks for {expected}")
        return tensor

    def take(source: str, name: str, dims: tuple[str, ...]) -> Planned:
        return Planned(name, (find(source, dims),), heads_to_permute(hparams, name.split(".", 2)[-1]))

    embedding, head = _embedding_and_head(left, tied)
    planned = [take(embedding, "token_embd.weight", ("vocab", "hidden"))]
    for layer in range(hparams.layers):
        for source, (name, dims) in LAYER_TENSORS[hparams.architecture].items():
            planned.append(take(f"model.layers.{layer}.{source}", f"blk.{layer}.{name}", dims))
        if hparams.experts is not None:
            planned += _experts(hparams.experts.count, layer, find)
    planned.append(take("model.norm.weight", "output_norm.weight", ("hidden",)))
    if head is not None:
        planned.append(take(head, "output.weight", ("vocab", "hidden")))
    else:
        left.pop(HEAD, None)
    if left:
        raise ModelError(f"{len(left)} tensors have no place in a {hparams.architecture} model, first {min(left)}")
    return planned


def _experts(count: int, layer: int, find: Callable[[str, tuple[str, ...]], Tensor]) -> list[Planned]:
    """The three stacked tensors of a layer."""
    planned = []
    for source, (name, dims) in EXPERT_TENSORS.items():
        each = [find(f"model.layers.{layer}.mlp.experts.{expert}.{source}", dims) for expert in range(count)]
        planned.append(Planned(f"blk.{layer}.{name}", tuple(each), stacked=True))
    return planned


def _embedding_and_head(tensors: Mapping[str, Tensor], tied: bool | None) -> tuple[str, str | None]:
    """Names of the tensors to write as embedding and output head; no head when it equals the embedding."""
    if EMBEDDING in tensors and HEAD in tensors:
        return EMBEDDING, None if _equal(tensors[EMBEDDING], tensors[HEAD]) else HEAD
    missing, stored = (HEAD, EMBEDDING) if EMBEDDING in tensors else (EMBEDDING, HEAD)
    if not tied:
        raise ModelError(f"the checkpoint lacks {missing}, and config.json does not tie it to {stored}")
    return stored, None


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and all(np.array_equal(x, y) for x, y in zip(a.blocks(), b.blocks(), strict=True))


def heads_to_permute(hparams: Hyperparameters, name: str) -> int:
    """Heads whose rows change order in the tensor `name` of a block; 0: none do."""
    if hparams.architecture != "llama":
        return 0
    return {"attn_q.weight": hparams.heads, "attn_k.weight": hparams.kv_heads}.get(name, 0)


def permute(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows [heads * head_dim, hidden] from split halves (transformers) to interleaved pairs (ggml's llama rope)."""
    rows = values.shape[0]
    return values.reshape(heads, 2, rows // heads // 2, *values.shape[1:]).swapaxes(1, 2).reshape(values.shape)


def rope_factors(head_dim: int, theta: float, scaling: RopeScaling) -> NDArray[np.float32]:
    """llama3's divisors of the rotary frequencies, [head_dim / 2], for the tensor `rope_freqs.weight`.

    The rule is that of `_compute_llama3_parameters` in transformers' modeling_rope_utils, in float32 as there.
    """
    powers = theta ** (np.arange(0, head_dim, 2) / head_dim).astype(np.float32).astype(np.float64)
    wavelength = np.float32(2 * np.pi) / (np.float32(1) / powers.astype(np.float32))
    smooth = (np.float32(scaling.original_context) / wavelength - scaling.low) / np.float32(scaling.high - scaling.low)
    smooth = np.clip(smooth, np.float32(0), np.float32(1))
    factors: NDArray[np.float32] = 1 / ((1 - smooth) / np.float32(scaling.factor) + smooth)
    return factors
