"""Import of the optional dependencies, with one line that says what to install."""

from __future__ import annotations

import importlib
import os
from typing import Any

from taibao_cli.errors import MissingExtraError

EXTRA = "train"


def require(module: str, extra: str = EXTRA) -> Any:
    """Import `module` of the extra `extra` when it is needed.

    Raises:
        MissingExtraError: it is not installed.
    """
    if module == "llama_cpp":
        os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # else an abort inside ggml starts a debugger
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise MissingExtraError(module, extra) from error
