"""A whole checkpoint of the first Qwen as a Qwen2 checkpoint."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from convert.checkpoint import read_json
from convert.files import atomic_folder
from convert.hparams import Hyperparameters, read_hparams
from convert.qwen1.config import is_chat, qwen2_config, qwen2_generation_config
from convert.qwen1.tokenizer import read_tiktoken, tokenizer_config, tokenizer_json
from convert.qwen1.weights import open_shards, open_weights, qwen2_tensors
from convert.shards import Stored, write_shards
from convert.tensors import EMBEDDING, HEAD, LAYER_TENSORS
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import ModelError

DTYPES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}
_LEGAL = ("LICENSE*", "NOTICE*")


def convert_checkpoint(folder: Path, out: Path) -> int:
    """Write the checkpoint in `folder` to the new folder `out`, whole or not at all; return its context in tokens.

    One file of weights becomes one file, and its bytes are copied in blocks. LICENSE and NOTICE go along.

    Raises:
        ModelError: `folder` is incomplete, damaged, or no checkpoint of the first Qwen.
        TaibaoError: `out` exists.
        MissingExtraError: the weights are `.bin` files, and torch is not installed.
    """
    settings = read_json(folder / "config.json")
    generation = read_json(folder / "generation_config.json", required=False)
    ranks = read_tiktoken(folder / "qwen.tiktoken")
    shards = [qwen2_tensors(open_weights(path)) for path in open_shards(folder)]
    shards = [tensors for tensors in shards if tensors]
    config = qwen2_config(settings, dtype=_dtype(shards))
    ends = qwen2_generation_config(generation, end_of_text=len(ranks), end_of_turn=len(ranks) + 2)
    config |= {"bos_token_id": len(ranks), "eos_token_id": ends["eos_token_id"][0], "pad_token_id": len(ranks)}
    hparams = read_hparams(config)
    _check([tensor for tensors in shards for tensor in tensors], hparams, tied=config["tie_word_embeddings"])
    files: dict[str, Any] = {
        "config.json": config,
        "generation_config.json": ends,
        "tokenizer.json": tokenizer_json(ranks),
        "tokenizer_config.json": tokenizer_config(context=hparams.context, chat=is_chat(generation)),
    }
    with atomic_folder(out) as temporary:
        for name, content in files.items():
            text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
            (temporary / name).write_text(text, encoding="utf-8")
        (temporary / "chat_template.jinja").write_bytes(CHATML_TEMPLATE.encode())
        for path in (path for pattern in _LEGAL for path in folder.glob(pattern)):
            shutil.copyfile(path, temporary / path.name)
        write_shards(temporary, shards)
    return hparams.context


def _dtype(shards: Iterable[Iterable[Stored]]) -> str:
    """The number format of the matrices. Raises ModelError when they have several, or one that is not for models."""
    kinds = {tensor.kind for tensors in shards for tensor in tensors if len(tensor.shape) > 1}
    if len(kinds) != 1 or not kinds <= DTYPES.keys():
        raise ModelError(f"the weights must be of one type among {', '.join(DTYPES)}, not {', '.join(sorted(kinds))}")
    return DTYPES[kinds.pop()]


def _check(tensors: Iterable[Stored], hparams: Hyperparameters, *, tied: bool) -> None:
    """Raises ModelError unless the tensors are those of the model that the configuration describes."""
    expected = _shapes(hparams)
    if tied:
        expected.pop(HEAD)
    found: Mapping[str, tuple[int, ...]] = {tensor.name: tensor.shape for tensor in tensors}
    if missing := expected.keys() - found.keys():
        raise ModelError(f"the checkpoint lacks {len(missing)} tensors, of Qwen2's names first {min(missing)}")
    for name, shape in found.items():
        if shape != expected.get(name, shape):
            raise ModelError(f"{name} would have shape {shape}, but config.json asks for {expected[name]}")
    if extra := found.keys() - expected.keys() - {HEAD}:
        raise ModelError(f"{len(extra)} tensors have no place in the model of config.json, first {min(extra)}")


def _shapes(hparams: Hyperparameters) -> dict[str, tuple[int, ...]]:
    sizes = hparams.sizes()
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys((EMBEDDING, HEAD), (hparams.vocab, hparams.hidden))
    shapes["model.norm.weight"] = (hparams.hidden,)
    for layer in range(hparams.layers):
        for name, (_, dims) in LAYER_TENSORS["qwen2"].items():
            shapes[f"model.layers.{layer}.{name}"] = tuple(sizes[dim] for dim in dims)
    return shapes
