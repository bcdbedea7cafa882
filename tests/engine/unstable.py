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


def refuse(reason: str) -> Engine:
    raise ModelError(reason)


def die() -> Engine:
    os._exit(7)
