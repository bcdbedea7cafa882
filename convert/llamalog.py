"""llama.cpp tells why it failed only through its log: this captures it."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from convert.extras import require

# enum ggml_log_level
WARN, ERROR, CONTINUED = 3, 4, 5


@dataclass(slots=True)
class Log:
    """Warnings and errors in order, one line each."""

    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def reason(self) -> str:
        """The first error, without the C++ function's name in front; the later ones tell who passed it on."""
        line = self.errors[0] if self.errors else "no reason given"
        function, _, rest = line.partition(": ")
        return rest if function.isidentifier() else line


@contextmanager
def captured_log() -> Iterator[Log]:
    """Collect what llama.cpp logs, instead of letting it reach stderr. Not thread-safe."""
    llama_cpp = require("llama_cpp")
    log = Log()
    lines: list[str] = [""]  # the list whose last line is being written
    unfinished: int | None = None  # the level of that line, None after its line feed

    def collect(level: int, text: bytes, _user: Any) -> None:
        nonlocal lines, unfinished
        if level not in (unfinished, CONTINUED):
            lines = {WARN: log.warnings, ERROR: log.errors}.get(level, [])
            lines.append("")
            unfinished = level
        lines[-1] += text.decode("utf-8", "replace").rstrip("\n")
        if text.endswith(b"\n"):
            unfinished = None

    previous, user_data = llama_cpp.llama_log_callback(), ctypes.c_void_p()
    llama_cpp.llama_log_get(ctypes.byref(previous), ctypes.byref(user_data))
    callback = llama_cpp.llama_log_callback(collect)  # must outlive its registration
    llama_cpp.llama_log_set(callback, ctypes.c_void_p())
    try:
        yield log
    finally:
        llama_cpp.llama_log_set(previous, user_data)
