"""Continuous batching: every step carries one token of each generating row, then prompt tokens of the others.

Rows wait in a window and the longest goes first, so that a run does not end with one long row alone. A row is admitted
when its whole prompt and its longest answer fit the cells that are free, so a decode never runs out of cells; it waits
while a running row is computing a beginning that both have in common. Rows with another adapter wait until all that
run have ended; the cache is then emptied, for an adapter changes what is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.cache import SHARE_FROM, Cache
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context, greedy
from taibao_cli.engine.llamacpp.capi.library import Aborted, DecodeError
from taibao_cli.engine.llamacpp.capi.model import LoraAdapter, Model
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.llamacpp.scorer import LABEL_CELLS, LABEL_SEQUENCES, Scorer
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import RowError

BATCH: Final = 512
"""Most tokens of one decode call."""

KEPT: Final = 8
"""Sequences for beginnings of rows that ended."""

Source = Iterator[Row | Result | None]
"""None: nothing at present, ask again when a row has ended."""


class Scheduler:
    """Runs rows through one context. After an exception or an abandoned run it is empty and usable."""

    def __init__(
        self,
        model: Model,
        *,
        context: int,
        width: int,
        threads: int,
        adapters: Mapping[str, LoraAdapter],
        stop: Callable[[], bool],
        alone: bool = False,
    ) -> None:
        """`context` is the longest row in tokens, `width` the most rows at a time; `adapters` are those that requests
        name; `stop` is asked while computing. `alone`: of a row that ended nothing stays, so that with `width` 1 each
        is computed from the same empty state."""
        cells = min(max(context, 8192), context * width)
        sequences = width + KEPT
        self._width = width
        self._context = Context(
            model,
            cells=cells + LABEL_CELLS,
            batch=BATCH,
            sequences=sequences + LABEL_SEQUENCES,
            threads=threads,
            stop=stop,
        )
        self._batch = Batch(BATCH, LABEL_SEQUENCES)
        self._cache = Cache(self._context, capacity=cells, sequences=sequences, shares=not model.has_recurrent_state)
        self._scorer = Scorer(self._context, self._batch, range(sequences, sequences + LABEL_SEQUENCES))
        self._stop, self._alone = stop, alone
        self._adapters = adapters
        self._adapter: str | None = None
        self._active: list[Row] = []
        self._waiting: list[Row] = []

    def run(self, source: Source) -> Iterator[Result]:
        """Yield the result of each row as it ends, results in `source` at once. Takes at most `width` rows ahead."""
        try:
            while True:
                yield from self._pull(source)
                if not self._active and not self._waiting:
                    return
                try:
                    yield from self._advance()
                except Aborted:
                    yield from [row.result("cancelled") for row in self._drop()]
                    return
                except DecodeError as error:
                    failure = RowError("engine", str(error), retryable=True)
                    yield from [row.result("error", error=failure) for row in self._drop()]
        finally:
            if self._active or self._waiting:
                self._drop()

    def _pull(self, source: Source) -> Iterator[Result]:
        while len(self._active) + len(self._waiting) < 2 * self._width and not self._stop():
            item = next(source, None)
            if item is None:
                break
            if isinstance(item, Row):
                self._waiting.append(item)
            else:
                yield item
        self._waiting.sort(key=lambda row: row.size, reverse=True)

    def _advance(self) -> Iterator[Result]:
        if self._stop():
            raise Aborted
        self._admit()
        wanted = self._fill()
        self._context.decode(self._batch)
        yield from self._take_outputs(wanted)

    def _drop(self) -> list[Row]:
        """Forget everything: the state after a failed decode is unknown. Return the rows that had not ended."""
        rows = [*self._active, *self._waiting]
        for row in rows:
            row.close()
        self._active.clear()
        self._waiting.clear()
        self._cache.clear()
        return rows

    def _admit(self) -> None:
        if not self._active and self._waiting:
            self._adapt(self._waiting[0].request.adapter)
        for row in list(self._waiting):
            if len(self._active) == self._width:
                return
            if row.request.adapter != self._adapter or self._comes_soon(row):
                continue
            place = self._cache.take(row.prompt, row.size)
            if place is None:
                return
            row.sequence, row.cached = place
            row.decoded = row.cached
            self._waiting.remove(row)
            self._active.append(row)

    def _adapt(self, adapter: str | None) -> None:
        """Change the adapter, unless rows wait for the one that is set."""
        if any(row.request.adapter == self._adapter for row in self._waiting):
            return
        self._context.adapt(self._adapters[adapter] if adapter else None)
        self._cache.clear()
        self._adapter = adapter

    def _comes_soon(self, row: Row) -> bool:
        """Whether a running row is computing more of the beginning of this row's prompt than is there yet."""
        computing = [other for other in self._active if other.prompt_left]
        if not computing:
            return False
        enough = self._cache.shared(row.prompt) + SHARE_FROM
        return any(common(other.prompt, row.prompt[:-1]) >= enough for other in computing)

    def _fill(self) -> list[tuple[int, Row]]:
        """Fill the batch, generating rows first so that none waits; return (index, row) where logits are wanted."""
        batch = self._batch
        batch.clear()
        generating = [row for row in self._active if not row.prompt_left]
        indices = batch.add_rows([(row.last, row.decoded, row.sequence) for row in generating])
        wanted = list(zip(indices, generating, strict=True))
        for row in generating:
            self._cache.add(row.sequence, (row.last,))
            row.decoded += 1
        for row in self._active:
            chunk = row.prompt[row.decoded : row.decoded + batch.room]
            if not chunk:
                continue
            index = batch.add_run(chunk, row.decoded, row.sequence)
            self._cache.add(row.sequence, chunk)
            row.decoded += len(chunk)
            if not row.prompt_left:
                batch.want(index)
                wanted.append((index, row))
        return wanted

    def _take_outputs(self, wanted: list[tuple[int, Row]]) -> Iterator[Result]:
        if not wanted:
            return
        table = self._context.outputs(len(wanted))
        best = greedy(table)
        ended = []
        for at, (index, row) in enumerate(wanted):
            if not row.trie and (result := row.accept(row.choose(self._context, index, best[at], table[at]))):
                ended.append((row, result))
        scored = self._scorer.score([(row, table[at]) for at, (_, row) in enumerate(wanted) if row.trie])
        for row, result in chain(ended, scored):
            yield self._release(row, result)

    def _release(self, row: Row, result: Result) -> Result:
        row.close()
        self._active.remove(row)
        if self._alone and not self._active:
            self._cache.clear()
        else:
            self._cache.release(row.sequence, whole=not self._active and not self._waiting)
        return result

    def close(self) -> None:
        self._context.close()
