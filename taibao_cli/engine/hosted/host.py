"""The parent's side: requests out, results in, and a new process when the old one dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.hosted.wire import line, request_to_json, result_from_json
from taibao_cli.errors import ModelError, RowError, UsageError

_BEGIN: Final = (
    "import sys; sys.path[:] = sys.argv[1].split(sys.argv[2]); from taibao_cli.engine.hosted.child import main; main()"
)
"""Modules come from where this process has them, never from the folder it happens to be in."""

_AHEAD: Final = 3

PATIENCE: Final = 300.0
"""Seconds without a sign of life from an engine that computes, until it counts as hung. A single operation of a large
model on a machine that swaps may take a minute."""

_REFUSALS: Final = {"ModelError": ModelError, "UsageError": UsageError}


class HostedEngine:
    """Runs requests in a child process. When the child dies, or hangs and is ended, the rows in flight are asked again
    one at a time, and the row at which that happens again gets an error."""

    def __init__(
        self,
        factory: str,
        arguments: Mapping[str, Any],
        *,
        ahead: int | None = None,
        on_death: Callable[[str], None] = lambda reason: None,
        patience: float = PATIENCE,
    ) -> None:
        """Start the process and wait for its engine.

        Args:
            factory: `module:function` that makes the engine there.
            arguments: of the function, as JSON has them.
            ahead: most requests in flight; three times the width of the child's engine when None, so that it always
                finds enough of them.
            on_death: told why, each time the process died with requests in flight.
            patience: longest silence in seconds of an engine that shows when it computes.

        Raises:
            ModelError, UsageError: the engine cannot be made; what the function says.
        """
        self._start = (factory, dict(arguments))
        self._on_death, self._patience = on_death, patience
        self._cancelled = False
        self._child: _Child | None = _Child(*self._start, patience)
        self.width, self.tuning = self._child.width, self._child.tuning
        self._ahead = ahead or _AHEAD * self.width

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        self._cancelled = False
        source, flying = iter(requests), dict[str, Request]()
        try:
            while True:
                while len(flying) < self._ahead and not self._cancelled and (request := next(source, None)):
                    flying[request.key] = request
                    self._living().send(request)
                if not flying:
                    return
                result = self._living().receive()
                if result is not None:
                    del flying[result.key]
                    yield result
                elif self._cancelled:
                    dropped, flying = flying, {}
                    yield from (Result(key, "", "cancelled") for key in dropped)
                else:
                    self._bury()
                    while flying:
                        result = self._again(flying.pop(next(iter(flying))))
                        yield result
        finally:
            if flying:
                self._abandon()

    def _again(self, request: Request) -> Result:
        """Ask one request alone, for the last time."""
        child = self._living()
        child.send(request)
        result = child.receive()
        if result is not None:
            return result
        if self._cancelled:
            self._abandon()
            return Result(request.key, "", "cancelled")
        error = RowError("engine", f"the engine died twice at this row ({self._bury()})")
        return Result(request.key, "", "error", error=error)

    def _bury(self) -> str:
        """Tell why the process died, and let go of it."""
        reason = self._living().reason()
        self._abandon()
        self._on_death(reason)
        return reason

    def _living(self) -> _Child:
        if self._child is None:
            self._child = _Child(*self._start, self._patience)
        return self._child

    @property
    def pid(self) -> int:
        """Of the process that has the engine now."""
        return self._living().pid

    def cancel(self) -> None:
        """Stop at once, by the death of the process; the next run starts another."""
        self._cancelled = True
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        self._abandon()

    def _abandon(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()


class _Child:
    def __init__(self, factory: str, arguments: Mapping[str, Any], patience: float) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed with the object
        self._process = subprocess.Popen(
            [sys.executable, "-c", _BEGIN, os.pathsep.join(sys.path), os.pathsep],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        """What it said; b"" when it is dead."""
        self._reader = threading.Thread(target=self._listen, name="taibao-engine", daemon=True)
        self._reader.start()
        self._patience: float | None = None
        self._hung = False
        self._write(line([factory, arguments]))
        hello = self._read()
        if hello is None:
            self.wait()
            raise ModelError(f"the engine died while it was being made ({self.reason()})")
        if "refused" in hello:
            self.wait()
            raise _REFUSALS[hello["refused"]](hello["message"])
        self.width, self.tuning = int(hello["width"]), str(hello["tuning"])
        self._patience = patience if hello["beats"] else None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: Request) -> None:
        self._write(line(request_to_json(request)))

    def receive(self) -> Result | None:
        """The next result; None when the process is dead, or was silent for too long and is ended."""
        while found := self._read():
            if "alive" not in found:
                return result_from_json(found)
        return None

    def _write(self, data: bytes) -> None:
        assert self._process.stdin
        with suppress(OSError):  # dead; the next read says so
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout
        with suppress(OSError, ValueError):  # closed
            for each in self._process.stdout:
                self._lines.put(each)
        self._lines.put(b"")

    def _read(self) -> dict[str, Any] | None:
        try:
            data = self._lines.get(timeout=self._patience)
        except Empty:
            self._hung = True
            self.kill()
            return None
        if not data.endswith(b"\n"):
            self._lines.put(b"")  # whoever asks again hears it again
            return None
        found: dict[str, Any] = json.loads(data)
        return found

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> None:
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            with suppress(OSError):  # what was not yet written goes nowhere
                pipe.close()

    def reason(self) -> str:
        """How it ended, and its last words."""
        self._process.wait()
        if self._hung:
            return f"it hung: no sign of life for {self._patience:g} s"
        code = self._process.returncode
        ended = signal.Signals(-code).name if code < 0 else f"exit {code}"
        self._errors.seek(0)
        words = [each for each in self._errors.read().decode("utf-8", "replace").splitlines() if each.strip()]
        chosen = next((each for each in words if "GGML_ASSERT" in each), words[-1] if words else "")
        return f"{ended}: {chosen.strip()[:200]}" if chosen else ended
