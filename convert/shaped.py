"""Models with random weights in a known shape, kept in the user's cache: as GGUF, and as a folder for OpenVINO."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import platformdirs

from convert.gguf import convert_checkpoint
from convert.openvino import convert_openvino
from convert.quantize import quantize
from convert.shapes import SHAPES, Shape, make_checkpoint

_OPENVINO = ("openvino_genai", "openvino_tokenizers", "nncf", "optimum.intel")


def shaped_models(
    name: str, *, threads: int, tell: Callable[[str], None], folder: Path | None = None
) -> tuple[Path, Path | None]:
    """(GGUF in q4_0, folder with 4-bit weights or None where what makes it is not installed), made when missing.

    Args:
        name: of a shape.
        threads: processor threads.
        tell: told what is being made.
        folder: where they are kept; the user's cache when None.

    Raises:
        MissingExtraError: safetensors, tokenizers or gguf is not installed.
    """
    folder = folder or platformdirs.user_cache_path("taibao", appauthor=False) / "shapes"
    return models_of(SHAPES[name], name, folder, threads=threads, tell=tell)


def models_of(
    shape: Shape, name: str, folder: Path, *, threads: int, tell: Callable[[str], None]
) -> tuple[Path, Path | None]:
    """As `shaped_models`, for any shape."""
    gguf, converted = folder / f"{name}-q4_0.gguf", folder / f"{name}-int4"
    exports = all(_is_installed(module) for module in _OPENVINO)
    if gguf.is_file() and (converted.is_dir() or not exports):
        return gguf, converted if exports else None
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint, full = folder / f".{name}", folder / f".{name}-f16.gguf"
    try:
        tell(f"making {name} with random weights in {folder}")
        make_checkpoint(checkpoint, shape)
        if not gguf.is_file():
            convert_checkpoint(checkpoint, full, dtype="f16", overwrite=True)
            quantize(full, gguf, "q4_0", threads=threads)
        if exports and not converted.is_dir():
            convert_openvino(checkpoint, converted, bits=4)
    finally:
        shutil.rmtree(checkpoint, ignore_errors=True)
        full.unlink(missing_ok=True)
    return gguf, converted if exports else None


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of the package around it
        return False
