"""The engine for a model."""

from __future__ import annotations

import os

from taibao_cli.engine.base import Engine
from taibao_cli.models.registry import Model


def load_engine(model: Model, *, ctx: int | None = None, threads: int | None = None, width: int = 16) -> Engine:
    """Load a model into the llama.cpp engine; `LlamaCppEngine` explains the arguments and errors.

    The environment variable `TAIBAO_ENGINE=fake` gives the fake engine instead; it is there for tests of the command
    line.
    """
    if os.environ.get("TAIBAO_ENGINE") == "fake":
        from taibao_cli.engine.fake import FakeEngine

        return FakeEngine(context=ctx or 4096)
    from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

    return LlamaCppEngine(model.path, ctx=ctx, threads=threads, width=width)
