"""Quantizes a GGUF with the quantizer inside libllama; no llama.cpp program is needed."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from convert.extras import require
from convert.files import atomic_output
from convert.llamalog import Log, captured_log
from taibao_cli.errors import ModelError, UsageError

if TYPE_CHECKING:
    from convert.imatrix import ImportanceMatrix

QUANT_TYPES: Final = (
    "q4_k_m", "q5_k_m", "q6_k", "q8_0", "iq4_xs",
    "q2_k", "q2_k_s", "q3_k_s", "q3_k_m", "q3_k_l", "q4_k_s", "q5_k_s",
    "q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl",
    "iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m", "iq3_xxs", "iq3_xs", "iq3_s", "iq3_m",
    "q1_0", "tq1_0", "tq2_0", "mxfp4_moe", "f16", "bf16", "f32",
)  # fmt: skip
"""llama.cpp's names of its mixtures of number formats, the usual ones first."""

# enum llama_model_kv_override_type
_INT, _STR = 0, 3
_STR_MAX: Final = 127


def quantize(
    src: Path,
    dst: Path,
    type_: str,
    *,
    imatrix: ImportanceMatrix | None = None,
    imatrix_name: str = "",
    threads: int | None = None,
    overwrite: bool = False,
) -> list[str]:
    """Write the f32, f16 or bf16 GGUF `src` as `dst` in another number format, whole or not at all.

    Args:
        type_: one of `QUANT_TYPES`.
        imatrix: importance of the columns; the types below three bits need it.
        imatrix_name: what the file says of where it came from.

    Returns:
        llama.cpp's warnings, such as tensors whose width forced another format; [] when there are none.

    Raises:
        ModelError: `src` is missing, damaged, or already quantized; `imatrix` is of another model, or is needed.
        UsageError: `dst` is `src`, or the type is not known.
        TaibaoError: `dst` exists and `overwrite` is false.
    """
    check_gguf(src)
    if dst.exists() and dst.samefile(src):
        raise UsageError(f"{dst} is the input; name another output")
    if type_ not in QUANT_TYPES:
        raise UsageError(f"{type_!r} is no number format; known are {', '.join(QUANT_TYPES)}")
    llama_cpp = require("llama_cpp")
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = getattr(llama_cpp, ftype_name(type_))
    params.nthread = threads or 0  # 0: as many as the machine has
    arrays = _attach(llama_cpp, params, imatrix, imatrix_name) if imatrix is not None else None
    with atomic_output(dst, overwrite=overwrite) as temporary, captured_log() as log:
        if llama_cpp.llama_model_quantize(os.fsencode(src), os.fsencode(temporary), ctypes.byref(params)):
            raise ModelError(f"cannot quantize {src} to {type_}: {_reason(log)}{_hint(log)}")
    del arrays  # llama.cpp has read them until here
    return [" ".join(line.split()) for line in log.warnings]


def ftype_name(type_: str) -> str:
    """The name of `enum llama_ftype`'s constant."""
    return "LLAMA_FTYPE_ALL_F32" if type_ == "f32" else f"LLAMA_FTYPE_MOSTLY_{type_.upper()}"


def check_gguf(path: Path) -> None:
    """Raises ModelError unless `path` is a file that begins as a GGUF does."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    if magic != b"GGUF":
        raise ModelError(f"{path} is not a GGUF file; make one with: taibao convert gguf CHECKPOINT -o FILE")


def _attach(llama_cpp: Any, params: Any, matrix: ImportanceMatrix, name: str) -> list[Any]:
    """Point `params` to the matrix and to the keys that tell of it; return what must stay alive meanwhile."""
    means = {weight: values.astype("<f4") for weight, values in matrix.means().items()}
    entries = (llama_cpp.llama_model_imatrix_data * (len(means) + 1))()  # the last one, all zero, ends the array
    for entry, (weight, values) in zip(entries, means.items(), strict=False):
        entry.name = weight.encode()
        entry.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        entry.size = values.size
    keys: dict[str, str | int] = {
        "quantize.imatrix.file": name,
        "quantize.imatrix.dataset": matrix.datasets[0] if matrix.datasets else "",
        "quantize.imatrix.entries_count": len(means),
        "quantize.imatrix.chunks_count": matrix.chunks,
    }
    overrides = (llama_cpp.llama_model_kv_override * (len(keys) + 1))()
    for override, (key, value) in zip(overrides, keys.items(), strict=False):
        override.key = key.encode()
        if isinstance(value, str):
            override.tag, override.value.val_str = _STR, value.encode()[:_STR_MAX]
        else:
            override.tag, override.value.val_i64 = _INT, value
    params.imatrix, params.kv_overrides = entries, overrides
    return [means, entries, overrides]


def _reason(log: Log) -> str:
    """In one line, without the frame that some messages have."""
    return " ".join(log.reason().replace("=", " ").split()).removeprefix("ERROR: ")


def _hint(log: Log) -> str:
    reason = _reason(log)
    if "requantizing" in reason:
        return "; begin with an f32 or f16 file"
    if "importance matrix" in reason:
        return "; give one made with: taibao convert imatrix CHECKPOINT --texts FILE -o imatrix.gguf"
    return ""
