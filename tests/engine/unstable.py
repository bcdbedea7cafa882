"""Engines that die, for the tests of the process that hosts them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from taibao_cli.engine.base import Engine, Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import ModelError


def make(context: int = 4096, once: str = "") -> Engine:
    """Dies at rows that say so: always at `crash`, only the first time at `crash once` (the file `once` remembers)."""

    def answer(request: Request) -> str:
        text = request.messages[-1].content
        if text == "crash" or (text == "crash once" and not Path(once).exists()):
            if once:
                Path(once).touch()
            os.write(1, b"native code prints on standard output\n")
            sys.stderr.write("GGML_ASSERT(rows > 0) failed\nmore\n")
            sys.stderr.flush()
            os.abort()
        if text == "slow":
            time.sleep(60)
        return f"echo: {text}"

    return FakeEngine(answer, context)


class Beating(FakeEngine):
    """Shows that it computes; at `long` for a second and a half, at `hang` never again, at `hang once` only the first
    time."""

    def __init__(self, once: str = "") -> None:
        self.beats = 0
        self._once = once
        super().__init__(self._compute)

    def _compute(self, request: Request) -> str:
        text = request.messages[-1].content
        if text == "hang" or (text == "hang once" and not Path(self._once).exists()):
            if self._once:
                Path(self._once).touch()
            time.sleep(600)
        for _ in range(15 if text == "long" else 1):
            time.sleep(0.1 if text == "long" else 0)
            self.beats += 1
        return f"echo: {text}"


def refuse(reason: str) -> Engine:
    raise ModelError(reason)


def die() -> Engine:
    os._exit(7)
