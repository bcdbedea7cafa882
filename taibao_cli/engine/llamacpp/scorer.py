"""Label sets scored after prompts: the tries of several rows in one decode, on scratch sequences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.library import DecodeError
from taibao_cli.engine.llamacpp.row import Row
from taibao_cli.engine.text.labels import ROOT, LabelTrie, RowPath, child_logits, pack_paths

LABEL_SEQUENCES: Final = 64
"""Scratch sequences, one for each path of a trie that a decode follows."""

LABEL_CELLS: Final = 256
"""KV cells for the nodes of one decode; the longest label has at most so many tokens."""


class Scorer:
    """Computes the inner nodes of label tries. The cache of the rows themselves is left as it is."""

    def __init__(self, context: Context, batch: Batch, scratch: Sequence[int]) -> None:
        self._context = context
        self._batch = batch
        self._scratch = scratch

    def score(self, rows: Sequence[tuple[Row, Any]]) -> Iterator[tuple[Row, Result]]:
        """The result of each (row, logits after its prompt as float32 of shape (n_vocab,)).

        Raises:
            DecodeError: the decode failed, or the model gives logits that are not numbers.
        """
        tries = [_trie_of(row) for row, _ in rows]
        logits = [{ROOT: child_logits(trie, ROOT, after)} for trie, (_, after) in zip(tries, rows, strict=True)]
        for group in pack_paths(tries, max_paths=len(self._scratch), max_nodes=LABEL_CELLS):
            self._compute(group, [row for row, _ in rows], logits)
        for (row, _), trie, own in zip(rows, tries, logits, strict=True):
            probabilities = trie.probabilities(own)
            if not all(map(math.isfinite, probabilities)):
                raise DecodeError("the model gives logits that are not numbers; the file may be damaged")
            yield row, row.label_result(probabilities)

    def _compute(self, group: Sequence[RowPath], rows: Sequence[Row], logits: list[dict[int, list[float]]]) -> None:
        members: dict[tuple[int, int], list[int]] = {}
        for scratch, (number, path) in zip(self._scratch, group, strict=False):
            self._context.copy(rows[number].sequence, scratch)
            for node in path:
                members.setdefault((number, node), []).append(scratch)
        self._batch.clear()
        wanted = []
        for (number, node), sequences in members.items():
            trie = _trie_of(rows[number])
            position = len(rows[number].prompt) + trie.depth[node] - 1
            self._batch.add(trie.token[node], position, sequences, logits=trie.branches(node))
            if trie.branches(node):
                wanted.append((number, node))
        self._context.decode(self._batch)
        table = self._context.outputs(len(wanted))
        for at, (number, node) in enumerate(wanted):
            logits[number][node] = child_logits(_trie_of(rows[number]), node, table[at])
        for scratch in self._scratch[: len(group)]:
            self._context.remove(scratch)


def _trie_of(row: Row) -> LabelTrie:
    assert row.trie
    return row.trie
