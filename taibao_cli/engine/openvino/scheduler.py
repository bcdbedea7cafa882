"""Which rows are in the pipeline: a place is filled again the step it is free, the longest first.

A row that shares the beginning of its prompt with one that is being computed waits for it: the pipeline looks for
computed blocks only when a row is added. Rows with labels are scored in groups, turn about with the steps.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.openvino.pipeline import BLOCK, Pipeline, PipelineError
from taibao_cli.engine.openvino.row import Row
from taibao_cli.engine.openvino.scorer import first_group, score
from taibao_cli.engine.openvino.sequences import Sequences, Stopped
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import RowError

KEPT: Final = 8
"""Rows that ended, whose beginnings the pipeline may still hold."""

Source = Iterator[Row | Result | None]
"""None: nothing at present, ask again when a row has ended."""


class Scheduler:
    """Runs rows. After an exception or an abandoned run it is empty and usable."""

    def __init__(
        self,
        pipeline: Callable[[], Pipeline],
        sequences: Callable[[], Sequences],
        *,
        width: int,
        cells: int,
        ends: frozenset[int],
        stop: Callable[[], bool],
        on_full_step: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """Both models are made when a row first needs them.

        Args:
            pipeline: for texts.
            sequences: for labels.
            width: most rows at a time.
            cells: tokens that the pipeline's KV cache holds.
            ends: tokens that end an answer.
            stop: asked while computing.
            on_full_step: told the seconds of each step that was full of prompts.
        """
        self._make_pipeline, self._make_sequences = pipeline, sequences
        self._width, self._cells, self._ends, self._stop = width, cells, ends, stop
        self._on_full_step = on_full_step
        self._pipeline: Pipeline | None = None
        self._sequences: Sequences | None = None
        self._active: list[Row] = []
        self._waiting: list[Row] = []
        self._unscored: list[Row] = []
        self._ended: deque[list[int]] = deque(maxlen=KEPT)

    def run(self, source: Source) -> Iterator[Result]:
        """Yield the result of each row as it ends, results in `source` at once. Takes at most `width` rows ahead."""
        try:
            while True:
                yield from self._pull(source)
                if not self._active and not self._waiting and not self._unscored:
                    return
                if self._stop():
                    yield from [row.result("cancelled") for row in self._drop()]
                    return
                yield from self._score()
                yield from self._advance()
        finally:
            self._drop()

    def _pull(self, source: Source) -> Iterator[Result]:
        while len(self._active) + len(self._waiting) + len(self._unscored) < 2 * self._width and not self._stop():
            item = next(source, None)
            if item is None:
                break
            if isinstance(item, Row):
                (self._unscored if item.trie else self._waiting).append(item)
            else:
                yield item
        self._waiting.sort(key=lambda row: row.size, reverse=True)

    def _score(self) -> Iterator[Result]:
        """Score a group of the rows with labels."""
        if not self._unscored:
            return
        self._sequences = self._sequences or self._make_sequences()
        group = first_group(self._unscored)
        try:
            results = list(score(self._sequences, group))
        except Stopped:
            return
        except RuntimeError as error:
            failure = RowError("engine", f"OpenVINO failed: {error}", retryable=True)
            results = [row.result("error", error=failure) for row in group]
            self._sequences = None
        self._unscored = [row for row in self._unscored if row not in group]
        yield from results

    def _advance(self) -> Iterator[Result]:
        """Fill the free places and compute a step."""
        if self._stop() or not (self._active or self._waiting):
            return
        self._pipeline = self._pipeline or self._make_pipeline()
        try:
            if not self._active and self._pipeline.busy():
                self._pipeline.step()  # lets go of the rows that were dropped
            yield from self._admit(self._pipeline)
            self._step(self._pipeline)
        except PipelineError as error:
            failure = RowError("engine", f"OpenVINO failed: {error}", retryable=True)
            yield from [row.result("error", error=failure) for row in self._drop_texts()]
            self._pipeline = None
            return
        for row in list(self._active):
            if result := self._take(self._pipeline, row):
                self._active.remove(row)
                self._ended.append([*row.prompt, *row.tokens])
                yield result

    def _step(self, pipeline: Pipeline) -> None:
        """Compute a step; where it is full of prompts alone, tell how long it took."""
        full = (
            not any(row.tokens for row in self._active)
            and sum(len(row.prompt) - row.cached for row in self._active) >= pipeline.step_tokens
        )
        start = time.monotonic()
        pipeline.step()
        if full:
            self._on_full_step(time.monotonic() - start)

    def _take(self, pipeline: Pipeline, row: Row) -> Result | None:
        """Hand a row the tokens it has got; return the result when that ends it."""
        tokens, state = pipeline.take(row.handle)
        for token in tokens:
            row.tokens.append(token)
            if result := row.accept(token):
                row.handle.cancel()
                return result
        if state == "ended":
            return row.result("stop")
        if state == "thrown out":
            return row.result("error", error=RowError("engine", "the KV cache is full; lower --width", retryable=True))
        return None

    def _admit(self, pipeline: Pipeline) -> Iterator[Result]:
        for row in list(self._waiting):
            if len(self._active) == self._width:
                return
            if self._comes_soon(row):
                continue
            shared = self._held(row) // BLOCK * BLOCK
            if self._active and self._taken() + row.size - shared > self._cells:
                return
            self._waiting.remove(row)
            row.cached = shared
            try:
                row.handle = pipeline.add(
                    row.prompt,
                    row.request.sampling,
                    max_tokens=row.request.max_tokens,
                    ends=self._ends,
                    rules=row.rules,
                )
            except PipelineError as error:
                yield row.result("error", error=RowError("bad_value", f"OpenVINO refuses the request: {error}"))
                continue
            self._active.append(row)

    def _taken(self) -> int:
        """Tokens of the KV cache that the running rows take at most, what they share counted once."""
        return sum(row.size - row.cached for row in self._active)

    def _held(self, row: Row) -> int:
        """How much of a prompt, but for its last token, the pipeline has computed already."""
        computed = [*self._ended, *(other.prompt for other in self._active if other.tokens)]
        return max((common(tokens, row.prompt[:-1]) for tokens in computed), default=0)

    def _comes_soon(self, row: Row) -> bool:
        """Whether a running row is computing at least a block more of this row's prompt than is there yet."""
        computing = [other for other in self._active if not other.tokens]
        if not computing:
            return False
        enough = self._held(row) + BLOCK
        return any(common(other.prompt, row.prompt[:-1]) >= enough for other in computing)

    def _drop_texts(self) -> list[Row]:
        rows = [*self._active, *self._waiting]
        for row in self._active:
            row.handle.cancel()
        self._active.clear()
        self._waiting.clear()
        return rows

    def _drop(self) -> list[Row]:
        rows = [*self._drop_texts(), *self._unscored]
        self._unscored.clear()
        return rows

    def close(self) -> None:
        """Rows that were dropped are let go of first, else OpenVINO complains of their blocks on standard error."""
        if self._pipeline is not None and self._pipeline.busy():
            with suppress(PipelineError):
                self._pipeline.step()
        self._pipeline = self._sequences = None
