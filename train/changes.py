"""What a peft adapter changes: for each weight of its base, the rule that makes the new rows from the old ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from convert.checkpoint import read_json
from convert.safetensors import Tensor, open_safetensors
from taibao_cli.errors import InputError

Rows = NDArray[np.float32]

_PREFIX = "base_model.model."
_MATRIX = re.compile(r"(.+)\.(lora_A|lora_B)\.weight")
_MAGNITUDE = re.compile(r"(.+)\.lora_magnitude_vector(?:\.weight)?")
_TOKENS = re.compile(r"(.+)\.token_adapter\.trainable_tokens_delta")
# Starts that move a part of the base into the adapter, so that it fits a base that is stored nowhere.
_MOVING_STARTS = ("pissa", "olora", "loftq", "corda", "lora_ga")


class Change(Protocol):
    """`apply` gives the new rows in place of `rows`, which begin at row `start` of the weight."""

    def check(self, shape: tuple[int, ...]) -> bool:
        """Whether a weight of `shape` can be changed so."""
        ...

    def apply(self, rows: Rows, start: int) -> Rows: ...


@dataclass(frozen=True)
class LowRank:
    """W + scale·B·A (Hu et al. 2021); with `magnitude` m its rows are then scaled to the lengths m (DoRA, Liu 2024)."""

    a: Rows
    b: Tensor
    scale: float
    magnitude: Rows | None = None

    def check(self, shape: tuple[int, ...]) -> bool:
        return shape == (self.b.shape[0], self.a.shape[1]) and self.b.shape[1] == self.a.shape[0]

    def apply(self, rows: Rows, start: int) -> Rows:
        changed: Rows = rows + np.float32(self.scale) * (self.b.rows(start, len(rows)) @ self.a)
        if self.magnitude is None:
            return changed
        lengths = np.linalg.norm(changed, axis=1)
        return changed * (self.magnitude[start : start + len(rows)] / lengths)[:, None]


@dataclass(frozen=True)
class NewRows:
    """Some rows are replaced: tokens trained by peft's `trainable_token_indices`."""

    places: Sequence[int]
    values: Rows

    def check(self, shape: tuple[int, ...]) -> bool:
        inside = all(0 <= place < shape[0] for place in self.places)
        return inside and self.values.shape == (len(self.places), *shape[1:])

    def apply(self, rows: Rows, start: int) -> Rows:
        changed = rows.copy()
        for place, value in zip(self.places, self.values, strict=True):
            if start <= place < start + len(rows):
                changed[place - start] = value
        return changed


@dataclass(frozen=True)
class Whole:
    """The whole weight is replaced: peft's `modules_to_save`."""

    values: Tensor

    def check(self, shape: tuple[int, ...]) -> bool:
        return shape == self.values.shape

    def apply(self, rows: Rows, start: int) -> Rows:
        return self.values.rows(start, len(rows))


def read_changes(adapter: Path) -> dict[str, Change]:
    """The changes by the name of the weight in the base.

    LoRA, rsLoRA and DoRA, trained token rows and whole modules are understood.

    Raises:
        InputError: the adapter is of another kind.
        ModelError: a file is missing or damaged.
    """
    config = read_json(adapter / "adapter_config.json")
    _refuse_what_is_not_understood(adapter, config)
    tensors = open_safetensors(adapter / "adapter_model.safetensors")
    matrices: dict[str, dict[str, Tensor]] = {}
    changes: dict[str, Change] = {}
    for name, tensor in tensors.items():
        module = name.removeprefix(_PREFIX)
        if match := _MATRIX.fullmatch(module):
            matrices.setdefault(match[1], {})[match[2]] = tensor
        elif match := _MAGNITUDE.fullmatch(module):
            matrices.setdefault(match[1], {})["magnitude"] = tensor
        elif match := _TOKENS.fullmatch(module):
            changes[f"{match[1]}.weight"] = NewRows(_token_places(config, match[1]), _finite(tensor))
        else:
            changes[module] = Whole(tensor)
    for module, parts in matrices.items():
        changes[f"{module}.weight"] = _low_rank(adapter, config, module, parts)
    if not changes:
        raise InputError(f"{adapter} changes nothing: it holds no tensors")
    return changes


def _refuse_what_is_not_understood(adapter: Path, config: Mapping[str, Any]) -> None:
    if config.get("peft_type") != "LORA":
        raise InputError(f"{adapter}: {config.get('peft_type')} adapters do not merge here; only LORA")
    for key, plain in (("bias", "none"), ("fan_in_fan_out", False), ("lora_bias", False), ("alpha_pattern", {})):
        if config.get(key) not in (plain, None):
            raise InputError(f"{adapter}: {key} {config[key]!r} in adapter_config.json does not merge here")
    if str(config.get("init_lora_weights")).startswith(_MOVING_STARTS):
        raise InputError(
            f"{adapter} begins with init_lora_weights {config['init_lora_weights']!r}, which changed the base; save it"
            " again with save_pretrained(path_initial_model_for_weight_conversion=…)"
        )


def _low_rank(adapter: Path, config: Mapping[str, Any], module: str, parts: Mapping[str, Tensor]) -> LowRank:
    if not {"lora_A", "lora_B"} <= parts.keys():
        raise InputError(f"{adapter}: {module} lacks one of its two LoRA matrices")
    rank = parts["lora_A"].shape[0]
    scale = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
    magnitude = _finite(parts["magnitude"]) if "magnitude" in parts else None
    _finite(parts["lora_B"])
    return LowRank(_finite(parts["lora_A"]), parts["lora_B"], scale, magnitude)


def _token_places(config: Mapping[str, Any], module: str) -> list[int]:
    indices = config.get("trainable_token_indices")
    if isinstance(indices, Mapping):
        indices = indices.get(module) or indices.get(module.split(".")[-1])
    if not isinstance(indices, list):
        raise InputError(f"adapter_config.json: trainable_token_indices does not name the rows of {module}")
    return indices


def _finite(tensor: Tensor) -> Rows:
    values = tensor.read()
    if not np.isfinite(values).all():
        raise InputError(f"{tensor.file}: {tensor.name} holds NaN or infinity; the training that made it diverged")
    return values
