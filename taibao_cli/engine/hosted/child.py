"""The process that has the engine.

Reads `["module:function", {arguments}]` and then requests from standard input, writes what `host` expects to standard
output. It ends with its parent: when standard input ends, so does it. An engine that has `beats`, a number that goes on
while it computes, is said to be alive from time to time, so that the parent can tell a long answer from a hung engine.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, Final

from taibao_cli.engine.base import Engine, Request
from taibao_cli.engine.hosted.wire import line, request_from_json, result_to_json
from taibao_cli.errors import ModelError, UsageError

BEAT_SECONDS: Final = 1.0

GATHER_SECONDS: Final = 0.02
"""How long the first row waits for others: rows that start together are computed together."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the parent decides
    out = _Out()
    factory, arguments = json.loads(sys.stdin.buffer.readline())
    try:
        engine = _make(factory, arguments)
    except (ModelError, UsageError) as error:
        out.send({"refused": type(error).__name__, "message": str(error)})
        return
    beats = hasattr(engine, "beats")
    tuning = str(getattr(engine, "tuning", ""))
    out.send({"context": engine.context, "width": getattr(engine, "width", 1), "beats": beats, "tuning": tuning})
    if beats:
        threading.Thread(target=_beat, args=(engine, out), daemon=True).start()
    asked: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        first = asked.get()
        time.sleep(GATHER_SECONDS)
        for result in engine.run(chain([first], _arrived(asked))):
            out.send(result_to_json(result))


class _Out:
    """The pipe to the parent, for several threads; what native code prints goes to standard error instead."""

    def __init__(self) -> None:
        self._own = os.fdopen(os.dup(1), "wb")
        self._lock = threading.Lock()
        os.dup2(2, 1)

    def send(self, value: Any) -> None:
        with self._lock:
            self._own.write(line(value))
            self._own.flush()


def _beat(engine: Any, out: _Out) -> None:
    last = engine.beats
    while True:
        time.sleep(BEAT_SECONDS)
        if engine.beats != last:
            last = engine.beats
            out.send({"alive": True})


def _make(factory: str, arguments: dict[str, Any]) -> Engine:
    module, _, function = factory.partition(":")
    engine: Engine = getattr(importlib.import_module(module), function)(**arguments)
    return engine


def _listen(asked: SimpleQueue[Request]) -> None:
    for each in sys.stdin.buffer:
        asked.put(request_from_json(json.loads(each)))
    os._exit(0)


def _arrived(asked: SimpleQueue[Request]) -> Iterator[Request | None]:
    while True:
        try:
            yield asked.get_nowait()
        except Empty:
            yield None
