"""An engine that is loaded while the user types the first line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock, Thread
from threading import enumerate as running
from typing import Final

from taibao_cli.engine.base import Engine, KeepsState, Request, Result

_LOADING: Final = "taibao-load"
"""Name of the threads that load an engine."""

_LOOK: Final = 0.05
"""Seconds between two looks at whether the user has had enough of waiting."""


class LoadingEngine:
    """Stands for the engine that `load` makes on a thread of its own; whoever needs it waits for it."""

    def __init__(self, load: Callable[[], Engine]) -> None:
        self._load = load
        self._loaded: Engine | None = None
        self._error: BaseException | None = None
        self._cancelled = self._closed = False
        self._settling = Lock()
        self._thread = Thread(target=self._run, name=_LOADING, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            loaded = self._load()
        except BaseException as error:
            self._error = error
            return
        with self._settling:
            if self._closed:
                loaded.close()
            else:
                self._loaded = loaded

    @property
    def ready(self) -> bool:
        return self._loaded is not None

    def _engine(self) -> Engine:
        """The engine, when it is there. Raises what loading raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._loaded is not None
        return self._loaded

    @property
    def context(self) -> int:
        return self._engine().context

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        if not self._comes():
            source = (request for request in requests if request is not None)
            return iter([Result(request.key, "", "cancelled") for request in source])
        return self._engine().run(requests)

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        return self._engine().stream(request, emit) if self._comes() else Result(request.key, "", "cancelled")

    def _comes(self) -> bool:
        """Wait for the engine; False when `cancel` is called meanwhile."""
        self._cancelled = False
        while self._thread.is_alive():
            self._thread.join(_LOOK)
            if self._cancelled:
                return False
        return True

    def count(self, request: Request) -> int:
        return self._engine().count(request)

    def save_state(self, path: Path) -> bool:
        """Of an engine that can and is there; false otherwise."""
        engine: object = self._loaded
        return isinstance(engine, KeepsState) and engine.save_state(path)

    def load_state(self, path: Path) -> int:
        engine = self._engine()
        return engine.load_state(path) if isinstance(engine, KeepsState) else 0

    def cancel(self) -> None:
        self._cancelled = True
        if self._loaded is not None:
            self._loaded.cancel()

    def close(self) -> None:
        """At once; an engine that is still being loaded is closed when it is there."""
        with self._settling:
            self._closed = True
            if self._loaded is not None:
                self._loaded.close()


def leave_now_if_loading() -> None:
    """End the program, which has nothing left to do, without waiting for an engine that is still being loaded: the
    library must not be taken down under the thread that loads it."""
    if any(thread.name == _LOADING for thread in running()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
