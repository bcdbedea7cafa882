"""The sizes of a model and how its positions are encoded, read from config.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from taibao_cli.errors import ModelError

Architecture = Literal["qwen2", "qwen3", "qwen3moe", "llama"]
ARCHITECTURES: dict[str, Architecture] = {
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3moe",
    "llama": "llama",
}
"""`model_type` of config.json -> `general.architecture` of a GGUF."""

_ROPE_COMMON = {"rope_type", "type", "rope_theta", "factor", "original_max_position_embeddings"}
_ROPE_KEYS = {
    "default": {"rope_type", "type", "rope_theta"},
    "linear": _ROPE_COMMON,
    "yarn": _ROPE_COMMON,
    "llama3": _ROPE_COMMON | {"low_freq_factor", "high_freq_factor"},
}


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """Stretched positions. `kind` is linear, yarn or llama3; `low` and `high` are llama3's frequency factors."""

    kind: str
    factor: float
    original_context: int
    low: float = 1.0
    high: float = 1.0


@dataclass(frozen=True, slots=True)
class Experts:
    """A mixture: `count` experts of width `feed_forward` a layer, `used` of them for each token."""

    count: int
    used: int
    feed_forward: int


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Sizes in elements; `context` in tokens."""

    architecture: Architecture
    layers: int
    context: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    rope_theta: float
    rms_eps: float
    rope_scaling: RopeScaling | None
    experts: Experts | None = None

    def sizes(self) -> dict[str, int]:
        """Lengths of the dimensions that tensors have, by the names of `convert.tensors`."""
        return {
            "hidden": self.hidden,
            "q": self.heads * self.head_dim,
            "kv": self.kv_heads * self.head_dim,
            "ffn": self.feed_forward,
            "head": self.head_dim,
            "vocab": self.vocab,
            **({"expert": self.experts.count, "expert_ffn": self.experts.feed_forward} if self.experts else {}),
        }


def read_hparams(config: Mapping[str, Any]) -> Hyperparameters:
    """Read config.json of transformers 4 or 5.

    Raises:
        ModelError: another architecture, a missing number, or a feature that llama.cpp would not reproduce.
    """
    model_type = config.get("model_type")
    architecture = ARCHITECTURES.get(model_type) if isinstance(model_type, str) else None
    if architecture is None:
        known = ", ".join(ARCHITECTURES)
        hint = "; turn it into a Qwen2 checkpoint with: taibao convert qwen1" if model_type == "qwen" else ""
        raise ModelError(f"config.json: model_type {model_type!r} cannot be converted; known are {known}{hint}")
    if config.get("use_sliding_window"):
        raise ModelError("config.json: sliding-window attention cannot be converted; set use_sliding_window to false")
    if config.get("hidden_act", "silu") != "silu":
        raise ModelError(f"config.json: hidden_act {config['hidden_act']!r} cannot be converted; only silu can")
    hidden, heads = _integer(config, "hidden_size"), _integer(config, "num_attention_heads")
    context = _integer(config, "max_position_embeddings")
    theta, scaling = _rope(config, context)
    return Hyperparameters(
        architecture=architecture,
        layers=_integer(config, "num_hidden_layers"),
        context=context,
        hidden=hidden,
        feed_forward=_integer(config, "intermediate_size"),
        heads=heads,
        kv_heads=_integer(config, "num_key_value_heads", heads),
        head_dim=_integer(config, "head_dim", hidden // heads),
        vocab=_integer(config, "vocab_size"),
        rope_theta=theta,
        rms_eps=_number(config, "rms_norm_eps"),
        rope_scaling=scaling,
        experts=_experts(config) if architecture == "qwen3moe" else None,
    )


def _experts(config: Mapping[str, Any]) -> Experts:
    """llama.cpp has experts in every layer and makes the weights of the chosen ones sum to 1."""
    if not config.get("norm_topk_prob"):
        raise ModelError("config.json: norm_topk_prob must be true; llama.cpp has no other mixture for this family")
    if config.get("mlp_only_layers") or config.get("decoder_sparse_step", 1) != 1:
        raise ModelError(
            "config.json: mlp_only_layers and decoder_sparse_step cannot be converted: experts in every layer only"
        )
    count_key = "num_experts" if "num_experts" in config else "num_local_experts"
    return Experts(
        count=_integer(config, count_key),
        used=_integer(config, "num_experts_per_tok"),
        feed_forward=_integer(config, "moe_intermediate_size"),
    )


def _rope(config: Mapping[str, Any], context: int) -> tuple[float, RopeScaling | None]:
    """Base and scaling; transformers 5 keeps both in `rope_parameters`, 4 in `rope_theta` and `rope_scaling`."""
    rope = dict(config.get("rope_parameters") or config.get("rope_scaling") or {})
    theta = _number(rope, "rope_theta") if "rope_theta" in rope else _number(config, "rope_theta", 10_000.0)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if rope.pop("partial_rotary_factor", 1.0) != 1.0:
        raise ModelError("config.json: partial rotary embeddings cannot be converted")
    if kind not in _ROPE_KEYS:
        raise ModelError(f"config.json: rope type {kind!r} cannot be converted; known are {', '.join(_ROPE_KEYS)}")
    if unknown := sorted(set(rope) - _ROPE_KEYS[kind]):
        raise ModelError(f"config.json: rope type {kind} with {', '.join(unknown)} cannot be converted")
    if kind == "default":
        return theta, None
    original = _integer(rope, "original_max_position_embeddings", context)
    low, high = _number(rope, "low_freq_factor", 1.0), _number(rope, "high_freq_factor", 1.0)
    return theta, RopeScaling(kind, _number(rope, "factor"), original, low, high)


def _integer(config: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = config.get(key)
    if value is None:
        value = default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ModelError(f"config.json: {key} must be a whole number above 0, not {value!r}")
    return value


def _number(config: Mapping[str, Any], key: str, default: float | None = None) -> float:
    value = config.get(key)
    if value is None:
        value = default
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ModelError(f"config.json: {key} must be a number above 0, not {value!r}")
    return float(value)
