"""Reads the header of a GGUF file (version 3, little endian) without trusting it.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; sizes of tensor types: ggml's type traits.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.errors import ModelError

MAX_KEYS: Final = 65_536
MAX_TENSORS: Final = 65_536
MAX_STRING: Final = 16 << 20
MAX_ELEMENTS: Final = 1 << 24
"""Elements of all arrays together: a file cannot keep the reader busy."""

KEPT_ARRAY: Final = 256
"""Arrays up to this length are read; of longer ones only the length is kept."""

_SCALARS: Final = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING: Final = 8
_ARRAY: Final = 9

_BLOCKS: Final = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74),
    18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2),
    26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Weights per block and bytes per block, by tensor type."""


@dataclass(frozen=True, slots=True)
class LongArray:
    """Stands for an array that was skipped."""

    length: int


class _Damaged(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the weights: key-value pairs, and the types of the tensors as ggml numbers them."""

    metadata: dict[str, Any]
    types: frozenset[int]


def read_metadata(path: Path) -> dict[str, Any]:
    """The key-value pairs of a GGUF file, read and checked as `read_header` does."""
    return read_header(path).metadata


def read_header(path: Path) -> Header:
    """Read the header of a GGUF file and check that all its tensors lie inside the file.

    Raises:
        ModelError: the file is missing, not GGUF, of another version, damaged or cut short.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
            if head[:4] != b"GGUF":
                raise _Damaged("not a GGUF file")
            if head[4:] != b"\x03\x00\x00\x00":
                raise _Damaged("not GGUF version 3, little endian; convert the model again")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(data).read()
    except _Damaged as error:
        raise ModelError(f"{path}: {error}") from None
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file; give --model FILE.gguf") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model file: {error.strerror or error}") from error


class _Reader:
    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size = len(data)
        self._at = 8
        self._elements = 0

    def read(self) -> Header:
        tensors = self._count("tensors", MAX_TENSORS)
        keys = self._count("keys", MAX_KEYS)
        metadata: dict[str, Any] = {}
        for _ in range(keys):
            key = self._string()
            metadata[key] = self._value(self._scalar("I"))
        found = [self._tensor() for _ in range(tensors)]
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1:
            raise _Damaged("damaged: general.alignment is not a positive number")
        need = -(-self._at // alignment) * alignment + max(end for _, end in found) if found else self._at
        if need > self._size:
            raise _Damaged(f"cut short: {self._size:,} bytes of at least {need:,}; download or copy it again")
        return Header(metadata, frozenset(kind for kind, _ in found))

    def _take(self, size: int) -> int:
        """Step over `size` bytes; return where they start."""
        at = self._at
        if size > self._size - at:
            raise _Damaged("cut short inside its header; download or copy it again")
        self._at = at + size
        return at

    def _scalar(self, code: str) -> Any:
        form = "<" + code
        return struct.unpack_from(form, self._data, self._take(struct.calcsize(form)))[0]

    def _count(self, what: str, limit: int) -> int:
        count = int(self._scalar("Q"))
        if count > limit:
            raise _Damaged(f"damaged: it claims {count:,} {what}")
        return count

    def _string(self) -> str:
        length = self._count("bytes in one string", MAX_STRING)
        at = self._take(length)
        return self._data[at : at + length].decode("utf-8", "replace")

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._array()
        return self._scalar(_code(kind))

    def _array(self) -> Any:
        kind = int(self._scalar("I"))
        length = self._count("elements in arrays", MAX_ELEMENTS - self._elements)
        self._elements += length
        read: Callable[[], Any] = self._string
        if kind != _STRING:
            code = _code(kind)
            if length > KEPT_ARRAY:
                self._take(length * struct.calcsize("<" + code))
                return LongArray(length)

            def read() -> Any:
                return self._scalar(code)

        if length <= KEPT_ARRAY:
            return [read() for _ in range(length)]
        self._skip_strings(length)
        return LongArray(length)

    def _skip_strings(self, count: int) -> None:
        unpack = struct.Struct("<Q").unpack_from
        data, at, last = self._data, self._at, self._size - 8
        for _ in range(count):
            if at > last:
                break
            at += 8 + unpack(data, at)[0]
        self._at = min(at, self._size + 1)
        self._take(0)

    def _tensor(self) -> tuple[int, int]:
        """Read one tensor's entry: its type, and where its data ends, counted from the start of all tensor data."""
        name = self._string()
        rank = int(self._scalar("I"))
        if rank > 4:
            raise _Damaged(f"damaged: tensor {name[:60]!r} claims {rank} dimensions")
        weights = math.prod(int(self._scalar("Q")) for _ in range(rank))
        kind, offset = int(self._scalar("I")), int(self._scalar("Q"))
        block, size = _BLOCKS.get(kind, (1, 0))  # a type this table does not know is llama.cpp's to judge
        return kind, offset + -(-weights // block) * size


def _code(kind: int) -> str:
    if kind not in _SCALARS:
        raise _Damaged(f"damaged: value type {kind} does not exist")
    return _SCALARS[kind]
