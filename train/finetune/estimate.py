"""Memory and time of a fine-tuning run before it is run: arithmetic on the shape, stated in docs/finetuning.md.

Bytes are those of bfloat16 training with float32 adapters and AdamW; a GiB is 2**30 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from train.finetune.architecture import Architecture
from train.finetune.config import FineTune

GIB: Final = 2**30
BYTES_TRAINED: Final = 16
"""Of a trained parameter: value, gradient and two moments of AdamW, in float32."""

BYTES_LOGIT: Final = 10
"""Of a logit: float32 value and gradient, and the bfloat16 product they come from."""

BITS_NF4: Final = 4 + 8 / 64 + 32 / (64 * 256)
"""Of a weight in NF4: itself, a scale in 8 bits for 64 of them, one for 256 of those (QLoRA, section 3)."""

OVERHEAD: Final = 1.5 * GIB
"""Context of the device, its libraries and fragmentation: a round figure, not derived."""

SHARE: Final = 0.92
"""Of a card's memory that a run may plan with."""

ASSUMED_LABELLED: Final = 0.4
"""Share of the tokens that carry a label, when no data are given."""

ASSUMED_LENGTH: Final = 400
"""Tokens of an example, when no data are given."""

PEAKS: Final = {
    "H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "4090": 165e12, "3090": 71e12, "A6000": 155e12,
}  # fmt: skip
"""Dense bfloat16 operations a second, from the makers' data sheets, by a part of the device's name."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes on one device."""

    weights: float
    adapter: float
    activations: float
    head: float
    overhead: float = OVERHEAD

    @property
    def total(self) -> float:
        return self.weights + self.adapter + self.activations + self.head + self.overhead


@dataclass(frozen=True, slots=True)
class Operations:
    """Floating-point operations of a token, forward and backward. `useful` counts what the mathematics needs;
    `recomputed` what checkpointing adds."""

    useful: float
    recomputed: float

    @property
    def total(self) -> float:
        return self.useful + self.recomputed


def trained_parameters(config: FineTune) -> int:
    adapter = config.adapter
    return config.architecture.adapter_parameters(
        adapter.rank, magnitudes=adapter.kind == "dora", token_rows=2 if adapter.chat_tokens else 0
    )


def block_activations(architecture: Architecture) -> int:
    """Bytes that one block keeps for the backward pass, for each token, without checkpointing.

    Norms keep their input in float32 (2 x 4 x hidden); each adapter its input in bfloat16; attention its queries,
    keys and values before and after rotation (and in float32 before the norms of Qwen3); the feed-forward gate,
    its activation, the other half, each in bfloat16.
    """
    a = architecture
    queries, keys = a.heads * a.head_dim, a.kv_heads * a.head_dim
    norms = 8 * a.hidden + (4 * (queries + keys) if a.family == "qwen3" else 0)
    adapter_inputs = 2 * (5 * a.hidden + queries + a.intermediate)
    attention = 2 * (2 * queries + 3 * keys)
    feed_forward = 2 * 3 * a.intermediate
    return norms + adapter_inputs + attention + feed_forward


def memory(config: FineTune, *, checkpointing: bool, weight_bytes: int = 2) -> Memory:
    """What a run needs on one device. With checkpointing a block keeps its input alone, and one block at a time is
    computed again. In float32 (`weight_bytes` 4) activations take twice as much too."""
    a = config.architecture
    tokens = config.pack_tokens * config.micro_packs
    block = block_activations(a)
    saved = (weight_bytes - BITS_NF4 / 8) * a.block_matrix_parameters if config.quantize == "nf4" else 0
    kept = a.layers * 2 * a.hidden + block if checkpointing else a.layers * block
    return Memory(
        weights=weight_bytes * a.parameters - saved,
        adapter=BYTES_TRAINED * trained_parameters(config),
        activations=tokens * kept * weight_bytes / 2,
        head=BYTES_LOGIT * min(config.loss_chunk, tokens) * a.vocabulary,
    )


def needs_checkpointing(config: FineTune, device_bytes: float, *, weight_bytes: int = 2) -> bool:
    """Whether the run fits only when blocks are computed again."""
    return memory(config, checkpointing=False, weight_bytes=weight_bytes).total > SHARE * device_bytes


def operations(
    config: FineTune, *, labelled: float = ASSUMED_LABELLED, length: float = ASSUMED_LENGTH, checkpointing: bool = False
) -> Operations:
    """Operations of a token.

    A frozen matrix of N parameters costs 2N forward and 2N for the gradient of its input; its own gradient is never
    made. Adapters cost 6 for each parameter. The output is multiplied at labelled tokens alone. Attention inside an
    example of `length` tokens sees half of it: 4 x length/2 x heads x head_dim forward, twice that backward.
    Checkpointing adds one forward pass of the blocks.
    """
    a = config.architecture
    adapter = a.adapter_parameters(config.adapter.rank)
    attention = a.layers * 4 * (length / 2) * a.heads * a.head_dim
    blocks = 2 * a.block_matrix_parameters + 2 * adapter + attention
    useful = 4 * a.block_matrix_parameters + 6 * adapter + 3 * attention + 4 * labelled * a.head_parameters
    return Operations(useful, blocks if checkpointing else 0.0)


def seconds(tokens: int, per_token: Operations, *, peak: float, share: float) -> float:
    """Time for `tokens` real tokens when the device does `share` of its `peak` operations a second."""
    return tokens * per_token.total / (peak * share)


def steps(packs: int, config: FineTune) -> int:
    """Optimizer steps of a run over so many packs."""
    return config.epochs * ceil(packs / packs_per_step(config))


def packs_per_step(config: FineTune) -> int:
    return max(1, config.batch_tokens // config.pack_tokens)


def peak_of(device: str) -> float | None:
    """Peak operations a second of a device by its name; None for one that is not in the table."""
    return next((peak for part, peak in PEAKS.items() if part in device), None)
