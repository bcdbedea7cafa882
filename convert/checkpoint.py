"""A Hugging Face checkpoint folder, read lazily and checked for completeness."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.safetensors import Tensor, open_safetensors
from taibao_cli.errors import ModelError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds. The weights stay on disk until `Tensor.read`.

    Attributes:
        folder: where it lies.
        config: config.json.
        tensors: every stored tensor by its Hugging Face name.
        tokenizer: tokenizer.json.
        tokenizer_config: tokenizer_config.json, empty when absent.
        generation_config: generation_config.json, empty when absent.
        chat_template: chat_template.jinja, else the tokenizer configuration's `chat_template`.
        project: taibao.json (`prompt`, `lexicon`, `general`), empty when absent.
    """

    folder: Path
    config: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    tokenizer: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    generation_config: Mapping[str, Any]
    chat_template: str | None
    project: Mapping[str, Any]


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read the small files of `folder` and the headers of its weights.

    Raises:
        ModelError: a file is missing, is not JSON, or does not agree with the others.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a checkpoint folder (config.json, model.safetensors, tokenizer.json)")
    tokenizer_config = read_json(folder / "tokenizer_config.json", required=False)
    return Checkpoint(
        folder=folder,
        config=read_json(folder / "config.json"),
        tensors=open_weights(folder),
        tokenizer=read_json(folder / "tokenizer.json"),
        tokenizer_config=tokenizer_config,
        generation_config=read_json(folder / "generation_config.json", required=False),
        chat_template=_chat_template(folder, tokenizer_config),
        project=read_json(folder / "taibao.json", required=False),
    )


def read_json(path: Path, *, required: bool = True) -> dict[str, Any]:
    """The JSON object in `path`; {} when it is absent and not required. Raises ModelError otherwise."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not required:
            return {}
        raise ModelError(f"{path} is missing; a checkpoint folder needs it") from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON in UTF-8: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} must hold a JSON object, not a {type(value).__name__}")
    return value


def open_weights(folder: Path) -> dict[str, Tensor]:
    """The stored tensors by name. Raises ModelError when a file is missing or damaged."""
    if (folder / SINGLE).is_file():
        return open_safetensors(folder / SINGLE)
    if not (folder / INDEX).is_file():
        raise ModelError(f"{folder} has neither {SINGLE} nor {INDEX}; save the weights as safetensors")
    placement = read_json(folder / INDEX).get("weight_map")
    if not isinstance(placement, dict) or not placement:
        raise ModelError(f"{folder / INDEX} has no weight_map; fetch it again")
    for shard in set(placement.values()):
        if Path(shard).name != shard:
            raise ModelError(f"{folder / INDEX} names {shard}, which is not a file of this folder")
    shards = {shard: open_safetensors(folder / shard) for shard in sorted(set(placement.values()))}
    for name, shard in placement.items():
        if name not in shards[shard]:
            raise ModelError(f"{folder / shard} lacks {name}, which {INDEX} places there; fetch both again")
    return {name: shards[shard][name] for name, shard in placement.items()}


def _chat_template(folder: Path, tokenizer_config: Mapping[str, Any]) -> str | None:
    path = folder / "chat_template.jinja"
    if path.is_file():
        try:
            return path.read_bytes().decode("utf-8")
        except ValueError as error:
            raise ModelError(f"{path} is not UTF-8") from error
    template = tokenizer_config.get("chat_template")
    if isinstance(template, list):  # several named templates
        template = {entry.get("name"): entry.get("template") for entry in template}.get("default")
    return template if isinstance(template, str) else None
