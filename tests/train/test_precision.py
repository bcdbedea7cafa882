"""The number format of a training's matrix products."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from train import precision


@pytest.mark.parametrize(
    ("short", "full", "chosen"),
    [(0.0007, 0.0014, torch.bfloat16), (0.0018, 0.0014, torch.float32), (0.5, 0.0014, torch.float32)],
)
def test_the_faster_format_is_chosen_though_the_first_products_start_cold(
    short: float, full: float, chosen: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found on a Zen 4: bfloat16 was asked first, while threads woke, and a training ran twice as slow in float32."""
    asked: Counter[torch.dtype] = Counter()

    def seconds(dtype: torch.dtype) -> float:
        asked[dtype] += 1
        cold = 3.0 if asked.total() <= 3 else 1.0
        return cold * (short if dtype is torch.bfloat16 else full)

    monkeypatch.setattr(precision, "_seconds", seconds)
    assert precision.compute_dtype(torch.device("cpu")) is chosen
    assert short < 0.1 or asked[torch.bfloat16] == 1, "a format without units for it is asked once"


def test_a_gpu_multiplies_bfloat16() -> None:
    assert precision.compute_dtype(torch.device("cuda")) is torch.bfloat16
