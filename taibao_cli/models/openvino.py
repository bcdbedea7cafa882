"""Model folders in OpenVINO's form, as `taibao convert openvino` writes them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import ModelError
from taibao_cli.models.digest import file_sha256

MODEL: Final = "openvino_model.xml"
WEIGHTS: Final = "openvino_model.bin"

_TAIL: Final = 65_536

_DECIDE: Final = (
    MODEL,
    WEIGHTS,
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "taibao.json",
)
"""Files that decide what the model answers; the last ones may be absent."""


def is_openvino(path: Path) -> bool:
    """Whether the folder `path` holds a model in OpenVINO's form."""
    return (path / MODEL).is_file()


def folder_metadata(folder: Path) -> dict[str, Any]:
    """What the folder says of itself, under the keys that GGUF files use.

    Raises:
        ModelError: a file is missing or damaged.
    """
    if not is_openvino(folder):
        raise ModelError(f"{folder} is a folder without {MODEL}; make one with taibao convert openvino, or give a GGUF")
    config, project = _read(folder / "config.json"), _read(folder / "taibao.json", required=False)
    general = project.get("general")
    told = general if isinstance(general, dict) else {}
    architecture = str(config.get("model_type", ""))
    facts = {
        "general.architecture": architecture,
        "general.name": told.get("name"),
        "general.basename": told.get("basename") or told.get("name"),
        "general.license": told.get("license"),
        "general.license.name": told.get("license_name"),
        "general.languages": told.get("languages"),
        f"{architecture}.context_length": config.get("max_position_embeddings"),
        "taibao.prompt": project.get("prompt"),
        "taibao.lexicon": project.get("lexicon"),
        "tokenizer.chat_template": _template(folder),
        "openvino.weights": _weights(folder),
    }
    return {key: value for key, value in facts.items() if value is not None}


def folder_sha256(folder: Path, sha256: Callable[[Path], str] = file_sha256) -> str:
    """SHA-256 over the names and SHA-256 of the files that decide what the model answers; `sha256` gives those.

    Raises:
        ModelError: the graph or the weights are missing.
    """
    digest = hashlib.sha256()
    for name in _DECIDE:
        path = folder / name
        if path.is_file():
            digest.update(f"{name} {sha256(path)}\n".encode())
        elif name in (MODEL, WEIGHTS):
            raise ModelError(f"{path} is missing; copy the folder again")
    return digest.hexdigest()


def _read(path: Path, *, required: bool = True) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not required:
            return {}
        raise ModelError(f"{path} is missing; copy the folder again") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({type(error).__name__}); make the folder again") from error
    return found if isinstance(found, dict) else {}


def _template(folder: Path) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    template = _read(folder / "tokenizer_config.json").get("chat_template")
    return template if isinstance(template, str) else None


def _weights(folder: Path) -> str | None:
    """The number format of the weights, such as `int8_asym`, which stands near the end of the graph."""
    with (folder / MODEL).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
        found = re.search(rb'<mode value="(\w+)"', file.read())
    return found[1].decode() if found else None
