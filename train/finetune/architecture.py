"""A decoder: what a configuration names, how many parameters follow from it, its form for transformers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import InputError
from train.shape import Shape

FAMILIES: Final = ("qwen3", "qwen2", "llama")
TARGETS: Final = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The matrices of a block, which all get an adapter."""


@dataclass(frozen=True, slots=True)
class Architecture(Shape):
    """A dense decoder of `family` (qwen3, qwen2 or llama). `tied`: the output reads the embeddings."""

    family: str = "qwen3"
    tied: bool = True

    def matrices(self) -> Iterator[tuple[str, int, int]]:
        """(name, outputs, inputs) of the matrices of one block, in the order of `TARGETS`."""
        queries, keys = self.heads * self.head_dim, self.kv_heads * self.head_dim
        shapes = (
            (queries, self.hidden),
            (keys, self.hidden),
            (keys, self.hidden),
            (self.hidden, queries),
            (self.intermediate, self.hidden),
            (self.intermediate, self.hidden),
            (self.hidden, self.intermediate),
        )
        yield from ((name, *shape) for name, shape in zip(TARGETS, shapes, strict=True))

    @property
    def block_matrix_parameters(self) -> int:
        """Of all blocks, matrices alone: what a token is multiplied with."""
        return self.layers * sum(rows * columns for _, rows, columns in self.matrices())

    @property
    def head_parameters(self) -> int:
        """Of the output matrix, tied or not."""
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        """All that a checkpoint stores: matrices, norms, biases of Qwen2, embeddings, the output when untied."""
        norms = self.layers * 2 * self.hidden + self.hidden
        if self.family == "qwen3":
            norms += self.layers * 2 * self.head_dim
        biases = self.layers * (self.heads + 2 * self.kv_heads) * self.head_dim if self.family == "qwen2" else 0
        return self.block_matrix_parameters + norms + biases + self.head_parameters * (1 if self.tied else 2)

    def adapter_parameters(self, rank: int, *, magnitudes: bool = False, token_rows: int = 0) -> int:
        """Trained ones: A and B of every matrix, `magnitudes` of DoRA, rows of the embeddings (and of an untied
        output) for `token_rows` tokens."""
        blocks = sum(rank * (rows + columns) + rows * magnitudes for _, rows, columns in self.matrices())
        return self.layers * blocks + token_rows * self.hidden * (1 if self.tied else 2)


_CONFIG_KEYS: Final = {
    "vocabulary": "vocab_size", "hidden": "hidden_size", "layers": "num_hidden_layers",
    "intermediate": "intermediate_size", "heads": "num_attention_heads", "context": "max_position_embeddings",
}  # fmt: skip


def read_architecture(checkpoint: Path) -> Architecture:
    """The shape that `config.json` of a Hugging Face checkpoint states.

    Raises:
        InputError: no such file, another family, or a size is missing.
    """
    path = checkpoint / "config.json"
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not the configuration of a checkpoint: {error}") from None
    family = config.get("model_type")
    if family not in FAMILIES:
        hint = "; convert it first: taibao convert qwen1" if family == "qwen" else ""
        raise InputError(f"{path}: model_type is {family!r}; {', '.join(FAMILIES)} can be tuned here{hint}")
    missing = [key for key in _CONFIG_KEYS.values() if not isinstance(config.get(key), int)]
    if missing:
        raise InputError(f"{path}: {missing[0]} is missing or no number")
    sizes: dict[str, Any] = {name: config[key] for name, key in _CONFIG_KEYS.items()}
    rope = config.get("rope_parameters") or {}
    return Architecture(
        family=family,
        **sizes,
        kv_heads=config.get("num_key_value_heads") or sizes["heads"],
        head_dim=config.get("head_dim") or sizes["hidden"] // sizes["heads"],
        rope_theta=float(config.get("rope_theta") or rope.get("rope_theta") or 10_000.0),
        tied=bool(config.get("tie_word_embeddings", family != "llama")),
    )


def hub_config(architecture: Architecture, **extra: Any) -> Any:
    """The transformers configuration of the shape; loads transformers."""
    from transformers import AutoConfig

    a = architecture
    return AutoConfig.for_model(
        a.family,
        vocab_size=a.vocabulary,
        hidden_size=a.hidden,
        num_hidden_layers=a.layers,
        intermediate_size=a.intermediate,
        num_attention_heads=a.heads,
        num_key_value_heads=a.kv_heads,
        head_dim=a.head_dim,
        max_position_embeddings=a.context,
        rope_parameters={"rope_type": "default", "rope_theta": a.rope_theta},
        tie_word_embeddings=a.tied,
        use_cache=False,
        **extra,
    )
