"""Facts of a model that is one GGUF file or a folder in OpenVINO's form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from taibao_cli.models.digest import file_sha256, sha256_of
from taibao_cli.models.gguf import read_metadata
from taibao_cli.models.openvino import folder_metadata, folder_sha256


def model_metadata(path: Path) -> dict[str, Any]:
    """What the model says of itself. Raises ModelError as `read_metadata` and `folder_metadata`."""
    return folder_metadata(path) if path.is_dir() else read_metadata(path)


def model_sha256(path: Path, *, again: bool = False) -> str:
    """The SHA-256 of the model; `again` reads all of it now instead of trusting what is remembered."""
    sha256 = sha256_of if again else file_sha256
    return folder_sha256(path, sha256) if path.is_dir() else sha256(path)


def model_size(path: Path) -> int:
    """Bytes on disk; 0 when there is nothing."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return path.stat().st_size if path.is_file() else 0
