"""Continuous batching: every step carries one token of each generating row, then prompt tokens of the others.

The KV cache is unified. Sequence 0 holds a pinned prefix that rows share; each row takes one of the sequences after it;
the last ones are scratch for the nodes of a label trie. A row is admitted only when its whole prompt and its longest
answer fit the cells that are free, so a decode never runs out of cells.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.capi import Aborted, Batch, Context, DecodeError, Model
from taibao_cli.engine.llamacpp.labels import ROOT, child_logits
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.errors import RowError

BATCH: Final = 512
"""Most tokens of one decode call."""

LABEL_SEQUENCES: Final = 64
LABEL_CELLS: Final = 256
"""Sequences and KV cells kept for label tries, of which one is scored at a time."""

PIN_GAIN: Final = 32
"""Tokens by which the pinned prefix must grow to be worth a decode of its own."""


class Scheduler:
    """Runs rows through one context. After an exception or an abandoned run it is empty and usable."""

    def __init__(self, model: Model, *, context: int, width: int, threads: int, stop: Callable[[], bool]) -> None:
        """`context` is the longest row in tokens, `width` the most rows at a time; `stop` is asked while computing."""
        self._width = width
        self._cells = min(max(context, 8192), context * width)
        self._partial = not model.has_recurrent_state
        sequences = 1 + width + LABEL_SEQUENCES
        self._context = Context(
            model, cells=self._cells + LABEL_CELLS, batch=BATCH, sequences=sequences, threads=threads, stop=stop
        )
        self._batch = Batch(BATCH, LABEL_SEQUENCES)
        self._stop = stop
        self._free = list(range(width, 0, -1))
        self._scratch = range(width + 1, sequences)
        self._active: dict[int, Row] = {}
        self._pinned: list[int] = []

    def run(self, source: Iterator[Row | Result]) -> Iterator[Result]:
        """Yield the result of each row as it ends, results in `source` at once. Takes rows only for free places."""
        pending: deque[Row] = deque()
        try:
            while True:
                yield from self._pull(source, pending)
                if not self._active and not pending:
                    return
                try:
                    yield from self._advance(pending)
                except Aborted:
                    yield from [row.result("cancelled") for row in self._drop(pending)]
                    return
                except DecodeError as error:
                    failure = RowError("engine", str(error), retryable=True)
                    yield from [row.result("error", error=failure) for row in self._drop(pending)]
        finally:
            if self._active or pending:
                self._drop(pending)

    def _pull(self, source: Iterator[Row | Result], pending: deque[Row]) -> Iterator[Result]:
        while len(self._active) + len(pending) < self._width and not self._stop():
            item = next(source, None)
            if item is None:
                return
            if isinstance(item, Row):
                pending.append(item)
            else:
                yield item

    def _advance(self, pending: deque[Row]) -> Iterator[Result]:
        if self._stop():
            raise Aborted
        if not self._active:
            pending[0].pinned_for = self._pin([row.prompt for row in pending])
        self._admit(pending)
        yield from self._step()

    def _drop(self, pending: deque[Row]) -> list[Row]:
        """Forget everything: the state after a failed decode is unknown. Return the rows that had not ended."""
        rows = [*self._active.values(), *pending]
        for row in rows:
            row.close()
        self._free += self._active
        self._active.clear()
        pending.clear()
        self._pinned = []
        self._context.clear()
        return rows

    def _pin(self, prompts: list[list[int]]) -> int:
        """Make sequence 0 hold what all waiting prompts begin with; return how many tokens that took to compute.

        Each prompt keeps at least its last token to itself: a row needs the logits of one.
        """
        first = prompts[0][:-1]
        shared = min(_common(first, prompt[:-1]) for prompt in prompts)
        keep = _common(first[:shared], self._pinned)
        if keep < len(self._pinned) and not self._context.remove(0, keep):
            self._context.remove(0)
            keep = 0
        self._pinned = first[:keep]
        if shared - keep < PIN_GAIN:
            return 0
        for start in range(keep, shared, BATCH):
            self._batch.clear()
            for position in range(start, min(start + BATCH, shared)):
                self._batch.add(first[position], position, (0,), logits=False)
            self._context.decode(self._batch)
        self._pinned = first[:shared]
        return shared - keep

    def _admit(self, pending: deque[Row]) -> None:
        used = len(self._pinned) + sum(row.size - row.cached for row in self._active.values())
        while pending and self._free:
            row = pending[0]
            shared = _common(row.prompt[:-1], self._pinned)
            if shared < len(self._pinned) and not self._partial:
                shared = 0
            if used + row.size - shared > self._cells:
                return
            used += row.size - shared
            pending.popleft()
            row.sequence, row.cached, row.decoded = self._free.pop(), shared, shared
            self._active[row.sequence] = row
            if shared:
                self._context.copy(0, row.sequence, shared)

    def _step(self) -> Iterator[Result]:
        outputs = self._fill()
        self._context.decode(self._batch)
        scored: list[tuple[Row, dict[int, list[float]]]] = []
        for index, row in outputs:
            if row.trie:
                scored.append((row, {ROOT: child_logits(row.trie, ROOT, self._context.logits(index))}))
            elif (result := row.accept(row.choose(self._context, index))) is not None:
                yield self._release(row, result)
        for row, logits in scored:  # after the loop above: each decode overwrites the logits of the one before
            yield self._release(row, self._score(row, logits))

    def _fill(self) -> list[tuple[int, Row]]:
        """Fill the batch, generating rows first so that none ever waits; return the rows whose logits are wanted."""
        batch, outputs = self._batch, []
        batch.clear()
        for row in self._active.values():
            if not row.prompt_left:
                outputs.append((batch.add(row.last, row.decoded, (row.sequence,), logits=True), row))
                row.decoded += 1
        prefilling = [row for row in self._active.values() if row.prompt_left]
        for row in prefilling:
            for _ in range(min(row.prompt_left, batch.room)):
                final = row.prompt_left == 1
                index = batch.add(row.prompt[row.decoded], row.decoded, (row.sequence,), logits=final)
                row.decoded += 1
                if final:
                    outputs.append((index, row))
        return outputs

    def _score(self, row: Row, logits: dict[int, list[float]]) -> Result:
        """Score the labels of a row whose prompt is decoded, given the logits after the prompt."""
        assert row.trie
        trie, batch = row.trie, self._batch
        for group in trie.plan(LABEL_SEQUENCES, LABEL_CELLS):
            sequences: dict[int, list[int]] = {}
            for scratch, path in zip(self._scratch, group, strict=False):
                self._context.copy(row.sequence, scratch)
                for node in path:
                    sequences.setdefault(node, []).append(scratch)
            batch.clear()
            wanted: dict[int, int] = {}
            for node, members in sequences.items():
                wants = trie.branches(node)
                position = len(row.prompt) + trie.depth[node] - 1
                index = batch.add(trie.token[node], position, members, logits=wants)
                if wants:
                    wanted[node] = index
            self._context.decode(batch)
            for node, index in wanted.items():
                logits[node] = child_logits(trie, node, self._context.logits(index))
            for scratch in self._scratch[: len(group)]:
                self._context.remove(scratch)
        probabilities = trie.probabilities(logits)
        if not all(map(math.isfinite, probabilities)):
            raise DecodeError("the model gives logits that are not numbers; the file may be damaged")
        return row.label_result(probabilities)

    def _release(self, row: Row, result: Result) -> Result:
        row.close()
        self._context.remove(row.sequence)
        del self._active[row.sequence]
        self._free.append(row.sequence)
        return result

    def close(self) -> None:
        self._batch.close()
        self._context.close()


def _common(a: list[int], b: list[int]) -> int:
    """Length of the common prefix."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
