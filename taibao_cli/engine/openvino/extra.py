"""What `taibao[openvino]` installs."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from typing import Any, Final

from taibao_cli.errors import MissingExtraError

EXTRA: Final = "openvino"

KERNELS: Final = 64
"""Products whose code oneDNN keeps for the whole process. Each model keeps its own while it is open, so that more are
no faster; 1,024, as unasked, held 110 MB after the built-in model was closed and were full after minutes of use."""

_MODULES: Final = ("openvino", "openvino_genai", "openvino_tokenizers", "tokenizers")


def check_installed() -> None:
    """Raises MissingExtraError unless everything is there; imports nothing."""
    for module in _MODULES:
        if find_spec(module) is None:
            raise MissingExtraError(module, EXTRA)


def bound_kernels() -> None:
    """To be called before anything is computed: oneDNN reads it once. A user's own setting stands."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(KERNELS))


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
