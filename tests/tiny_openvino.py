"""A tiny model folder for the OpenVINO engine, made from a tiny checkpoint. Tests without the packages are skipped."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tiny_hf import make_tiny_checkpoint

CONTEXT = 512
"""Of the checkpoint."""


def require_openvino() -> None:
    """Skip the test unless models can be exported and run."""
    missing = [name for name in ("openvino_genai", "openvino_tokenizers", "nncf", "torch") if find_spec(name) is None]
    if find_spec("optimum") is None or find_spec("optimum.intel") is None:
        missing.append("optimum.intel")
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; run: pip install 'taibao[openvino-convert]'")


def make_tiny_folder(folder: Path) -> tuple[Path, Path]:
    """(checkpoint, folder with 8-bit weights), both below `folder`."""
    from convert.openvino import convert_openvino

    checkpoint = make_tiny_checkpoint(folder / "tiny")
    convert_openvino(checkpoint, folder / "tiny-openvino", bits=8)
    return checkpoint, folder / "tiny-openvino"
