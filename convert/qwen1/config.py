"""config.json and generation_config.json of the first Qwen, in both dialects, as those of Qwen2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taibao_cli.errors import ModelError

# Qwen2's key -> the keys of the release of December 2023 and of the first one, of August 2023.
_INTEGERS = {
    "hidden_size": ("hidden_size", "n_embd"),
    "num_hidden_layers": ("num_hidden_layers", "n_layer"),
    "num_attention_heads": ("num_attention_heads", "n_head"),
    "intermediate_size": ("intermediate_size", "ffn_hidden_size"),  # of both halves of the MLP together
    "vocab_size": ("padded_vocab_size", "vocab_size"),
    "max_position_embeddings": ("seq_length",),
}
# Settings that all published checkpoints share, and that Qwen2 could not follow if they were others.
_FIXED = {
    "rotary_pct": 1.0,
    "no_bias": True,
    "scale_attn_weights": True,
    "apply_residual_connection_post_layernorm": False,
}
_SAMPLING = ("do_sample", "temperature", "top_p", "top_k", "repetition_penalty", "max_new_tokens")


def qwen2_config(config: Mapping[str, Any], *, dtype: str) -> dict[str, Any]:
    """config.json for the same weights as a Qwen2ForCausalLM.

    `max_position_embeddings` is the trained length `seq_length`: beyond it the original rescales its queries and its
    rotary base with the length of the text, which Qwen2 does not.

    Raises:
        ModelError: another model type, a missing or contradictory number, or a setting that Qwen2 has not.
    """
    if config.get("model_type") != "qwen":
        raise ModelError(
            f"config.json: model_type is {config.get('model_type')!r}, not 'qwen'; nothing to turn into Qwen2"
        )
    for key, expected in _FIXED.items():
        if config.get(key, expected) != expected:
            raise ModelError(f"config.json: {key} {config[key]!r} cannot be expressed in Qwen2; it must be {expected}")
    numbers = {key: _integer(config, names) for key, names in _INTEGERS.items()}
    if numbers["intermediate_size"] % 2:
        raise ModelError(
            f"config.json: the MLP width {numbers['intermediate_size']} must be even: it is that of two halves"
        )
    numbers["intermediate_size"] //= 2
    head_dim = config.get("kv_channels", numbers["hidden_size"] // numbers["num_attention_heads"])
    if head_dim * numbers["num_attention_heads"] != numbers["hidden_size"]:
        raise ModelError("config.json: kv_channels times the heads is not the hidden size; Qwen2 needs that")
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        **numbers,
        "num_key_value_heads": numbers["num_attention_heads"],
        "hidden_act": "silu",
        "rms_norm_eps": float(config.get("layer_norm_epsilon", 1e-6)),
        "rope_theta": float(config.get("rotary_emb_base", 10_000)),
        "attention_dropout": 0.0,
        "initializer_range": config.get("initializer_range", 0.02),
        "tie_word_embeddings": bool(config.get("tie_word_embeddings", False)),
        "use_sliding_window": False,
        "use_cache": True,
        "torch_dtype": dtype,
    }


def is_chat(generation_config: Mapping[str, Any]) -> bool:
    """Whether the checkpoint was trained to end its turns: the chat models say `chat_format` chatml, the others raw."""
    return generation_config.get("chat_format") == "chatml"


def qwen2_generation_config(
    generation_config: Mapping[str, Any], *, end_of_text: int, end_of_turn: int
) -> dict[str, Any]:
    """generation_config.json: sampling as before, and the tokens that end an answer."""
    kept = {key: generation_config[key] for key in _SAMPLING if key in generation_config}
    ends = [end_of_turn, end_of_text] if is_chat(generation_config) else [end_of_text]
    return {"bos_token_id": end_of_text, "eos_token_id": ends, "pad_token_id": end_of_text, **kept}


def _integer(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    value = next((config[name] for name in names if config.get(name) is not None), None)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ModelError(f"config.json: {' or '.join(names)} must be a whole number above 0, not {value!r}")
    return value
