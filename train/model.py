"""The architecture of models trained here, and the forward pass over packed trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import Qwen3ForCausalLM

from train.data.pack import Packs
from train.finetune.architecture import Architecture, hub_config
from train.shape import Shape


def make_model(shape: Shape, *, eos: int, pad: int, seed: int) -> Any:
    """A randomly initialized Qwen3ForCausalLM; residual outputs scaled down by depth (GPT-2's rule)."""
    torch.manual_seed(seed)
    config = hub_config(Architecture(**asdict(shape)), bos_token_id=pad, eos_token_id=eos, pad_token_id=pad)
    model: Any = Qwen3ForCausalLM._from_config(config, attn_implementation="sdpa", dtype=torch.float32)
    for layer in model.model.layers:
        for matrix in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            nn.init.normal_(matrix, std=0.02 / (2 * shape.layers) ** 0.5)
    return model


TARGETS_OF: Final = 256
"""Their number is a multiple of this: oneDNN keeps code and buffers for every size of a product it has seen, up to
1,024 of them, which took 35 MB a step (15 GB after 370 steps) when each batch had a size of its own."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of some packs: ids, positions [rows, length]; mask [rows, 1, length, length], True where seen;
    `targets` are flat indices of the tokens to predict, `weights` their loss weights; a few at the end repeat the last
    target with the weight 0 (`TARGETS_OF`)."""

    ids: Tensor
    positions: Tensor
    mask: Tensor
    targets: Tensor
    weights: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device) for name in ("ids", "positions", "mask", "targets", "weights")))


def make_batch(packs: Packs) -> Batch:
    """A token sees what stands before it in its own tree: the trunk and its own branch. Padding sees itself alone."""
    trees, branches = torch.from_numpy(packs.trees), torch.from_numpy(packs.branches)
    length = packs.length
    same_tree = trees.unsqueeze(2) == trees.unsqueeze(1)
    seen = (branches.unsqueeze(1) == 0) | (branches.unsqueeze(2) == branches.unsqueeze(1))
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    weights = torch.from_numpy(packs.weights).reshape(-1)
    targets = torch.nonzero(weights > 0).squeeze(1)
    padding = -len(targets) % TARGETS_OF
    return Batch(
        torch.from_numpy(packs.ids).long(),
        torch.from_numpy(packs.positions).long(),
        (same_tree & seen & causal).unsqueeze(1),
        F.pad(targets, (0, padding), value=int(targets[-1])),
        F.pad(weights[targets], (0, padding)),
    )


Body = Callable[..., Any]


def weighted_loss(model: Any, body: Body, batch: Batch) -> tuple[Tensor, Tensor]:
    """Weighted mean of the cross entropy over the targets, and the plain mean (detached).

    Logits are made for targets only. `body` is `model.model` or its compiled form.
    """
    hidden = body(input_ids=batch.ids, attention_mask=batch.mask, position_ids=batch.positions, use_cache=False)
    states = hidden.last_hidden_state
    states = states.reshape(-1, states.shape[-1])[batch.targets - 1]
    head = model.get_output_embeddings()
    losses = F.cross_entropy(head(states).float(), batch.ids.reshape(-1)[batch.targets], reduction="none")
    plain = losses.detach()[batch.weights > 0].mean()
    return (losses * batch.weights).sum() / batch.weights.sum(), plain
