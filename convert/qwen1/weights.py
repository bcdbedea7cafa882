"""Which tensor of the first Qwen becomes which of Qwen2. Bytes are copied; no number changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from convert.checkpoint import INDEX, SINGLE, read_json
from convert.extras import require
from convert.safetensors import open_safetensors
from convert.shards import Stored
from taibao_cli.errors import ModelError

# Module of a layer -> those of Qwen2 that share its rows, in equal parts. The MLP is w1(x) * silu(w2(x)).
MODULES: dict[str, tuple[str, ...]] = {
    "ln_1": ("input_layernorm",),
    "attn.c_attn": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "attn.c_proj": ("self_attn.o_proj",),
    "ln_2": ("post_attention_layernorm",),
    "mlp.w1": ("mlp.up_proj",),
    "mlp.w2": ("mlp.gate_proj",),
    "mlp.c_proj": ("mlp.down_proj",),
}
OUTER = {"transformer.wte": "model.embed_tokens", "transformer.ln_f": "model.norm", "lm_head": "lm_head"}

_LAYER = re.compile(r"transformer\.h\.(\d+)\.(.+)\.(weight|bias)")
# Buffers that follow from the configuration.
_IGNORED = (".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq", ".attn.logn_tensor")
_TORCH_SINGLE, _TORCH_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"
_TORCH_KINDS = {"torch.float32": "F32", "torch.float16": "F16", "torch.bfloat16": "BF16"}


class Source(Protocol):
    """A tensor as stored in a file."""

    @property
    def kind(self) -> str: ...

    @property
    def shape(self) -> tuple[int, ...]: ...

    def raw(self, start: int, rows: int) -> Iterator[bytes]:
        """The bytes of `rows` rows from row `start` on."""
        ...


class _TorchSource:
    """A tensor of a `.bin` file, mapped into memory."""

    def __init__(self, name: str, tensor: Any) -> None:
        self._tensor = tensor
        self.shape: tuple[int, ...] = tuple(tensor.shape)
        if str(tensor.dtype) not in _TORCH_KINDS:
            raise ModelError(f"{name} is stored as {tensor.dtype}; only {', '.join(_TORCH_KINDS)} can be converted")
        self.kind = _TORCH_KINDS[str(tensor.dtype)]

    def raw(self, start: int, rows: int) -> Iterator[bytes]:
        yield self._tensor[start : start + rows].contiguous().view(require("torch").uint8).numpy().tobytes()


def open_shards(folder: Path) -> list[Path]:
    """The weight files of a checkpoint: safetensors, else torch's `.bin` files.

    Raises:
        ModelError: there are none.
    """
    for single, index in ((SINGLE, INDEX), (_TORCH_SINGLE, _TORCH_INDEX)):
        if (folder / single).is_file():
            return [folder / single]
        if (folder / index).is_file():
            placement = read_json(folder / index).get("weight_map") or {}
            return [folder / Path(name).name for name in sorted(set(placement.values()))]
    raise ModelError(f"{folder} holds no weights: neither {SINGLE}, {_TORCH_SINGLE} nor an index of several files")


def open_weights(path: Path) -> Mapping[str, Source]:
    """The tensors of one file. Raises ModelError when it is missing, damaged, or holds more than tensors."""
    if path.suffix == ".safetensors":
        return open_safetensors(path)
    if not path.is_file():
        raise ModelError(f"{path} is missing; the checkpoint is incomplete")
    try:
        loaded = require("torch").load(path, map_location="cpu", mmap=True, weights_only=True)
    except Exception as error:  # pickle, zip and torch each raise their own
        raise ModelError(f"{path} is damaged or no file of tensors: {str(error).splitlines()[0]}") from error
    return {name: _TorchSource(name, tensor) for name, tensor in loaded.items()}


def qwen2_tensors(tensors: Mapping[str, Source]) -> list[Stored]:
    """The tensors of one file under their new names.

    Raises:
        ModelError: a tensor that the first Qwen does not have, or rows that cannot be shared out.
    """
    found: list[Stored] = []
    for name, source in tensors.items():
        if not name.endswith(_IGNORED):
            found += split_rows(source, target_names(name))
    return found


def target_names(name: str) -> list[str]:
    """Qwen2's names of the tensors that `name` is made of. Raises ModelError when there are none."""
    if (match := _LAYER.fullmatch(name)) and match[2] in MODULES:
        return [f"model.layers.{match[1]}.{module}.{match[3]}" for module in MODULES[match[2]]]
    if name.removesuffix(".weight") in OUTER:
        return [f"{OUTER[name.removesuffix('.weight')]}.weight"]
    raise ModelError(f"{name} is no tensor of a Qwen-7B of 2023 or its kin")


def split_rows(source: Source, names: list[str]) -> Iterable[Stored]:
    """`source` in equal parts of whole rows, one for each of `names`."""
    rows, rest = divmod(source.shape[0], len(names))
    if rest:
        raise ModelError(f"{names[0]}: {source.shape[0]} rows cannot be shared by {len(names)} tensors")
    for part, name in enumerate(names):
        yield Stored(name, source.kind, (rows, *source.shape[1:]), partial(source.raw, part * rows, rows))
