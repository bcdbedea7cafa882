"""The engine for a model."""

from __future__ import annotations

import os
from typing import Final

from taibao_cli.engine.base import Engine
from taibao_cli.models.registry import Model

DEFAULT_SERVER_CONTEXT: Final = 32768
"""Where the user does not say what the server's model takes."""


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


def load_server(base_url: str, name: str | None, *, ctx: int | None = None, width: int = 16) -> tuple[Engine, Model]:
    """The engine for a model of an OpenAI-compatible server, and the model; `HttpEngine` and `server_model` explain
    the arguments and errors. The key is that of the environment variable `TAIBAO_API_KEY`.
    """
    from taibao_cli.engine.http.engine import HttpEngine
    from taibao_cli.engine.http.served import server_model

    key = os.environ.get("TAIBAO_API_KEY")
    model = server_model(base_url, name, key=key)
    return HttpEngine(base_url, model.name, key=key, width=width, context=ctx or DEFAULT_SERVER_CONTEXT), model
