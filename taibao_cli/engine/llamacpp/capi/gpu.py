"""Graphics processors."""

from __future__ import annotations

from taibao_cli.engine.llamacpp.capi.library import library


def knows_gpus() -> bool:
    """Whether the installed llama.cpp can compute on one."""
    return bool(library().llama_supports_gpu_offload())
