"""Importance matrices: how large the inputs of each weight's columns are, for quantization to round with care.

File format: GGUF as written by llama.cpp's llama-imatrix, so either program can use the other's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convert.extras import require
from convert.files import atomic_output
from convert.quantize import check_gguf
from taibao_cli.errors import ModelError

_SUMS, _COUNTS = ".in_sum2", ".counts"


@dataclass(frozen=True)
class ImportanceMatrix:
    """Statistics over a calibration text.

    Attributes:
        sums: by the GGUF name of a weight, [columns]: the sum over all tokens of the square of each column's input.
        counts: by the same names, the number of those tokens.
        datasets: names of the texts.
        chunks: windows of text that were run.
        chunk_size: tokens in a window, at most.
    """

    sums: Mapping[str, NDArray[np.float32]]
    counts: Mapping[str, int]
    datasets: tuple[str, ...]
    chunks: int
    chunk_size: int

    def means(self) -> dict[str, NDArray[np.float32]]:
        """Mean square by weight; ones where no token was seen."""
        return {
            name: (sums / np.float32(self.counts[name])) if self.counts[name] else np.ones_like(sums)
            for name, sums in self.sums.items()
        }


def write_imatrix(path: Path, matrix: ImportanceMatrix, *, overwrite: bool = False) -> None:
    """Write `path`, whole or not at all. Raises TaibaoError when it exists and `overwrite` is false."""
    with atomic_output(path, overwrite=overwrite) as temporary:
        writer = require("gguf").GGUFWriter(temporary, "imatrix")
        try:
            writer.add_type("imatrix")
            writer.add_array("imatrix.datasets", list(matrix.datasets))
            writer.add_uint32("imatrix.chunk_count", matrix.chunks)
            writer.add_uint32("imatrix.chunk_size", matrix.chunk_size)
            for name in sorted(matrix.sums):
                writer.add_tensor(name + _SUMS, matrix.sums[name].reshape(1, -1).astype(np.float32))
                writer.add_tensor(name + _COUNTS, np.array([[matrix.counts[name]]], dtype=np.float32))
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
        finally:
            writer.close()


def read_imatrix(path: Path) -> ImportanceMatrix:
    """Read a file of this module or of llama-imatrix.

    Raises:
        ModelError: missing, damaged, no importance matrix, or one for a mixture of experts.
    """
    check_gguf(path)
    try:
        reader = require("gguf").GGUFReader(path)
        keys = {name: field.contents() for name, field in reader.fields.items()}
        tensors = {tensor.name: np.array(tensor.data) for tensor in reader.tensors}
    except (ValueError, IndexError, KeyError) as error:
        raise ModelError(f"{path} is damaged: {error}; make it again with: taibao convert imatrix") from error
    if keys.get("general.type") != "imatrix":
        raise ModelError(f"{path} holds no importance matrix; make one with: taibao convert imatrix CHECKPOINT")
    names = [name.removesuffix(_SUMS) for name in tensors if name.endswith(_SUMS)]
    if several := [name for name in names if tensors[name + _COUNTS].size != 1]:
        raise ModelError(f"{path}: {several[0]} has statistics by expert, which cannot be read here")
    return ImportanceMatrix(
        sums={name: tensors[name + _SUMS].reshape(-1).astype(np.float32) for name in names},
        counts={name: int(tensors[name + _COUNTS].item()) for name in names},
        datasets=tuple(keys.get("imatrix.datasets") or ()),
        chunks=int(keys["imatrix.chunk_count"]),
        chunk_size=int(keys["imatrix.chunk_size"]),
    )
