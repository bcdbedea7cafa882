"""Merging an adapter into its base in float32, block by block.

A bfloat16 merge loses up to a third of a small update, so everything here is float32.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from convert.checkpoint import INDEX, open_weights, read_json
from convert.files import atomic_folder
from convert.safetensors import Tensor
from convert.shards import Stored, write_shards
from convert.tensors import EMBEDDING, HEAD
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import InputError
from train.changes import Change, read_changes
from train.ends import state_ends

TEMPLATE = "chat_template.jinja"
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".onnx")


def merge_adapter(base: Path, adapter: Path, out: Path) -> int:
    """Write the merged checkpoint to the new folder `out`, whole or not at all; return how many weights changed.

    One file of weights becomes one, in float32, a few megabytes at a time. Tokenizer and configuration are the base's;
    so is the chat template, unless the adapter has one that it was trained with; with ChatML the end of an answer is
    then stated anew.

    Raises:
        InputError: the base is quantized, the adapter is of a kind that does not merge or does not fit, `out` exists.
        ModelError: a folder is incomplete or damaged.
    """
    if out.exists():
        raise InputError(f"{out} exists; remove it or name another folder")
    config = read_json(base / "config.json")
    if quantized := config.get("quantization_config"):
        method = quantized.get("quant_method", "an unknown method")
        raise InputError(f"{base} is quantized ({method}); merge into the full-precision model that it was made from")
    tensors, changes = open_weights(base), read_changes(adapter)
    planned = _plan(base, adapter, tensors, changes, tied=bool(config.get("tie_word_embeddings")))
    files = sorted({tensor.file for tensor in tensors.values()})
    shards = [[planned[name] for name, tensor in tensors.items() if tensor.file == file] for file in files]
    with atomic_folder(out) as temporary:
        for path in base.iterdir():
            if path.is_file() and path.suffix not in _WEIGHTS and path.name != INDEX:
                shutil.copyfile(path, temporary / path.name)
        if (adapter / TEMPLATE).is_file():
            shutil.copyfile(adapter / TEMPLATE, temporary / TEMPLATE)
            if (adapter / TEMPLATE).read_text(encoding="utf-8") == CHATML_TEMPLATE:
                state_ends(temporary)
                config = read_json(temporary / "config.json")
        dtype = {key: "float32" for key in ("dtype", "torch_dtype") if key in config} or {"torch_dtype": "float32"}
        (temporary / "config.json").write_text(json.dumps({**config, **dtype}, indent=2) + "\n", encoding="utf-8")
        write_shards(temporary, shards)
    return len(changes)


def _plan(
    base: Path, adapter: Path, tensors: dict[str, Tensor], changes: dict[str, Change], *, tied: bool
) -> dict[str, Stored]:
    """Every tensor as it is written, by name. What is tied changes alike, under whichever names it is stored."""
    changes = dict(changes)
    for one, other in ((EMBEDDING, HEAD), (HEAD, EMBEDDING)):
        if tied and one in changes and other in tensors:
            changes.setdefault(other, changes[one])
            if one not in tensors:
                del changes[one]
    for name, change in changes.items():
        if name not in tensors:
            raise InputError(f"{adapter} changes {name}, which {base} does not hold")
        if not change.check(tensors[name].shape):
            raise InputError(f"{adapter} does not fit {name} of {base}, whose shape is {tensors[name].shape}")
    return {
        name: Stored(name, "F32", tensor.shape, partial(_merged, tensor, changes.get(name)))
        for name, tensor in tensors.items()
    }


def _merged(tensor: Tensor, change: Change | None) -> Iterator[bytes]:
    start = 0
    for block in tensor.blocks():
        yield (block if change is None else change.apply(block, start)).astype("<f4", copy=False).tobytes()
        start += len(block)
