"""What is measured against each other, each in a process of its own, so that its memory can be told."""

from __future__ import annotations

import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from taibao_cli.engine.base import Request, Result, Runs
from taibao_cli.engine.hosted.host import HostedEngine
from taibao_cli.engine.llamacpp.capi import amx
from taibao_cli.errors import ModelError

_START_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens of what was answered: `prompt` computed, what was taken from a cache left out where the engine tells it,
    and `completion` generated. `text` is the last answer."""

    prompt: int
    completion: int
    text: str = ""


class Contender(Protocol):
    """Answers requests. `width` is how many at a time."""

    @property
    def engine(self) -> str: ...

    @property
    def width(self) -> int: ...

    def answer(self, requests: Sequence[Request]) -> Work:
        """Answer all of them. Raises RowError when one cannot be answered."""
        ...

    def peak_memory(self) -> int | None:
        """Most bytes that its process held at a time; None where the system does not tell."""
        ...

    def close(self) -> None: ...


class Hosted:
    """An engine in a child process, as `taibao batch` has it."""

    def __init__(self, engine: str, hosted: HostedEngine) -> None:
        self.engine, self._hosted, self.width = engine, hosted, hosted.width

    def answer(self, requests: Sequence[Request]) -> Work:
        return work_of(self._hosted, requests)

    def peak_memory(self) -> int | None:
        return peak_memory(self._hosted.pid)

    def close(self) -> None:
        self._hosted.close()


def plain(path: Path, *, ctx: int, threads: int) -> Hosted:
    """A plain `llama_cpp.Llama`."""
    arguments = {"path": str(path), "ctx": ctx, "threads": threads}
    return Hosted("plain", HostedEngine("taibao_cli.bench.plain:plain_loop", arguments))


class LlamaServer:
    """llama.cpp's own server with so many slots, asked by the engine for servers."""

    engine = "llama-server"

    def __init__(self, program: str, path: Path, *, ctx: int, threads: int, width: int) -> None:
        """Start it and wait till it is ready.

        Args:
            program: path of llama-server.
            path: a GGUF file.
            ctx: tokens that each slot can take.
            threads: computing threads.
            width: slots.

        Raises:
            ModelError: it does not start.
            MissingExtraError: httpx is not installed.
        """
        from taibao_cli.engine.http.engine import HttpEngine

        self.width, port = width, _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  closed with the object
        same = [] if amx.usable() else ["--no-repack"]  # the same kernels as the engine
        self._process = subprocess.Popen(
            [
                *(program, "--model", str(path), "--host", "127.0.0.1", "--port", str(port)),
                *("--parallel", str(width), "--ctx-size", str(ctx * width), "--kv-unified"),
                *("--batch-size", "512", "--ubatch-size", "512"),
                *("--threads", str(threads), "--threads-batch", str(threads), *same),
            ],
            stdout=self._log,
            stderr=self._log,
        )
        try:
            self._wait_till_ready(port)
            self._http = HttpEngine(f"http://127.0.0.1:{port}/v1", path.stem, width=width, context=ctx)
        except BaseException:
            self._end()
            raise

    def _wait_till_ready(self, port: int) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                return
            time.sleep(0.1)
        self._log.seek(0)
        said = self._log.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise ModelError(f"llama-server does not start: {said[-1][:200]}")

    def answer(self, requests: Sequence[Request]) -> Work:
        return work_of(self._http, requests)

    def peak_memory(self) -> int | None:
        return peak_memory(self._process.pid)

    def close(self) -> None:
        self._http.close()
        self._end()

    def _end(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()


def work_of(engine: Runs, requests: Sequence[Request]) -> Work:
    """Run the requests. Raises RowError at the first that cannot be answered."""
    results: list[Result] = []
    for result in engine.run(requests):
        if result.error is not None:
            raise result.error
        results.append(result)
    usages = [result.usage for result in results]
    return Work(
        prompt=sum(usage.prompt - usage.cached for usage in usages),
        completion=sum(usage.completion for usage in usages),
        text=results[-1].text,
    )


def peak_memory(pid: int, proc: Path = Path("/proc")) -> int | None:
    """Most bytes that a process held at a time, on Linux."""
    try:
        found = re.search(r"^VmHWM:\s*(\d+) kB", (proc / str(pid) / "status").read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
