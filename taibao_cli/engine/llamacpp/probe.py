"""How many rows at a time a model is fastest with on this machine: measured once, then remembered.

Processors compute rows in tiles (llama.cpp's matrix kernels take 8 or 16 at a time), so speed grows in steps and no one
width is right everywhere.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Final

from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.models.remembered import recall, remember

WIDTHS: Final = (4, 8, 16, 32, 64)

_CACHE: Final = "widths"

_SECONDS: Final = 3.0
"""About how long all of it may take; wider ones are left out when time is up."""

_REPEATS: Final = 5
_DEPTH: Final = 16
"""Tokens that each row holds at the end."""

_ENOUGH: Final = 0.95
"""The narrowest width that has this share of the best speed is taken: fewer open rows, less memory."""


def best_width(speeds: Mapping[int, float]) -> int:
    """The width to take, given tokens per second by width."""
    best = max(speeds.values())
    return min(width for width, speed in speeds.items() if speed >= _ENOUGH * best)


def measure_widths(
    model: Model, threads: int, *, stop: Callable[[], bool] = lambda: False, clock: Callable[[], float] = time.monotonic
) -> dict[int, float]:
    """Tokens per second by width, for rows that write one token a step. At least the narrowest is measured."""
    widest = max(WIDTHS)
    context = Context(model, cells=widest * _DEPTH, batch=widest, sequences=widest, threads=threads, stop=stop)
    batch, speeds, begun = Batch(widest, 1), dict[int, float](), clock()
    try:
        for width in WIDTHS:
            context.clear()
            seconds = [_step(context, batch, width, position, clock) for position in range(_REPEATS + 1)]
            speeds[width] = width / median(seconds[1:])
            if clock() - begun > _SECONDS:
                break
    finally:
        context.close()
    return speeds


def _step(context: Context, batch: Batch, width: int, position: int, clock: Callable[[], float]) -> float:
    batch.clear()
    batch.add_rows([(row, position, row) for row in range(width)])
    start = clock()
    context.decode(batch)
    context.outputs(width)
    return clock() - start


def remembered_width(path: Path, threads: int, measure: Callable[[], Mapping[int, float]]) -> int:
    """The best width for the model file `path`, from the user's cache where it is known."""
    speeds = remembered_speeds(path, threads)
    if not speeds:
        speeds = {width: round(speed, 1) for width, speed in measure().items()}
        remember(_CACHE, _key(path, threads), {str(width): speed for width, speed in speeds.items()})
    return best_width(speeds)


def remembered_speeds(path: Path, threads: int) -> dict[int, float]:
    """Tokens per second by width, where the same file, processor, threads and llama.cpp were measured before."""
    speeds = recall(_CACHE).get(_key(path, threads))
    return {int(width): float(speed) for width, speed in speeds.items()} if isinstance(speeds, dict) else {}


def _key(path: Path, threads: int) -> str:
    status, processor = path.stat(), platform.processor() or platform.machine()
    facts = (path, status.st_size, status.st_mtime_ns, threads, processor, version("llama_cpp_python"))
    return "|".join(map(str, facts))
