"""Trained parameters as a peft folder that fits the untouched base."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from taibao_cli.engine.chatml import CHATML_TEMPLATE
from train.finetune.config import Adapter
from train.finetune.model import Trainee, lora_config, token_rows
from train.merge import TEMPLATE

_INNER = "tuned."


def write_adapter(
    folder: Path, trainee: Trainee, values: Mapping[str, Tensor], adapter: Adapter, base: Path, principal: Path
) -> None:
    """Write configuration, weights and the chat template of the training into the existing folder.

    Args:
        folder: where.
        trainee: for the names of its modules.
        values: trained parameters by their names in it, on the processor.
        adapter: what was trained.
        base: the checkpoint, named in the configuration.
        principal: for PiSSA, the file of what was subtracted: the adapter then gets twice the rank,
            W - s·B0·A0 + s·B·A = W + s·[B, -B0]·[A; A0].
    """
    config = lora_config(adapter)
    rows = token_rows(trainee)
    taken = {name for _, name in rows.values()}
    tensors = {_peft_name(name): value for name, value in values.items() if name not in taken}
    if adapter.kind == "pissa":
        start = load_file(principal)
        tensors = {name: _doubled(name, value, start) for name, value in tensors.items()}
        config.r, config.lora_alpha = 2 * adapter.rank, 2 * adapter.alpha
    for module, (_, name) in rows.items():
        inner = name.removeprefix("tuned.base_model.model.").removesuffix(".rows")
        tensors[f"base_model.model.{inner}.token_adapter.trainable_tokens_delta"] = values[name]
        assert inner.endswith(module)
    config.base_model_name_or_path = str(base)
    config.inference_mode = True
    config.save_pretrained(folder)
    if rows:
        _add_places(folder / "adapter_config.json", {module: list(places) for module, (places, _) in rows.items()})
    (folder / TEMPLATE).write_text(CHATML_TEMPLATE, encoding="utf-8")
    save_file({name: value.contiguous() for name, value in tensors.items()}, folder / "adapter_model.safetensors")


def _peft_name(name: str) -> str:
    """`tuned.base_model…lora_A.default.weight` -> `base_model…lora_A.weight`; magnitudes have no `.weight`."""
    plain = name.removeprefix(_INNER).replace(".default", "")
    return plain.removesuffix(".weight") if plain.endswith(".lora_magnitude_vector.weight") else plain


def _doubled(name: str, value: Tensor, start: Mapping[str, Tensor]) -> Tensor:
    module, part, _ = (_INNER + name).rsplit(".", 2)
    if part == "lora_A":
        return torch.cat([value, start[f"{module}.A"]], dim=0)
    return torch.cat([value, -start[f"{module}.B"]], dim=1)


def _add_places(path: Path, places: Mapping[str, Any]) -> None:
    config = json.loads(path.read_text(encoding="utf-8"))
    config["trainable_token_indices"] = dict(places)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
