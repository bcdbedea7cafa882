"""The actor: an engine on one machine of the cluster, asked for many rows at a time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, Final

from taibao_cli import __version__
from taibao_cli.batch.ray.cluster import first_line
from taibao_cli.engine.base import Request, Runs
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.engine.hosted.wire import request_from_json, result_to_json
from taibao_cli.engine.llamacpp.capi.gpu import knows_gpus
from taibao_cli.engine.load import is_fake, load_hosted
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import ModelError, TaibaoError
from taibao_cli.models.registry import Model, builtin_file, resolve

FAKE_WIDTH: Final = 16

_GATHERING: Final = 0.05
"""Seconds in which the first requests are collected: the engine looks for more only when it has answered one."""


@dataclass(frozen=True)
class Plan:
    """The engine to make on each machine, the same everywhere."""

    version: str
    model: str | None
    """Path of the model on each machine; None: the built-in one."""
    adapters: tuple[str, ...]
    """As `--adapter` takes them."""
    digests: tuple[str, ...]
    """SHA-256 of the model and of its adapters."""
    ctx: int | None
    threads: int | None
    width: int | None
    gpu_layers: int
    fake: bool
    """The engine for tests."""

    @classmethod
    def of(cls, model: Model, *, ctx: int | None, threads: int | None, width: int | None, gpu_layers: int) -> Plan:
        path = None if is_builtin(model) else str(model.path)
        adapters = tuple(f"{','.join(own.tasks)}={own.path}" for own in model.adapters)
        return cls(__version__, path, adapters, digests_of(model), ctx, threads, width, gpu_layers, is_fake())


def is_builtin(model: Model) -> bool:
    try:
        return model.path == builtin_file().resolve()
    except ModelError:  # a checkout without one
        return False


def digests_of(model: Model) -> tuple[str, ...]:
    return (model.sha256, *(own.sha256 for own in model.adapters))


class Worker:
    """Lives in a process that Ray made. All methods run in its event loop, the engine in a thread beside it."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Request] = SimpleQueue()
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._deaths: list[str] = []

    async def open(self, plan: Plan, cpus: float, gpus: float) -> dict[str, Any]:
        """Make the engine: its `width` and `threads`, or why it is `refused`."""
        loop = asyncio.get_running_loop()
        try:
            engine, threads, width = await loop.run_in_executor(None, self._make, plan, cpus, gpus)
        except TaibaoError as error:
            return {"refused": str(error)}
        threading.Thread(target=self._serve, args=(engine, loop), name="taibao-engine", daemon=True).start()
        return {"width": width, "threads": threads}

    async def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The `result` for a request, both as `hosted.wire` has them, and how the engine `died` in the meantime."""
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[request["key"]] = future
        self._asked.put(request_from_json(dict(request)))
        result = await future
        died, self._deaths = self._deaths, []
        return {"result": result, "died": died}

    def _make(self, plan: Plan, cpus: float, gpus: float) -> tuple[Runs, int, int]:
        if plan.version != __version__:
            raise TaibaoError(f"has taibao {__version__}, the run is of {plan.version}; install the same one")
        threads = plan.threads or min(max(1, int(cpus)), default_threads())
        if plan.fake:
            return FakeEngine(context=plan.ctx or 4096), threads, plan.width or FAKE_WIDTH
        model = resolve(plan.model or str(builtin_file()), adapters=plan.adapters)
        if digests_of(model) != plan.digests:
            raise TaibaoError(f"{model.path} is another model than the one of the run; copy the same files there")
        all_layers = gpus > 0 and not model.path.is_dir() and knows_gpus()
        engine = load_hosted(
            model,
            ctx=plan.ctx,
            threads=threads,
            width=plan.width,
            gpu_layers=plan.gpu_layers or (-1 if all_layers else 0),
            on_death=self._deaths.append,
        )
        return engine, threads, engine.width

    def _serve(self, engine: Runs, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while True:
                first = self._asked.get()
                time.sleep(_GATHERING)
                for result in engine.run(chain([first], self._arrived())):
                    loop.call_soon_threadsafe(self._answers.pop(result.key).set_result, result_to_json(result))
        except BaseException as error:  # whoever waits hears of it; this worker is of no more use
            for future in self._answers.values():
                loop.call_soon_threadsafe(future.set_exception, TaibaoError(first_line(error)))

    def _arrived(self) -> Iterator[Request | None]:
        while True:
            try:
                yield self._asked.get_nowait()
            except Empty:
                yield None
