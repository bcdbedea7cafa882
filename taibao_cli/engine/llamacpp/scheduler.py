"""Which rows are computed together.

Rows that write go to a context whose cache is split, one stretch for each; labels, single rows and rows too long for a
stretch to one whose cache is common to all (`slots` and `cache` tell why). Each is made when the first row needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.cache import Cache
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.library import Aborted, DecodeError
from taibao_cli.engine.llamacpp.capi.model import LoraAdapter, Model
from taibao_cli.engine.llamacpp.lane import BATCH, Lane
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.llamacpp.scorer import LABEL_CELLS, LABEL_SEQUENCES
from taibao_cli.engine.llamacpp.slots import Slots
from taibao_cli.engine.llamacpp.tuning import Tuning
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import ModelError, RowError

KEPT: Final = 8
"""Sequences of a common cache for beginnings of rows that ended."""

CELLS: Final = 8192
"""Tokens that a common cache holds at least, when rows can fill it."""

SPLIT_BYTES: Final = 512 * 2**20
"""Memory that a split cache may take; at least it has as many tokens as a common one."""

_STEP: Final = 256
"""llama.cpp rounds stretches up to a multiple of this."""

Source = Iterator[Row | Result | None]
"""None: nothing at present, ask again when a row has ended."""


class Scheduler:
    """Runs rows. After an exception or an abandoned run it is empty and usable."""

    def __init__(
        self,
        model: Model,
        *,
        context: int,
        tuning: Tuning,
        threads: int,
        adapters: Mapping[str, LoraAdapter],
        stop: Callable[[], bool],
        alone: bool = False,
    ) -> None:
        """`context` is the longest row in tokens; `adapters` are those that requests name; `stop` is asked while
        computing. `alone`: with a width of 1 each row is computed from the same empty state."""
        self._model, self._longest, self._tuning, self._threads = model, context, tuning, threads
        self._adapters, self._stop, self._alone = adapters, stop, alone
        splits = tuning.kv == "split" and tuning.width > 1 and model.forgets
        self._longest_split = longest_split(context, tuning.width, model.kv_bytes) if splits else 0
        self._common: Lane | None = None
        self._cache: Cache | None = None
        """That of the common lane."""
        self._split: Lane | None = None
        self._stretch = 0
        self._parked: list[Row] = []
        """Rows that have no lane yet."""

    def run(self, source: Source) -> Iterator[Result]:
        """Yield the result of each row as it ends, results in `source` at once. Takes at most `width` rows ahead."""
        try:
            while True:
                yield from self._pull(source)
                try:
                    self._settle()
                    busy = [lane for lane in self._lanes() if lane.rows]
                    if not busy:
                        return
                    for lane in busy:
                        if self._stop():
                            raise Aborted
                        yield from lane.advance()
                except Aborted:
                    yield from [row.result("cancelled") for row in self._drop()]
                    return
                except (DecodeError, ModelError) as error:
                    failure = RowError("engine", str(error), retryable=isinstance(error, DecodeError))
                    yield from [row.result("error", error=failure) for row in self._drop()]
        finally:
            if self._rows():
                self._drop()

    def _lanes(self) -> list[Lane]:
        return [lane for lane in (self._split, self._common) if lane is not None]

    def _rows(self) -> int:
        return len(self._parked) + sum(lane.rows for lane in self._lanes())

    def _pull(self, source: Source) -> Iterator[Result]:
        while self._rows() < 2 * self._tuning.width and not self._stop():
            item = next(source, None)
            if item is None:
                break
            if isinstance(item, Row):
                self._parked.append(item)
            else:
                yield item

    def _settle(self) -> None:
        """Give rows their lane; those that wait for a longer split cache stay parked.

        Raises:
            ModelError: there is not enough memory for the context.
        """
        self._move([row for row in self._parked if row.trie or row.size > self._longest_split], self._common_lane)
        self._move([row for row in self._parked if self._is_known_in_common(row)], self._common_lane)
        self._move(list(self._parked), self._split_lane)

    def _move(self, rows: Sequence[Row], lane_for: Callable[[], Lane | None]) -> None:
        if rows and (lane := lane_for()):
            for row in rows:
                self._parked.remove(row)
                lane.add(row)

    def _is_known_in_common(self, row: Row) -> bool:
        """Whether the common cache saves computing half of the prompt: other tasks on the same text, say. What other
        rows begin with as well does not count: a split cache computes that once."""
        known = self._common.known(row.prompt) if self._common else 0
        if known < len(row.prompt) / 2:
            return False
        elsewhere = [common(row.prompt, other.prompt) for other in self._parked if other is not row]
        if self._split:
            elsewhere.append(self._split.known(row.prompt))
        return known - max(elsewhere, default=0) >= len(row.prompt) / 2

    def _split_lane(self) -> Lane | None:
        """One whose cache is split and long enough for all parked rows, None as long as rows run in the one before. A
        row that is alone needs none, and where memory does not suffice there is none."""
        longest = max(row.size for row in self._parked)
        if self._split is None and len(self._parked) == 1 and not (self._common and self._common.rows):
            return self._common_lane()
        if self._split is None or longest > self._stretch:
            if self._split is not None and self._split.rows:
                return None
            try:
                self._renew(longest)
            except ModelError:
                self._longest_split = 0
                return self._common_lane()
        return self._split

    def _renew(self, longest: int) -> None:
        if self._split is not None:
            self._split.close()
            self._split = None
        self._stretch = stretch(longest, self._longest_split)
        self._split = self._make_split(self._stretch)

    def _make_split(self, length: int) -> Lane:
        width = self._tuning.width
        context = Context(
            self._model,
            cells=length * width,
            batch=BATCH,
            ubatch=self._tuning.ubatch,
            flash=self._tuning.flash,
            outputs=width,
            sequences=width,
            unified=False,
            threads=self._threads,
            stop=self._stop,
        )
        slots = Slots(context, count=width, length=length)
        return Lane(context, slots, width=width, adapters=self._adapters, mixes=False)

    def _common_lane(self) -> Lane:
        if self._common is None:
            self._common = self._make_common()
        return self._common

    def _make_common(self) -> Lane:
        width = self._tuning.width
        cells = min(max(self._longest, CELLS), self._longest * width)
        sequences = width + KEPT
        context = Context(
            self._model,
            cells=cells + LABEL_CELLS,
            batch=BATCH,
            ubatch=self._tuning.ubatch,
            flash=self._tuning.flash,
            outputs=width + LABEL_CELLS,
            sequences=sequences + LABEL_SEQUENCES,
            unified=True,
            threads=self._threads,
            stop=self._stop,
        )
        cache = Cache(context, capacity=cells, sequences=sequences, shares=not self._model.has_recurrent_state)
        scratch = range(sequences, sequences + LABEL_SEQUENCES)
        self._cache = cache
        return Lane(
            context, cache, width=width, adapters=self._adapters, mixes=True, scratch=scratch, alone=self._alone
        )

    def save(self, path: Path) -> bool:
        """Write what was computed of the last single row; false when there is nothing, and with adapters."""
        return self._cache is not None and not self._adapters and self._cache.save(path)

    def load(self, path: Path) -> int:
        """Go on from what `save` wrote; the tokens that need not be computed, 0 when it cannot be used."""
        self._common_lane()
        return self._cache.load(path) if self._cache is not None and not self._adapters else 0

    def _drop(self) -> list[Row]:
        parked, self._parked = self._parked, []
        for row in parked:
            row.close()
        return [*parked, *(row for lane in self._lanes() for row in lane.drop())]

    def close(self) -> None:
        for lane in self._lanes():
            lane.close()


def longest_split(context: int, width: int, kv_bytes: int) -> int:
    """Longest row in tokens that a split cache takes: `width` such rows fit in `SPLIT_BYTES`, or in `CELLS`. A token
    takes `kv_bytes`."""
    cells = max(SPLIT_BYTES // max(kv_bytes, 1), CELLS)
    return min(context, cells // width // _STEP * _STEP)


def stretch(size: int, longest: int) -> int:
    """Tokens for each row when the longest seen takes `size`: a quarter more, for those not seen yet."""
    return min(longest, -(-size * 5 // 4 // _STEP) * _STEP)
