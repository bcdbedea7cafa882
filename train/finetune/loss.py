"""The loss at labelled positions, in chunks: neither all logits nor their gradient ever exist."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def label_loss(
    hidden: Tensor,
    weight: Tensor,
    targets: Tensor,
    *,
    chunk: int,
    rows: Tensor | None = None,
    places: Tensor | None = None,
) -> Tensor:
    """Summed cross entropy of `targets` [n] given the states before them `hidden` [n, width], in float32.

    `weight` [vocabulary, width] is frozen: the gradient goes to `hidden`, and to `rows`, which stand in for the rows
    `places` of the weight. The gradient is made together with the loss, `chunk` states at a time.
    """
    loss: Tensor = _LabelLoss.apply(hidden, weight, targets, rows, places, chunk)
    return loss


class _LabelLoss(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        targets: Tensor,
        rows: Tensor | None,
        places: Tensor | None,
        chunk: int,
    ) -> Tensor:
        total = hidden.new_zeros((), dtype=torch.float32)
        to_hidden = torch.empty_like(hidden) if hidden.requires_grad else None
        to_rows = torch.zeros_like(rows) if rows is not None and rows.requires_grad else None
        cast = None if rows is None else rows.to(hidden.dtype)
        for start in range(0, len(targets), chunk):
            states, wanted = hidden[start : start + chunk], targets[start : start + chunk]
            logits = (states @ weight.T).float()
            if cast is not None:
                logits[:, places] = (states @ cast.T).float()
            logits -= logits.logsumexp(-1, keepdim=True)
            total -= logits.gather(1, wanted[:, None]).sum()
            if to_hidden is None and to_rows is None:
                continue
            logits.exp_()
            logits.scatter_add_(1, wanted[:, None], -torch.ones_like(wanted[:, None], dtype=logits.dtype))
            slopes = logits.to(hidden.dtype)
            if cast is not None:
                own = slopes[:, places]
                slopes[:, places] = 0
                if to_rows is not None:
                    to_rows += (own.T @ states).to(to_rows.dtype)
            if to_hidden is not None:
                to_hidden[start : start + chunk] = slopes @ weight + (own @ cast if cast is not None else 0)
        ctx.save_for_backward(to_hidden, to_rows)
        return total

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        to_hidden, to_rows = ctx.saved_tensors
        (slope,) = slopes
        return (
            None if to_hidden is None else to_hidden * slope.to(to_hidden.dtype),
            None,
            None,
            None if to_rows is None else to_rows * slope.to(to_rows.dtype),
            None,
            None,
        )
