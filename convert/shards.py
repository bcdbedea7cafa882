"""Writer of safetensors checkpoints: the bytes of a tensor go from their source to the file in blocks."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from convert.checkpoint import INDEX, SINGLE
from convert.safetensors import ITEM_SIZE


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor to write. `blocks()` gives its bytes, row-major and little-endian, of number format `kind`."""

    name: str
    kind: str
    shape: tuple[int, ...]
    blocks: Callable[[], Iterable[bytes]]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * ITEM_SIZE[self.kind]


def write_safetensors(path: Path, tensors: Sequence[Stored]) -> None:
    """Write `path` in the order given. Raises ValueError when a tensor gives more or fewer bytes than its shape."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for tensor in tensors:
        end = offset + tensor.nbytes
        header[tensor.name] = {"dtype": tensor.kind, "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(len(encoded).to_bytes(8, "little") + encoded)
        for tensor in tensors:
            if (written := sum(map(file.write, tensor.blocks()))) != tensor.nbytes:
                raise ValueError(f"{tensor.name}: {written} bytes instead of {tensor.nbytes}")


def write_shards(folder: Path, shards: Sequence[Sequence[Stored]]) -> None:
    """Write `folder`/model.safetensors, or one numbered file a shard and the index of them."""
    if len(shards) == 1:
        write_safetensors(folder / SINGLE, shards[0])
        return
    placement: dict[str, str] = {}
    for number, tensors in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_safetensors(folder / name, tensors)
        placement |= {tensor.name: name for tensor in tensors}
    total = sum(tensor.nbytes for tensors in shards for tensor in tensors)
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(placement.items()))}
    (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
