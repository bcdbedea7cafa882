"""How a model is computed fastest on this machine: measured once, in a few seconds, then remembered.

Processors compute rows in tiles (llama.cpp's matrix kernels take 8 or 16 at a time), so speed grows in steps and no one
width is right everywhere.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.tuning import Kv, Speeds
from taibao_cli.models.remembered import recall, remember

WIDTHS: Final = (4, 8, 16, 32, 64)
UBATCHES: Final = (512, 256, 128)
KINDS: Final[tuple[Kv, ...]] = ("split", "unified")

_CACHE: Final = "tuning"

_SECONDS: Final = 6.0
"""About how long all of it may take; what is left when time is up, or would take too long, is left out."""

_STEPS: Final = 5
_DEPTH: Final = 192
"""Tokens of each row where long ones are compared."""

_LONG_ROWS: Final = 16


_UNDISTURBED: Final = 0.7
"""Least share of the time in which the threads, which never sleep while llama.cpp computes, had the processor."""


class Probe:
    """Measurements of one model. `clock` gives seconds."""

    def __init__(self, model: Model, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._model, self._threads, self._clock = model, threads, clock
        self._batch = Batch(max(UBATCHES), 1)
        self._prompt = [token % model.n_vocab for token in range(max(UBATCHES))]

    def speeds(self) -> Speeds:
        """At least the narrowest width is measured."""
        begun, computed = self._clock(), time.process_time()

        def has_time(tokens: int) -> bool:
            return self._clock() - begun + tokens / max(widths.values()) < _SECONDS

        widths: dict[int, float] = {}
        for width in WIDTHS:
            if widths and not has_time(_STEPS * width):
                break
            widths[width] = self._writing(width)
        ubatch = {size: self._prompts(size) for size in UBATCHES if has_time(2 * max(UBATCHES))}
        plain = self._prompts(max(UBATCHES), flash=False) if has_time(2 * max(UBATCHES)) else 0.0
        long = {kv: self._long_rows(kv) for kv in KINDS if self._model.forgets and has_time(_LONG_ROWS * _DEPTH)}
        share = (time.process_time() - computed) / ((self._clock() - begun) * self._threads)
        return Speeds(widths, ubatch, plain, long if len(long) == len(KINDS) else {}, disturbed=share < _UNDISTURBED)

    def _writing(self, width: int) -> float:
        """Of rows that write one token a step."""
        with self._context(cells=256 * width, sequences=width, unified=False) as context:
            return width / median(self._steps(context, width, first=0))

    def _prompts(self, ubatch: int, *, flash: bool | None = None) -> float:
        """Of one prompt, the better of two times."""
        count = max(UBATCHES)
        with self._context(cells=count, sequences=1, ubatch=ubatch, flash=flash) as context:
            seconds = []
            for _ in range(2):
                context.clear()
                self._batch.clear()
                self._batch.want(self._batch.add_runs([(self._prompt, 0, 0)]))
                seconds.append(self._decode(context, 1))
            return count / min(seconds)

    def _long_rows(self, kv: Kv) -> float:
        """Of rows that write, each after a prompt."""
        rows, unified = _LONG_ROWS, kv == "unified"
        with self._context(cells=rows * 256, sequences=rows, unified=unified) as context:
            for row in range(rows):
                self._batch.clear()
                self._batch.want(self._batch.add_runs([(self._prompt[:_DEPTH], 0, row)]))
                self._decode(context, 1)
            return rows / median(self._steps(context, rows, first=_DEPTH))

    def _steps(self, context: Context, width: int, *, first: int) -> list[float]:
        """Seconds of steps that give each row one token; the first, which sets things up, is left out."""
        seconds = []
        for position in range(first, first + _STEPS + 1):
            self._batch.clear()
            self._batch.want(self._batch.add_runs([((row,), position, row) for row in range(width)]))
            seconds.append(self._decode(context, width))
        return seconds[1:]

    def _decode(self, context: Context, outputs: int) -> float:
        start = self._clock()
        context.decode(self._batch)
        context.outputs(outputs)
        return max(self._clock() - start, 1e-9)

    @contextmanager
    def _context(self, *, cells: int, sequences: int, **options: Any) -> Iterator[Context]:
        context = Context(
            self._model,
            cells=cells,
            batch=max(UBATCHES),
            sequences=sequences,
            outputs=sequences,
            threads=self._threads,
            stop=lambda: False,
            **options,
        )
        try:
            yield context
        finally:
            context.close()


def remembered_speeds(path: Path, threads: int) -> Speeds | None:
    """The speeds of the model file `path`, where the same file, processor, threads and llama.cpp were measured."""
    try:
        return Speeds.of(recall(_CACHE)[_key(path, threads)])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def known_speeds(path: Path, threads: int, measure: Callable[[], Speeds]) -> Speeds:
    """The remembered speeds, or those that `measure` gives, remembered from now on unless other work disturbed it."""
    speeds = remembered_speeds(path, threads)
    if speeds is None:
        speeds = measure()
        if not speeds.disturbed:
            remember(_CACHE, _key(path, threads), speeds.facts())
    return speeds


def _key(path: Path, threads: int) -> str:
    status, processor = path.stat(), platform.processor() or platform.machine()
    facts = (path, status.st_size, status.st_mtime_ns, threads, processor, version("llama_cpp_python"))
    return "|".join(map(str, facts))
