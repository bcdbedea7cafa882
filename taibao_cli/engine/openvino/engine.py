"""The engine for model folders in OpenVINO's form."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.llamacpp.capi.sampling import rules_of
from taibao_cli.engine.openvino.extra import bound_memory, check_installed
from taibao_cli.engine.openvino.graph import read_model
from taibao_cli.engine.openvino.pace import Pace
from taibao_cli.engine.openvino.pipeline import Pipeline
from taibao_cli.engine.openvino.row import Row
from taibao_cli.engine.openvino.scheduler import Scheduler, Source
from taibao_cli.engine.openvino.sequences import Sequences
from taibao_cli.engine.openvino.tokens import FolderVocabulary, read_json
from taibao_cli.engine.text.admission import Admission, choose_context, made_or_refused
from taibao_cli.engine.text.answer import Emit
from taibao_cli.engine.text.prompt import Prompter
from taibao_cli.engine.threads import default_threads
from taibao_cli.errors import ModelError, UsageError

CELLS: Final = 16_384
"""Tokens that the KV cache holds at least, when rows can fill it."""

MAX_WIDTH: Final = 256

Precision = Literal["fast", "f32"]

_FAST: Final = {"DYNAMIC_QUANTIZATION_GROUP_SIZE": "64"}
"""Activations are rounded in groups as long as those of 4-bit weights; OpenVINO's own half of that costs a tenth."""

_F32: Final = {
    "INFERENCE_PRECISION_HINT": "f32",
    "KV_CACHE_PRECISION": "f32",
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0",
}


class OpenVinoEngine:
    """Runs many requests at once on an x86 processor. The text may differ in near-ties from one width to another."""

    def __init__(
        self,
        path: Path,
        *,
        ctx: int | None = None,
        threads: int | None = None,
        width: int | None = 16,
        precision: Precision = "fast",
        least_step: int = 0,
    ) -> None:
        """Open a model folder; the weights are loaded when a request first needs them, once for texts and once for
        labels.

        Args:
            path: the folder, as `taibao convert openvino` writes it.
            ctx: longest prompt plus answer, in tokens; the model's trained context, at most 8192, when None.
            threads: computing threads; what the machine really gives when None.
            width: most requests computed at the same time; 16 when None.
            precision: "fast" computes as OpenVINO finds best for the processor (bfloat16, 8-bit activations and
                KV cache), so that figures depend a little on what is computed together; "f32" does not.
            least_step: a step that writes, which `cancel` cannot interrupt, has room for as many tokens as the
                processor computes in about a tenth of a second, or for so many if that is more.

        Raises:
            ModelError: the folder cannot be used.
            UsageError: `ctx`, `threads` or `width` is out of range.
            MissingExtraError: OpenVINO is not installed.
        """
        width = 16 if width is None else width
        if not 1 <= width <= MAX_WIDTH:
            raise UsageError(f"width is {width}; give 1 to {MAX_WIDTH}")
        if threads is not None and threads < 1:
            raise UsageError(f"threads is {threads}; give at least 1")
        check_installed()
        bound_memory()
        self.width, self._cancelled = width, False
        self._vocabulary = FolderVocabulary(path)
        self._prompter = Prompter(self._vocabulary)
        trained = _trained_context(path)
        self._context = choose_context(ctx, trained)
        self._admission = Admission(self._prompter, context=self._context, trained=trained)
        read_model(path)
        self._rules = functools.lru_cache(maxsize=16)(rules_of)
        threads = threads or default_threads()
        pace = Pace(path, threads, least_step)
        self._scheduler: Scheduler | None = self._make_scheduler(path, threads, precision, pace)

    def _make_scheduler(self, path: Path, threads: int, precision: Precision, pace: Pace) -> Scheduler:
        properties: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, **(_F32 if precision == "f32" else _FAST)}
        cells = min(max(self._context, CELLS), self._context * self.width)

        def pipeline() -> Pipeline:
            return Pipeline(
                path,
                width=self.width,
                cells=cells,
                step_tokens=pace.tokens,
                properties=properties,
                threads=threads,
            )

        return Scheduler(
            pipeline,
            lambda: Sequences(path, properties=properties, stop=lambda: self._cancelled),
            width=self.width,
            cells=cells,
            ends=self._vocabulary.ends,
            stop=lambda: self._cancelled,
            on_full_step=pace.saw,
        )

    @property
    def context(self) -> int:
        return self._context

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        self._cancelled = False
        source: Source = (None if request is None else self._prepare(request) for request in requests)
        return self._running().run(source)

    def stream(self, request: Request, emit: Emit) -> Result:
        """Answer one request. A loop is cut from the result, but what `emit` got stays what it got."""
        self._cancelled = False
        (result,) = self._running().run(iter([self._prepare(request, emit)]))
        return result

    def count(self, request: Request) -> int:
        return len(self._prompter.prompt(request).tokens)

    def cancel(self) -> None:
        """Labels stop within milliseconds, texts at the end of the step being computed, about a tenth of a second."""
        self._cancelled = True

    def close(self) -> None:
        if self._scheduler:
            self._scheduler.close()
            self._scheduler = None

    def _running(self) -> Scheduler:
        if self._scheduler is None:
            raise ModelError("the engine is closed")
        return self._scheduler

    def _prepare(self, request: Request, emit: Emit | None = None) -> Row | Result:
        return made_or_refused(request, lambda: self._row(request, emit))

    def _row(self, request: Request, emit: Emit | None) -> Row:
        prompt, trie = self._admission.admit(request)
        rules = None if request.schema is None else self._rules(request.schema)
        return Row(request, prompt, self._vocabulary, trie=trie, rules=rules, emit=emit)


def _trained_context(folder: Path) -> int:
    trained = read_json(folder / "config.json").get("max_position_embeddings")
    if not isinstance(trained, int) or trained < 1:
        raise ModelError(f"{folder / 'config.json'} has no max_position_embeddings; make the folder again")
    return trained
