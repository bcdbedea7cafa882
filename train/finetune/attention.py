"""Attention over packs: every example sees itself alone, and nothing is computed for strangers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import AttentionInterface

ISOLATED: Final = "isolated"
"""Name of the implementation for transformers. Without a mask function of that name no mask is made."""


def isolated_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    *,
    cu_seq_lens_q: Tensor | None = None,
    max_length_q: int | None = None,
    bounds: tuple[int, ...] = (),
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each example of one row; tensors are [1, heads, tokens, head_dim].

    `bounds` are the offsets of the examples, with the end; `cu_seq_lens_q` holds the same on the device and
    `max_length_q` the longest. On CUDA in half precision one call of torch's variable-length flash attention does all;
    elsewhere each example is attended by itself. Returns [1, tokens, heads, head_dim].
    """
    if attention_mask is not None or not bounds:
        raise ValueError("isolated attention takes packs: their bounds, and no mask")
    if query.is_cuda and query.dtype in (torch.bfloat16, torch.float16):
        return _flash(query, key, value, scaling, cu_seq_lens_q, max_length_q), None
    parts = [
        F.scaled_dot_product_attention(
            query[:, :, start:end], key[:, :, start:end], value[:, :, start:end],
            is_causal=True, scale=scaling, enable_gqa=query.shape[1] != key.shape[1],
        )
        for start, end in pairwise(bounds)
    ]  # fmt: skip
    return torch.cat(parts, dim=2).transpose(1, 2).contiguous(), None


def _flash(query: Tensor, key: Tensor, value: Tensor, scaling: float | None, bounds: Any, longest: Any) -> Tensor:
    from torch.nn.attention.varlen import varlen_attn

    q, k, v = (each[0].transpose(0, 1) for each in (query, key, value))
    gqa = q.shape[1] != k.shape[1]
    out: Any = varlen_attn(
        q, k, v, bounds, bounds, longest, longest, scale=scaling, window_size=(-1, 0), enable_gqa=gqa
    )
    return out.unsqueeze(0)


AttentionInterface.register(ISOLATED, isolated_attention)
