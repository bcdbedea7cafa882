"""Rows that are computed together in one context: every step carries nodes of label tries, one token of each generating
row, then prompt tokens of the others.

Rows wait and the longest goes first, so that a run does not end with one long row alone. A row is admitted when there
is room for its whole prompt and its longest answer, so a decode never runs out of cells; it waits while a running row
is computing a beginning that both have in common. Rows with another adapter wait until all that run have ended; the
cache is then emptied, for an adapter changes what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, Protocol

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


ENOUGH: Final = 256
"""Prompt tokens of a step after which no further row's are added: more are no faster on a processor, and rows that are
computed together pass over each other's cells."""


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
        mixes: bool,
        scratch: Sequence[int] = (),
        alone: bool = False,
    ) -> None:
        """`width` is the most rows at a time, `adapters` are those that requests name, `mixes` whether the cache is
        common to all rows, `scratch` the sequences for scoring labels. `alone`: of a row that ended nothing stays, so
        that with `width` 1 each is computed from the same empty state."""
        self._context, self._memory = context, memory
        self._batch = Batch(BATCH, LABEL_SEQUENCES if scratch else 1)
        self._scorer = Scorer(context, self._batch, scratch)
        self._width, self._mixes, self._alone = width, mixes, alone
        self._adapters = adapters
        self._adapter: str | None = None
        self._active: list[Row] = []
        self._waiting: list[Row] = []

    @property
    def rows(self) -> int:
        """Rows that run or wait."""
        return len(self._running) + len(self._waiting)

    @property
    def _running(self) -> list[Row]:
        """Rows that have a place."""
        return [*self._active, *self._scorer.rows]

    def add(self, row: Row) -> None:
        """Let a row wait for its turn."""
        self._waiting.append(row)
        self._waiting.sort(key=lambda row: row.size, reverse=True)

    def known(self, prompt: Sequence[int]) -> int:
        """Tokens at the beginning of `prompt` that are held, or will be once all rows here are computed."""
        others = (common(row.prompt, prompt) for row in chain(self._running, self._waiting))
        return max(self._memory.shared(prompt), *others, 0)

    def advance(self) -> Iterator[Result]:
        """Compute one step; yield the results of rows that end with it.

        Raises:
            Aborted: the stop function of the context said so.
            DecodeError: the step failed. Either way, call `drop`.
        """
        self._admit()
        self._batch.clear()
        nodes = self._scorer.fill()
        wanted = self._fill()
        self._context.decode(self._batch)
        if nodes or wanted:
            table = self._context.outputs(nodes + len(wanted))
            self._scorer.take(table[:nodes])
            yield from self._take_outputs(wanted, table[nodes:])

    def drop(self) -> list[Row]:
        """Forget everything: the state after a failed decode is unknown. Return the rows that had not ended."""
        rows = [*self._active, *self._scorer.drop(), *self._waiting]
        for row in rows:
            row.close()
        self._active.clear()
        self._waiting.clear()
        self._memory.clear()
        return rows

    def _admit(self) -> None:
        if not self._running and self._waiting:
            self._adapt(self._waiting[0].request.adapter)
        for row in list(self._waiting):
            if len(self._running) == self._width:
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
        """Fill up the batch; return (index, row) where logits are wanted.

        In a common cache generating rows go first, so that none waits. In a split one prompts go alone: llama.cpp
        computes there as many tokens of each row at a time, so that single ones among prompts cost a pass of their own.
        Tokens stand in the order of their sequences, as llama.cpp wants those that it computes together.
        """
        generating = self._mixes or not any(row.prompt_left for row in self._active)
        room = self._batch.room - sum(not row.prompt_left for row in self._active)
        runs: list[tuple[Row, Sequence[int]]] = []
        prompts = 0
        for row in self._active:
            tokens: Sequence[int] = (row.last,) if generating else ()
            if row.prompt_left:
                tokens = row.prompt[row.decoded : row.decoded + room] if prompts < ENOUGH else ()
                room -= len(tokens)
                prompts += len(tokens)
            if tokens:
                runs.append((row, tokens))
        runs.sort(key=lambda run: run[0].sequence)
        lasts = self._batch.add_runs([(tokens, row.decoded, row.sequence) for row, tokens in runs])
        wanted = []
        for (row, tokens), last in zip(runs, lasts, strict=True):
            self._memory.add(row.sequence, tokens)
            row.decoded += len(tokens)
            if not row.prompt_left:
                wanted.append((last, row))
        self._batch.want([index for index, _ in wanted])
        return wanted

    def _take_outputs(self, wanted: list[tuple[int, Row]], table: Any) -> Iterator[Result]:
        """Take the logits after the rows in `wanted`, float32 of shape (len(wanted), n_vocab)."""
        ended = []
        for (index, row), best, logits in zip(wanted, greedy(table), table, strict=True):
            if row.trie:
                self._active.remove(row)
                self._scorer.add(row, logits)
            elif result := row.accept(row.choose(self._context, index, best, logits)):
                ended.append((row, result))
        for row, result in ended:
            self._active.remove(row)
            yield self._release(row, result)
        for row, result in self._scorer.ended():
            yield self._release(row, result)
        if ended and not self._waiting:
            self._close_gaps()

    def _release(self, row: Row, result: Result) -> Result:
        row.close()
        if self._alone and not self._running:
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
