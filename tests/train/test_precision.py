"""The number format is the faster one."""

from __future__ import annotations

import pytest
import torch

from train import precision


@pytest.mark.parametrize("fast", [torch.bfloat16, torch.float32])
def test_a_processor_gets_what_it_multiplies_faster(monkeypatch: pytest.MonkeyPatch, fast: torch.dtype) -> None:
    monkeypatch.setattr(precision, "_seconds", lambda dtype: 1.0 if dtype == fast else 2.0)
    assert precision.compute_dtype(torch.device("cpu")) == fast


def test_an_accelerator_gets_bfloat16() -> None:
    assert precision.compute_dtype(torch.device("cuda")) == torch.bfloat16


def test_products_are_really_timed() -> None:
    assert precision._seconds(torch.float32) > 0
