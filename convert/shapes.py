"""Checkpoints with the shape of a well-known model and random weights: as fast as the real one, and as clever as dice.

For measuring speed where the weights are not at hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convert.extras import require
from taibao_cli.engine.chatml import CHATML_TEMPLATE, END, START

SPECIALS: Final = ("<|endoftext|>", START, END)

CHINESE: Final = "".join(map(chr, range(0x4E00, 0xA000))) + "、。（），：；"
"""The characters that are one token each, as most are in real vocabularies."""

DEVIATION: Final = 0.06
"""Of the weights; three times what models start from, so that greedy answers wander instead of repeating themselves."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a dense Qwen2 model."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int = 151_936
    context: int = 32_768
    tied: bool = True

    def config(self) -> Mapping[str, Any]:
        """config.json."""
        return {
            "architectures": ["Qwen2ForCausalLM"],
            "model_type": "qwen2",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "intermediate_size": self.feed_forward,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.context,
            "tie_word_embeddings": self.tied,
            "rope_theta": 1_000_000.0,
            "rms_norm_eps": 1e-6,
            "hidden_act": "silu",
            "use_sliding_window": False,
            "dtype": "float16",
            "bos_token_id": 256,
            "eos_token_id": 258,
        }


SHAPES: Final[Mapping[str, Shape]] = {
    "qwen2.5-0.5b": Shape(896, 24, 14, 2, 4864),
    "qwen2.5-1.5b": Shape(1536, 28, 12, 2, 8960),
    "qwen2.5-3b": Shape(2048, 36, 16, 2, 11_008),
    "qwen2.5-7b": Shape(3584, 28, 28, 4, 18_944, vocabulary=152_064, tied=False),
}


def make_checkpoint(folder: Path, shape: Shape, *, seed: int = 0) -> None:
    """Write a checkpoint with weights in float16; its tokenizer knows bytes, Chinese
    characters and the tokens of ChatML.

    Raises:
        MissingExtraError: safetensors is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save = require("safetensors.numpy").save_file
    save(dict(_tensors(shape, np.random.default_rng(seed))), folder / "model.safetensors", {"format": "pt"})
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": END,
        "pad_token": SPECIALS[0],
        "bos_token": None,
        "add_bos_token": False,
        "chat_template": CHATML_TEMPLATE,
    }
    for name, content in (
        ("config.json", shape.config()),
        ("generation_config.json", {"eos_token_id": [258, 256]}),
        ("tokenizer.json", _tokenizer()),
        ("tokenizer_config.json", settings),
    ):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def _tensors(shape: Shape, rng: np.random.Generator) -> Iterator[tuple[str, NDArray[np.float16]]]:
    size = shape.hidden // shape.heads

    def weights(*dimensions: int) -> NDArray[np.float16]:
        values = rng.standard_normal(dimensions, dtype=np.float32)
        values *= DEVIATION
        return values.astype(np.float16)

    def ones() -> NDArray[np.float16]:
        return np.ones(shape.hidden, np.float16)

    yield "model.embed_tokens.weight", weights(shape.vocabulary, shape.hidden)
    if not shape.tied:
        yield "lm_head.weight", weights(shape.vocabulary, shape.hidden)
    yield "model.norm.weight", ones()
    for layer in range(shape.layers):
        block = f"model.layers.{layer}"
        yield f"{block}.input_layernorm.weight", ones()
        yield f"{block}.post_attention_layernorm.weight", ones()
        for name, heads in (("q", shape.heads), ("k", shape.kv_heads), ("v", shape.kv_heads)):
            yield f"{block}.self_attn.{name}_proj.weight", weights(heads * size, shape.hidden)
            yield f"{block}.self_attn.{name}_proj.bias", weights(heads * size)
        yield f"{block}.self_attn.o_proj.weight", weights(shape.hidden, shape.heads * size)
        yield f"{block}.mlp.gate_proj.weight", weights(shape.feed_forward, shape.hidden)
        yield f"{block}.mlp.up_proj.weight", weights(shape.feed_forward, shape.hidden)
        yield f"{block}.mlp.down_proj.weight", weights(shape.hidden, shape.feed_forward)


def _tokenizer() -> Mapping[str, Any]:
    """tokenizer.json of byte-level BPE, split as Qwen's, that makes one token of each Chinese character."""
    from convert.bpe import qwen_tokenizer

    tokenizers = require("tokenizers")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    spell = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str
    characters = [spell(character)[0][0] for character in CHINESE]
    beginnings = sorted({character[:2] for character in characters})
    merges = [(two[0], two[1]) for two in beginnings] + [(three[:2], three[2]) for three in characters]
    tokens = (*alphabet, *SPECIALS, *beginnings, *characters)
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = qwen_tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.add_special_tokens(list(SPECIALS))
    described: Mapping[str, Any] = json.loads(tokenizer.to_str())
    return described
