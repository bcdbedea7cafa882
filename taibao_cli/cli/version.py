"""What `taibao --version` prints."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from taibao_cli import __version__
from taibao_cli.errors import ModelError
from taibao_cli.models.registry import resolve


def version_text() -> str:
    """Versions of taibao, llama.cpp and the model, one a line."""
    try:
        binding = version("llama_cpp_python")
    except PackageNotFoundError:
        binding = "not installed"
    try:
        model = resolve(None).label
    except ModelError as error:
        model = f"none: {error}"
    return f"taibao {__version__}\nllama.cpp (llama-cpp-python) {binding}\nmodel {model}"
