"""Which number format the matrix products of a training are made in."""

from __future__ import annotations

import time

import torch

_SIZE, _TIMES = 512, 3


def compute_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it faster than float32, else float32.

    A processor is asked by two short products: those with AMX or AVX-512 BF16 units are several times faster (1,300
    against 200 GFLOP/s on two cores with AMX), those without two hundred times slower.
    """
    if device.type != "cpu":
        return torch.bfloat16
    return min((torch.bfloat16, torch.float32), key=_seconds)


def _seconds(dtype: torch.dtype) -> float:
    """The fastest of a few products of square matrices, after a first one that is not timed."""
    a = torch.ones(_SIZE, _SIZE, dtype=dtype)
    a @ a
    times = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return min(times)
