"""Label sets scored after prompts: nodes of the tries of several rows in one decode, on scratch sequences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.library import DecodeError
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.text.labels import ROOT, LabelTrie, child_logits

LABEL_SEQUENCES: Final = 64
"""Scratch sequences, one for each path of a trie that a decode follows."""

LABEL_CELLS: Final = 128
"""KV cells for the nodes of one decode; the longest label has at most so many tokens."""


@dataclass(slots=True)
class _Scored:
    """A row whose prompt is computed, the paths of its trie that are not, and the logits of children known so far."""

    row: Row
    trie: LabelTrie
    left: list[list[int]]
    logits: dict[int, list[float]]


class Scorer:
    """Rows whose prompts are computed, until the inner nodes of their label tries are.

    The nodes ride along in the decodes of prompts: a decode of a few tokens takes nearly as long as one of many. The
    cache of the rows themselves is left as it is.
    """

    def __init__(self, context: Context, batch: Batch, scratch: Sequence[int]) -> None:
        self._context = context
        self._batch = batch
        self._scratch = scratch
        self._scored: list[_Scored] = []
        self._followed: list[int] = []
        """Scratch sequences of the decode at hand."""
        self._wanted: list[tuple[_Scored, int]] = []

    @property
    def rows(self) -> list[Row]:
        return [one.row for one in self._scored]

    def add(self, row: Row, logits: Any) -> None:
        """Take a row; `logits` are those after its prompt, float32 of shape (n_vocab,)."""
        assert row.trie
        known = {ROOT: child_logits(row.trie, ROOT, logits)}
        self._scored.append(_Scored(row, row.trie, list(row.trie.inner_paths), known))

    def fill(self) -> int:
        """Put nodes that are left into the batch, which is empty; how many logits `take` wants."""
        scratch = iter(self._scratch)
        for one in self._scored:
            members: dict[int, list[int]] = {}
            while one.left and self._batch.size + len({*members, *one.left[0]}) <= LABEL_CELLS:
                if (sequence := next(scratch, None)) is None:
                    break
                self._context.copy(one.row.sequence, sequence)
                self._followed.append(sequence)
                for node in one.left.pop(0):
                    members.setdefault(node, []).append(sequence)
            self._put(one, members)
        return len(self._wanted)

    def _put(self, one: _Scored, members: dict[int, list[int]]) -> None:
        for node, sequences in members.items():
            branches = one.trie.branches(node)
            position = len(one.row.prompt) + one.trie.depth[node] - 1
            self._batch.add(one.trie.token[node], position, sequences, logits=branches)
            if branches:
                self._wanted.append((one, node))

    def take(self, table: Any) -> None:
        """Note the logits after the nodes that `fill` put, float32 of shape (what it returned, n_vocab)."""
        for (one, node), logits in zip(self._wanted, table, strict=True):
            one.logits[node] = child_logits(one.trie, node, logits)
        for sequence in self._followed:
            self._context.remove(sequence)
        self._followed.clear()
        self._wanted.clear()

    def ended(self) -> Iterator[tuple[Row, Result]]:
        """Rows with nothing left to compute, and their results.

        Raises:
            DecodeError: the model gives logits that are not numbers.
        """
        for one in [one for one in self._scored if not one.left]:
            probabilities = one.trie.probabilities(one.logits)
            if not all(map(math.isfinite, probabilities)):
                raise DecodeError("the model gives logits that are not numbers; the file may be damaged")
            self._scored.remove(one)
            yield one.row, one.row.label_result(probabilities)

    def drop(self) -> list[Row]:
        """Forget the rows, and return them."""
        rows = self.rows
        for each in (self._scored, self._followed, self._wanted):
            each.clear()
        return rows
