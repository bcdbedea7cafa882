"""The engine for a model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from taibao_cli.engine.base import Engine
from taibao_cli.errors import UsageError
from taibao_cli.models.registry import Model

if TYPE_CHECKING:
    from taibao_cli.engine.hosted.host import HostedEngine

DEFAULT_SERVER_CONTEXT: Final = 32768
"""Where the user does not say what the server's model takes."""


def is_fake() -> bool:
    """Whether the environment asks for the fake engine: `TAIBAO_ENGINE=fake`, for tests of the command line."""
    return os.environ.get("TAIBAO_ENGINE") == "fake"


def load_engine(
    model: Model, *, ctx: int | None = None, threads: int | None = None, width: int = 16, gpu_layers: int = 0
) -> Engine:
    """Load a model with its adapters: a GGUF file into the llama.cpp engine, a folder into OpenVINO's. `LlamaCppEngine`
    and `OpenVinoEngine` explain the arguments and errors."""
    if is_fake():
        from taibao_cli.engine.fake import FakeEngine

        return FakeEngine(context=ctx or 4096)
    make, arguments = _factory(model, ctx=ctx, threads=threads, width=width, gpu_layers=gpu_layers)
    return make(**arguments)


def load_hosted(
    model: Model,
    *,
    ctx: int | None = None,
    threads: int | None = None,
    width: int | None = None,
    tune: str | None = None,
    gpu_layers: int = 0,
    alone: bool = False,
    on_death: Callable[[str], None] = lambda reason: None,
) -> HostedEngine:
    """The same engine in a process of its own, for runs that must outlive it; when `width` is None, the llama.cpp
    engine measures it."""
    from taibao_cli.engine.hosted.host import HostedEngine

    options = {"ctx": ctx, "threads": threads, "width": width, "alone": alone}
    make, arguments = _factory(model, tune=tune, gpu_layers=gpu_layers, **options)
    if make is openvino:
        from taibao_cli.engine.openvino.pace import UNHURRIED

        arguments["least_step"] = UNHURRIED
    return HostedEngine(f"{__name__}:{make.__name__}", arguments, on_death=on_death)


def _factory(
    model: Model, *, gpu_layers: int, tune: str | None = None, **options: Any
) -> tuple[Callable[..., Engine], dict[str, Any]]:
    """The function that makes the engine of a model, and its arguments as plain values.

    Raises:
        UsageError: an option that the engine does not have.
        MissingExtraError: OpenVINO is not installed.
    """
    if not model.path.is_dir():
        return llamacpp, {
            "path": str(model.path),
            "adapters": _adapters(model),
            "gpu_layers": gpu_layers,
            "tune": tune,
            **options,
        }
    if gpu_layers:
        raise UsageError("--gpu-layers is for GGUF files; OpenVINO's folders run on the processor")
    if tune:
        raise UsageError("--tune is for GGUF files; OpenVINO tunes itself")
    from taibao_cli.engine.openvino.extra import check_installed

    check_installed()
    return openvino, {"path": str(model.path), **options}


def llamacpp(path: str, adapters: Mapping[str, str] | None = None, **options: Any) -> Engine:
    """A llama.cpp engine from plain values, as a child process gets them."""
    from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

    files = {label: Path(file) for label, file in (adapters or {}).items()}
    return LlamaCppEngine(Path(path), adapters=files, **options)


def openvino(path: str, *, alone: bool = False, **options: Any) -> Engine:
    """An OpenVINO engine from plain values; `alone`: one row at a time, in float32, so that answers repeat exactly."""
    from taibao_cli.engine.openvino.engine import OpenVinoEngine

    if alone:
        return OpenVinoEngine(Path(path), precision="f32", **{**options, "width": 1})
    return OpenVinoEngine(Path(path), **options)


def _adapters(model: Model) -> dict[str, str]:
    return {adapter.label: str(adapter.path) for adapter in model.adapters}


def load_server(
    base_urls: Sequence[str],
    name: str | None,
    *,
    ctx: int | None = None,
    width: int = 16,
    on_loss: Callable[[str], None] = lambda why: None,
) -> tuple[Engine, Model]:
    """The engine for a model of one or several OpenAI-compatible servers, and the model as the first one has it;
    `HttpEngine` and `server_model` explain the arguments and errors. The key is that of the environment variable
    `TAIBAO_API_KEY`.
    """
    from taibao_cli.engine.http.engine import HttpEngine
    from taibao_cli.engine.http.served import server_model

    key, context = os.environ.get("TAIBAO_API_KEY"), ctx or DEFAULT_SERVER_CONTEXT
    model = server_model(base_urls[0], name, key=key)
    return HttpEngine(base_urls, model.name, key=key, width=width, context=context, on_loss=on_loss), model
