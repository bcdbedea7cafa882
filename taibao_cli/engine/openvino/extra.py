"""What `taibao[openvino]` installs, and what bounds the memory that it takes."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from importlib.util import find_spec
from typing import Any, Final

from taibao_cli.errors import MissingExtraError

EXTRA: Final = "openvino"

KERNELS: Final = 64
"""Products whose code oneDNN keeps for the whole process. Each model keeps its own while it is open, so that more are
no faster; 1,024, as unasked, held 110 MB after the built-in model was closed and were full after minutes of use."""

ARENAS: Final = 1
"""Parts of glibc's heap. With one for each thread that allocates, what was freed in one cannot be used by another."""

_ARENA_MAX: Final = -8
"""`M_ARENA_MAX` of malloc.h."""

_MODULES: Final = ("openvino", "openvino_genai", "openvino_tokenizers", "tokenizers")


def check_installed() -> None:
    """Raises MissingExtraError unless everything is there; imports nothing."""
    for module in _MODULES:
        if find_spec(module) is None:
            raise MissingExtraError(module, EXTRA)


def bound_memory() -> None:
    """To be called before anything is computed: oneDNN reads it once, and threads keep the arena that they began with.
    A user's own settings stand."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(KERNELS))
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)


def require(module: str) -> Any:
    """Import `module` when it is needed.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise MissingExtraError(module, EXTRA) from error
