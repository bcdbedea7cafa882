"""What `taibao[openvino]` installs."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any, Final

from taibao_cli.errors import MissingExtraError

EXTRA: Final = "openvino"

_MODULES: Final = ("openvino", "openvino_genai", "openvino_tokenizers", "tokenizers")


def check_installed() -> None:
    """Raises MissingExtraError unless everything is there; imports nothing."""
    for module in _MODULES:
        if find_spec(module) is None:
            raise MissingExtraError(module, EXTRA)


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
