"""Whether llama.cpp's kernels for AMX work as they were compiled here.

Their configuration of the tiles lies on the stack, and GCC 12 takes the stores to it for dead (its `_tile_loadconfig`
names 8 of the 64 bytes it reads): the first product of several rows then ends the process (ggml-org/llama.cpp issue
20824, pull request 26954). So they are tried once, in a process of their own.
"""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

from taibao_cli.engine.llamacpp.capi.library import library, system_info
from taibao_cli.models.remembered import recall, remember

_REMEMBERED: Final = "amx"
_SECONDS: Final = 60
_ROWS: Final = 8


@functools.cache
def compiled_in() -> bool:
    """Whether llama.cpp has such kernels and the processor the units for them."""
    return "AMX_INT8 = 1" in system_info()


@functools.cache
def usable() -> bool:
    """False where weights must not be laid out for AMX. The answer of the trial is kept in the user's cache."""
    if not compiled_in():
        return True
    key = _key(Path(library().__file__))
    known = recall(_REMEMBERED).get(key)
    if not isinstance(known, bool):
        known = _survives()
        remember(_REMEMBERED, key, known)
    return known


def _survives() -> bool:
    """Whether a process that computes a few rows with the built-in model lives."""
    code = f"from {__name__} import compute_rows; compute_rows()"
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def compute_rows() -> None:
    """One product of several rows, with weights laid out as llama.cpp likes it."""
    from taibao_cli.engine.llamacpp.capi.batch import Batch
    from taibao_cli.engine.llamacpp.capi.context import Context
    from taibao_cli.engine.llamacpp.capi.model import Model
    from taibao_cli.models.registry import builtin_file

    model = Model(builtin_file(), extra_buffers=True)
    context = Context(model, cells=_ROWS, batch=_ROWS, sequences=_ROWS, threads=1, stop=lambda: False)
    batch = Batch(_ROWS, 1)
    batch.want(batch.add_runs([((row,), 0, row) for row in range(_ROWS)]))
    context.decode(batch)
    context.outputs(_ROWS)


def _key(binding: Path) -> str:
    """The compiled library and the processor it is for."""
    files = sorted((binding.parent / "lib").glob("*ggml-cpu*"))
    facts = [f"{os.fspath(file)}|{file.stat().st_size}|{file.stat().st_mtime_ns}" for file in files]
    return "|".join([*facts, platform.processor() or platform.machine()])
