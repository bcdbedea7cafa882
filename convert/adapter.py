"""Writes a LoRA adapter of peft as GGUF, for use with the base model in any number format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convert.checkpoint import read_json
from convert.extras import require
from convert.files import atomic_output, refuse_existing
from convert.hparams import Hyperparameters, read_hparams
from convert.safetensors import Tensor, open_safetensors
from convert.tensors import LAYER_TENSORS, heads_to_permute, permute
from taibao_cli.errors import ModelError

ADAPTER_TYPES = ("f32", "f16")
_WEIGHTS = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(.+)\.lora_([AB])\.weight")
_PLAIN: Mapping[str, Any] = {"bias": "none", "use_dora": False, "modules_to_save": None, "alpha_pattern": {}}
"""Values of adapter_config.json that a GGUF adapter can express."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two matrices of one module: `a` [rank, in], `b` [out, rank]; the change is alpha / rank · b · a."""

    name: str
    a: Tensor
    b: Tensor
    permute_heads: int


def convert_adapter(
    folder: Path, base: Path, out: Path, *, dtype: Literal["f32", "f16"] = "f32", overwrite: bool = False
) -> int:
    """Write the peft adapter in `folder`, trained on the checkpoint `base`, as the GGUF `out`; return its modules.

    Only the sizes of `base` are read. rsLoRA's alpha / √rank becomes the alpha that gives the same change.

    Raises:
        ModelError: the adapter is incomplete, does not fit `base`, or changes more than llama.cpp can follow: DoRA,
            biases, whole modules, embeddings, or another alpha for some modules.
        TaibaoError: `out` exists and `overwrite` is false.
        MissingExtraError: the gguf package is not installed.
    """
    refuse_existing(out, overwrite)
    config = read_json(folder / "adapter_config.json")
    hparams = read_hparams(read_json(base / "config.json"))
    alpha = _alpha(config)
    pairs = _pairs(open_safetensors(folder / "adapter_model.safetensors"), hparams)
    if config.get("use_rslora") and len(ranks := {pair.a.shape[0] for pair in pairs}) > 1:
        raise ModelError(f"rsLoRA with several ranks ({', '.join(map(str, sorted(ranks)))}) cannot be converted")
    if config.get("use_rslora"):
        alpha *= pairs[0].a.shape[0] ** 0.5
    with atomic_output(out, overwrite=overwrite) as temporary:
        writer = require("gguf").GGUFWriter(temporary, hparams.architecture)
        try:
            writer.add_type("adapter")
            writer.add_name(out.stem)
            writer.add_string("adapter.type", "lora")
            writer.add_float32("adapter.lora.alpha", alpha)
            for pair in pairs:
                b = permute(pair.b.read(), pair.permute_heads) if pair.permute_heads else pair.b.read()
                writer.add_tensor(f"{pair.name}.lora_a", _encode(pair.a, pair.a.read(), dtype))
                writer.add_tensor(f"{pair.name}.lora_b", _encode(pair.b, b, dtype))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
        finally:
            writer.close()
    return len(pairs)


def _alpha(config: Mapping[str, Any]) -> float:
    if config.get("peft_type") != "LORA":
        raise ModelError(f"adapter_config.json: {config.get('peft_type')} cannot be converted; only LORA can")
    for key, plain in _PLAIN.items():
        if config.get(key) not in (plain, None):
            raise ModelError(f"adapter_config.json: {key} {config[key]!r} cannot be converted; merge it instead")
    alpha = config.get("lora_alpha")
    if isinstance(alpha, bool) or not isinstance(alpha, int | float) or alpha <= 0:
        raise ModelError(f"adapter_config.json: lora_alpha must be a number above 0, not {alpha!r}")
    return float(alpha)


def _pairs(tensors: Mapping[str, Tensor], hparams: Hyperparameters) -> list[_Pair]:
    """The matrices by module, checked against the sizes of the base, in the order of the network."""
    sizes = hparams.sizes()
    known = LAYER_TENSORS[hparams.architecture]
    found: dict[tuple[int, str], dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        match = _WEIGHTS.fullmatch(name)
        if not match or f"{match[2]}.weight" not in known or int(match[1]) >= hparams.layers:
            raise ModelError(f"{name} has no place in a {hparams.architecture} model; merge the adapter instead")
        found.setdefault((int(match[1]), match[2]), {})[match[3]] = tensor
    if not found:
        raise ModelError("the adapter holds no LoRA matrices")
    pairs = []
    for (layer, module), both in sorted(found.items()):
        target, dims = known[f"{module}.weight"]
        rows, columns = (sizes[dim] for dim in dims)
        if set(both) != {"A", "B"}:
            raise ModelError(f"layer {layer}, {module}: one of its two LoRA matrices is missing")
        rank = both["A"].shape[0]
        if (both["A"].shape, both["B"].shape) != ((rank, columns), (rows, rank)):
            shapes = f"{both['A'].shape} and {both['B'].shape}"
            raise ModelError(f"layer {layer}, {module}: shapes {shapes} do not fit the base model ({rows} x {columns})")
        pairs.append(_Pair(f"blk.{layer}.{target}", both["A"], both["B"], heads_to_permute(hparams, target)))
    return pairs


def _encode(tensor: Tensor, values: NDArray[np.float32], dtype: str) -> NDArray[Any]:
    if not np.isfinite(values).all():
        raise ModelError(f"{tensor.name} holds NaN or infinity; the training that made it diverged")
    return values if dtype == "f32" else values.astype(np.float16)
