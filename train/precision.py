"""Which number format the matrix products of a training are made in."""

from __future__ import annotations

import time

import torch

_SIZE, _TURNS, _HOPELESS = 512, 10, 10


def compute_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it faster than float32, else float32.

    A processor is asked by short products of both in turn: those with AMX or AVX-512 BF16 units are several times
    faster (1,300 against 200 GFLOP/s on two cores with AMX, 350 against 150 on two Zen 4), those without two hundred
    times slower.
    """
    if device.type != "cpu":
        return torch.bfloat16
    formats = (torch.float32, torch.bfloat16)
    best = dict.fromkeys(formats, float("inf"))
    for _ in range(_TURNS):
        for dtype in formats:
            best[dtype] = min(best[dtype], _seconds(dtype))
        if best[torch.bfloat16] > _HOPELESS * best[torch.float32]:
            break
    return min(formats, key=best.__getitem__)


def _seconds(dtype: torch.dtype) -> float:
    """How long one product of square matrices takes, after another that wakes threads and makes kernels."""
    a = torch.ones(_SIZE, _SIZE, dtype=dtype)
    a @ a
    start = time.perf_counter()
    a @ a
    return time.perf_counter() - start
