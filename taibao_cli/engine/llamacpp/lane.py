"""Rows that are computed together in one context: every step carries one token of each generating row, then prompt
tokens of the others.

Rows wait and the longest goes first, so that a run does not end with one long row alone. A row is admitted when there
is room for its whole prompt and its longest answer, so a decode never runs out of cells; it waits while a running row
is computing a beginning that both have in common. Rows with another adapter wait until all that run have ended; the
cache is then emptied, for an adapter changes what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Final, Protocol

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.cache import SHARE_FROM
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context, greedy
from taibao_cli.engine.llamacpp.capi.model import LoraAdapter
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.llamacpp.scorer import LABEL_SEQUENCES, Scorer
from taibao_cli.engine.text.prefix import common

BATCH: Final = 512
"""Most tokens of one decode call."""


class Memory(Protocol):
    """Who has which part of a KV cache: `Cache` or `Slots`."""

    def shared(self, prompt: Sequence[int]) -> int: ...

    def take(self, prompt: Sequence[int], size: int) -> tuple[int, int] | None: ...

    def add(self, sequence: int, tokens: Sequence[int]) -> None: ...

    def release(self, sequence: int, *, whole: bool) -> None: ...

    def closer(self, sequence: int) -> int: ...

    def clear(self) -> None: ...


class Lane:
    """A context with its rows. After `drop` it is empty and usable."""

    def __init__(
        self,
        context: Context,
        memory: Memory,
        *,
        width: int,
        adapters: Mapping[str, LoraAdapter],
        scratch: Sequence[int] = (),
        alone: bool = False,
    ) -> None:
        """`width` is the most rows at a time, `adapters` are those that requests name, `scratch` the sequences for
        scoring labels. `alone`: of a row that ended nothing stays, so that with `width` 1 each is computed from the
        same empty state."""
        self._context, self._memory = context, memory
        self._batch = Batch(BATCH, LABEL_SEQUENCES if scratch else 1)
        self._scorer = Scorer(context, self._batch, scratch)
        self._width, self._alone = width, alone
        self._adapters = adapters
        self._adapter: str | None = None
        self._active: list[Row] = []
        self._waiting: list[Row] = []

    @property
    def rows(self) -> int:
        """Rows that run or wait."""
        return len(self._active) + len(self._waiting)

    def add(self, row: Row) -> None:
        """Let a row wait for its turn."""
        self._waiting.append(row)
        self._waiting.sort(key=lambda row: row.size, reverse=True)

    def known(self, prompt: Sequence[int]) -> int:
        """Tokens at the beginning of `prompt` that are held, or will be once all rows here are computed."""
        others = (common(row.prompt, prompt) for row in chain(self._active, self._waiting))
        return max(self._memory.shared(prompt), *others, 0)

    def advance(self) -> Iterator[Result]:
        """Compute one step; yield the results of rows that end with it.

        Raises:
            Aborted: the stop function of the context said so.
            DecodeError: the step failed. Either way, call `drop`.
        """
        self._admit()
        wanted = self._fill()
        self._context.decode(self._batch)
        yield from self._take_outputs(wanted)

    def drop(self) -> list[Row]:
        """Forget everything: the state after a failed decode is unknown. Return the rows that had not ended."""
        rows = [*self._active, *self._waiting]
        for row in rows:
            row.close()
        self._active.clear()
        self._waiting.clear()
        self._memory.clear()
        return rows

    def _admit(self) -> None:
        if not self._active and self._waiting:
            self._adapt(self._waiting[0].request.adapter)
        for row in list(self._waiting):
            if len(self._active) == self._width:
                return
            if row.request.adapter != self._adapter or self._comes_soon(row):
                continue
            place = self._memory.take(row.prompt, row.size)
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
        self._memory.clear()
        self._adapter = adapter

    def _comes_soon(self, row: Row) -> bool:
        """Whether a running row is computing more of the beginning of this row's prompt than is there yet."""
        computing = [other for other in self._active if other.prompt_left]
        if not computing:
            return False
        enough = self._memory.shared(row.prompt) + SHARE_FROM
        return any(common(other.prompt, row.prompt[:-1]) >= enough for other in computing)

    def _fill(self) -> list[tuple[int, Row]]:
        """Fill the batch, generating rows first so that none waits; return (index, row) where logits are wanted.

        Tokens stand in the order of their sequences, as llama.cpp wants those that it computes together.
        """
        room = self._batch.capacity - sum(not row.prompt_left for row in self._active)
        runs: list[tuple[Row, Sequence[int]]] = []
        for row in self._active:
            tokens: Sequence[int] = (row.last,)
            if row.prompt_left:
                tokens = row.prompt[row.decoded : row.decoded + room]
                room -= len(tokens)
            if tokens:
                runs.append((row, tokens))
        runs.sort(key=lambda run: run[0].sequence)
        self._batch.clear()
        lasts = self._batch.add_runs([(tokens, row.decoded, row.sequence) for row, tokens in runs])
        wanted = []
        for (row, tokens), last in zip(runs, lasts, strict=True):
            self._memory.add(row.sequence, tokens)
            row.decoded += len(tokens)
            if not row.prompt_left:
                wanted.append((last, row))
        self._batch.want([index for index, _ in wanted])
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
        if ended and not self._waiting:
            self._close_gaps()

    def _release(self, row: Row, result: Result) -> Result:
        row.close()
        self._active.remove(row)
        if self._alone and not self._active:
            self._memory.clear()
        else:
            self._memory.release(row.sequence, whole=not self.rows)
        return result

    def _close_gaps(self) -> None:
        """Nobody takes the places of the rows that ended: those that go on become neighbours again."""
        for row in sorted(self._active, key=lambda row: row.sequence, reverse=True):
            row.sequence = self._memory.closer(row.sequence)

    def close(self) -> None:
        self._context.close()
