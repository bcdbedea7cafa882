"""Quantizes a GGUF with the quantizer inside libllama; no llama.cpp program is needed."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Literal

from convert.extras import require
from convert.files import atomic_output
from convert.llamalog import Log, captured_log
from taibao_cli.errors import ModelError, UsageError

QuantType = Literal["q4_k_m", "q5_k_m", "q6_k", "q8_0", "q4_0", "iq4_xs", "f16"]
QUANT_TYPES: dict[QuantType, str] = {
    "q4_k_m": "LLAMA_FTYPE_MOSTLY_Q4_K_M",
    "q5_k_m": "LLAMA_FTYPE_MOSTLY_Q5_K_M",
    "q6_k": "LLAMA_FTYPE_MOSTLY_Q6_K",
    "q8_0": "LLAMA_FTYPE_MOSTLY_Q8_0",
    "q4_0": "LLAMA_FTYPE_MOSTLY_Q4_0",
    "iq4_xs": "LLAMA_FTYPE_MOSTLY_IQ4_XS",
    "f16": "LLAMA_FTYPE_MOSTLY_F16",
}


def quantize(
    src: Path, dst: Path, type_: QuantType, *, threads: int | None = None, overwrite: bool = False
) -> list[str]:
    """Write the f32 or f16 GGUF `src` as `dst` in another number format, whole or not at all.

    Returns:
        llama.cpp's warnings, such as tensors whose width forced another format; [] when there are none.

    Raises:
        ModelError: `src` is missing, damaged, or already quantized.
        UsageError: `dst` is `src`.
        TaibaoError: `dst` exists and `overwrite` is false.
    """
    check_gguf(src)
    if dst.exists() and dst.samefile(src):
        raise UsageError(f"{dst} is the input; name another output")
    llama_cpp = require("llama_cpp")
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = getattr(llama_cpp, QUANT_TYPES[type_])
    params.nthread = threads or 0  # 0: as many as the machine has
    with atomic_output(dst, overwrite=overwrite) as temporary, captured_log() as log:
        if llama_cpp.llama_model_quantize(os.fsencode(src), os.fsencode(temporary), ctypes.byref(params)):
            raise ModelError(f"cannot quantize {src} to {type_}: {log.reason()}{_hint(log)}")
    return [" ".join(line.split()) for line in log.warnings]


def check_gguf(path: Path) -> None:
    """Raises ModelError unless `path` is a file that begins as a GGUF does."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file; make one with: taibao convert gguf CHECKPOINT -o FILE")


def _hint(log: Log) -> str:
    return "; begin with an f32 or f16 file" if "requantizing" in log.reason() else ""
