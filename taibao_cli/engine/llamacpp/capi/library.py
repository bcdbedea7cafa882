"""The library itself, its log and what can go wrong in it."""

from __future__ import annotations

import importlib
import os
from typing import Any, Final

from taibao_cli.errors import TaibaoError

MAX_SEQUENCES: Final = 256
"""LLAMA_MAX_SEQ."""

_LOG_ERROR: Final = 4
_LOG_LINES: Final = 8

_lib: Any = None
_log_callback: Any = None
_log_lines: list[str] = []


class DecodeError(TaibaoError):
    """llama_decode failed; the state of every sequence of the batch is unknown."""


class Aborted(Exception):
    """The abort callback stopped llama_decode."""


def library() -> Any:
    """Import llama_cpp on first use, with its logs kept instead of printed."""
    global _lib, _log_callback
    if _lib is None:
        os.environ["GGML_NO_BACKTRACE"] = "1"  # else an abort prints gdb's output on stdout
        lib: Any = importlib.import_module("llama_cpp.llama_cpp")
        _log_callback = lib.llama_log_callback(_keep_log_line)
        lib.llama_log_set(_log_callback, None)
        lib.llama_backend_init()
        _lib = lib
    return _lib


def _keep_log_line(level: int, text: bytes | None, _user: object) -> None:
    line = (text or b"").decode("utf-8", "replace").strip()
    if line and level == _LOG_ERROR and len(_log_lines) < _LOG_LINES:
        _log_lines.append(line)


def first_log_line() -> str:
    """The first error since the log was cleared: the cause, where later ones say that nothing came of it."""
    return _log_lines[0] if _log_lines else "no reason given"


def clear_log() -> None:
    """Forget what was said, so that `first_log_line` tells what comes next."""
    _log_lines.clear()


def system_info() -> str:
    """How llama.cpp was built and what of the processor it uses, as it says itself: `CPU : SSE3 = 1 | AVX2 = 1 | …`."""
    return str(library().llama_print_system_info().decode("ascii", "replace")).strip()


def build_facts() -> tuple[str, bool]:
    """The version of llama-cpp-python, and whether it was built for a GPU."""
    from importlib.metadata import version

    return version("llama-cpp-python"), bool(library().llama_supports_gpu_offload())
