"""Lazy reader of `.safetensors` files: numpy float32 out, bfloat16 included, nothing but numpy needed.

Format: https://github.com/huggingface/safetensors#format (u64 little-endian header length, JSON header, data).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taibao_cli.errors import ModelError

MAX_HEADER = 100_000_000  # bytes; the limit of the reference implementation
ITEM_SIZE = {"F32": 4, "F16": 2, "BF16": 2, "F64": 8}
BLOCK = 1 << 22  # values read at once


@dataclass(frozen=True, slots=True)
class Tensor:
    """One stored tensor, row-major; `offset` and `nbytes` count bytes of `file`."""

    name: str
    file: Path
    kind: str
    shape: tuple[int, ...]
    offset: int
    nbytes: int

    def read(self) -> NDArray[np.float32]:
        """The values as float32, in `shape`."""
        return self._read(0, math.prod(self.shape)).reshape(self.shape)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """The values as float32 in blocks of whole rows, about `BLOCK` values each; a vector comes as one block."""
        if len(self.shape) < 2:
            yield self.read()
            return
        step = max(1, BLOCK // max(1, math.prod(self.shape[1:])))
        for row in range(0, self.shape[0], step):
            yield self.rows(row, min(step, self.shape[0] - row))

    def rows(self, start: int, count: int) -> NDArray[np.float32]:
        """`count` rows from row `start` on, as float32."""
        width = math.prod(self.shape[1:])
        return self._read(start * width, count * width).reshape(count, *self.shape[1:])

    def raw(self, start: int, rows: int) -> Iterator[bytes]:
        """The stored bytes of `rows` rows (of values, for a vector) from row `start` on, in blocks."""
        width = math.prod(self.shape[1:]) * ITEM_SIZE[self.kind]
        left = rows * width
        with self.file.open("rb") as file:
            file.seek(self.offset + start * width)
            while left:
                block = file.read(min(left, 4 * BLOCK))
                if not block:
                    raise ModelError(f"{self.file} ends inside {self.name}; fetch it again")
                left -= len(block)
                yield block

    def _read(self, start: int, count: int) -> NDArray[np.float32]:
        stored = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8"}[self.kind]
        with self.file.open("rb") as file:
            file.seek(self.offset + start * ITEM_SIZE[self.kind])
            values = np.fromfile(file, dtype=stored, count=count)
        if self.kind == "BF16":
            values = (values.astype("<u4") << 16).view("<f4")
        result: NDArray[np.float32] = values.astype(np.float32, copy=False)
        return result


def open_safetensors(path: Path) -> dict[str, Tensor]:
    """Read the header of `path`.

    Raises:
        ModelError: the file is missing, cut short, not safetensors, or holds a number format not known here.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(MAX_HEADER, size - 8):
                raise ModelError(
                    f"{path} is damaged or not a safetensors file (header length {length}); fetch it again"
                )
            header = json.loads(file.read(length))
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged: its header is not JSON; fetch it again") from error
    if not isinstance(header, dict):
        raise ModelError(f"{path} is damaged: its header is not a JSON object; fetch it again")
    entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
    return {name: _tensor(path, name, entry, 8 + length, size) for name, entry in entries.items()}


def _tensor(path: Path, name: str, entry: Mapping[str, Any], start: int, size: int) -> Tensor:
    try:
        kind, shape = str(entry["dtype"]), tuple(int(n) for n in entry["shape"])
        begin, end = (int(n) for n in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is damaged: the entry of {name} is incomplete; fetch it again") from error
    if kind not in ITEM_SIZE:
        raise ModelError(f"{path}: {name} is stored as {kind}; only {', '.join(ITEM_SIZE)} can be converted")
    if end - begin != math.prod(shape) * ITEM_SIZE[kind] or begin < 0 or start + end > size:
        raise ModelError(f"{path} is damaged: {name} does not fit the file (cut short?); fetch it again")
    return Tensor(name, path, kind, shape, start + begin, end - begin)
