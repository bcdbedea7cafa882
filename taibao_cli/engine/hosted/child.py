"""The process that has the engine.

Reads `["module:function", {arguments}]` and then requests from standard input, writes what `host` expects to standard
output. It ends with its parent: when standard input ends, so does it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from taibao_cli.engine.base import Engine, Request
from taibao_cli.engine.hosted.wire import line, request_from_json, result_to_json
from taibao_cli.errors import ModelError, UsageError


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the parent decides
    out = _own_stdout()
    factory, arguments = json.loads(sys.stdin.buffer.readline())
    try:
        engine = _make(factory, arguments)
    except (ModelError, UsageError) as error:
        _send(out, {"refused": type(error).__name__, "message": str(error)})
        return
    _send(out, {"context": engine.context, "width": getattr(engine, "width", 1)})
    asked: SimpleQueue[Request] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    while True:
        for result in engine.run(chain([asked.get()], _arrived(asked))):
            _send(out, result_to_json(result))


def _own_stdout() -> BinaryIO:
    """The pipe to the parent; what native code prints goes to standard error instead."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


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


def _send(out: BinaryIO, value: Any) -> None:
    out.write(line(value))
    out.flush()
