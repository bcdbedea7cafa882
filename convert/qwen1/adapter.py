"""A LoRA adapter of the first Qwen as one of Qwen2: the change of the weights is the same to the last bit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convert.checkpoint import read_json
from convert.files import atomic_folder
from convert.qwen1.weights import MODULES, OUTER, Source, open_weights, split_rows
from convert.shards import Stored, write_safetensors
from taibao_cli.errors import ModelError

_MATRIX = re.compile(r"base_model\.model\.transformer\.h\.(\d+)\.(.+)\.lora_([AB])\.weight")
_WHOLE = re.compile(r"base_model\.model\.(.+)\.weight")
_PLAIN: Mapping[str, Any] = {"bias": "none", "use_dora": False, "fan_in_fan_out": False}
_FILES = ("adapter_model.safetensors", "adapter_model.bin")


def convert_adapter(folder: Path, out: Path, *, base: str | None = None) -> int:
    """Write the peft adapter in `folder` to the new folder `out`; return the number of modules it changes now.

    c_attn's change is B·A with the rows of queries, keys and values below one another, so each gets A and its third of
    B. Rank, alpha and rsLoRA stay. Whole modules (`modules_to_save`: embedding, output head) are renamed.

    Args:
        base: written as the base model's name; None keeps what is there.

    Raises:
        ModelError: the adapter is incomplete, damaged, not for the first Qwen, or no plain LoRA.
        TaibaoError: `out` exists.
    """
    config = read_json(folder / "adapter_config.json")
    path = next((folder / name for name in _FILES if (folder / name).is_file()), folder / _FILES[0])
    tensors, modules = _tensors(open_weights(path))
    config = _config(config, sorted({module.split(".")[-1] for module in modules}))
    if base is not None:
        config["base_model_name_or_path"] = base
    with atomic_folder(out) as temporary:
        (temporary / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        write_safetensors(temporary / _FILES[0], tensors)
    return len(modules)


def _config(config: Mapping[str, Any], targets: list[str]) -> dict[str, Any]:
    if config.get("peft_type") != "LORA":
        raise ModelError(f"adapter_config.json: {config.get('peft_type')} cannot be converted; only LORA can")
    for key, plain in _PLAIN.items():
        if config.get(key, plain) != plain:
            raise ModelError(f"adapter_config.json: {key} {config[key]!r} cannot be converted")
    for key in ("rank_pattern", "alpha_pattern", "layers_pattern"):
        if config.get(key):
            raise ModelError(f"adapter_config.json: {key} names modules of the first Qwen; that cannot be converted")
    result = {**config, "target_modules": targets, "layers_pattern": None}
    if whole := config.get("modules_to_save"):
        names = {old.split(".")[-1]: new.split(".")[-1] for old, new in OUTER.items()}
        if unknown := sorted(set(whole) - names.keys()):
            raise ModelError(f"adapter_config.json: modules_to_save {', '.join(unknown)} cannot be converted")
        result["modules_to_save"] = [names[name] for name in whole]
    return result


def _tensors(sources: Mapping[str, Source]) -> tuple[list[Stored], list[str]]:
    """The tensors to write, and the modules of Qwen2 that they change, both in order."""
    pairs: dict[tuple[int, str], dict[str, Source]] = {}
    tensors: list[Stored] = []
    for name, source in sources.items():
        matrix, whole = _MATRIX.fullmatch(name), _WHOLE.fullmatch(name)
        if matrix and matrix[2] in MODULES:
            pairs.setdefault((int(matrix[1]), matrix[2]), {})[matrix[3]] = source
        elif whole and whole[1] in OUTER:
            tensors += split_rows(source, [f"base_model.model.{OUTER[whole[1]]}.weight"])
        else:
            raise ModelError(f"{name} belongs to no module of a Qwen-7B of 2023 or its kin")
    if not pairs:
        raise ModelError("the adapter holds no LoRA matrices")
    modules = []
    for (layer, module), both in sorted(pairs.items()):
        if set(both) != {"A", "B"} or both["A"].shape[0] != both["B"].shape[-1]:
            raise ModelError(f"layer {layer}, {module}: its two LoRA matrices are incomplete or of different rank")
        names = [f"model.layers.{layer}.{target}" for target in MODULES[module]]
        modules += names
        for name in names:
            tensors += split_rows(both["A"], [f"base_model.model.{name}.lora_A.weight"])
        tensors += split_rows(both["B"], [f"base_model.model.{name}.lora_B.weight" for name in names])
    return tensors, modules
