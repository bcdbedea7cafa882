"""Label sets scored after prompts: several rows at a time, the inner nodes of their tries as trees behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.openvino.row import Row
from taibao_cli.engine.openvino.sequences import Sequences
from taibao_cli.engine.text.labels import ROOT, LabelTrie
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import RowError

ROWS: Final = 8
"""Most rows that are scored together; more are no faster."""

PADDED: Final = 1280
"""Most tokens of a group of rows, padding included; a single row may have more. More are no faster, and each takes
memory for its cache and what is computed from it: with 4,096 a model of 0.5 billion parameters took 190 MB more."""

NODES: Final = 128
"""Nodes of all rows that are computed together."""

SHARE_FROM: Final = 16
"""Fewest tokens at the beginning of all prompts that are worth a computation of their own."""


def first_group(rows: Sequence[Row]) -> list[Row]:
    """The rows to score together next: of about the length of the first one."""
    first = len(rows[0].prompt)
    near = sorted(rows, key=lambda row: abs(len(row.prompt) - first))[:ROWS]
    while len(near) > 1 and len(near) * max(len(row.prompt) for row in near) > PADDED:
        near.pop()
    return near


def score(model: Sequences, rows: Sequence[Row]) -> Iterator[Result]:
    """The result of each row.

    Raises:
        Stopped: see `Sequences.grow`.
    """
    tries = [row.trie for row in rows if row.trie]
    shared = _begin(model, rows)
    logits = _compute(model, [row.prompt[shared:] for row in rows], tries)
    for row, trie, own in zip(rows, tries, logits, strict=True):
        probabilities = trie.probabilities(own)
        if all(map(math.isfinite, probabilities)):
            yield row.label_result(probabilities)
        else:
            damaged = "the model gives logits that are not numbers; the files may be damaged"
            yield row.result("error", error=RowError("engine", damaged))


def _begin(model: Sequences, rows: Sequence[Row]) -> int:
    """Let the model hold what all prompts begin with, where that is worth it; return how many tokens."""
    usable = [row.prompt[:-1] for row in rows]
    known = min(common(model.kept, prompt) for prompt in usable)
    shared = min(common(usable[0], prompt) for prompt in usable) if len(rows) > 1 else 0
    if known == len(model.kept) >= max(SHARE_FROM, shared - SHARE_FROM):
        first = shared = known
    elif shared >= SHARE_FROM:
        first = 0
    else:
        model.clear()
        return 0
    model.begin(rows[0].prompt[:shared])
    for number, row in enumerate(rows):
        row.cached = shared if number else first
    return shared


def _compute(
    model: Sequences, prompts: Sequence[Sequence[int]], tries: Sequence[LabelTrie]
) -> list[dict[int, list[float]]]:
    """For each row the logits of the children of the nodes that branch; the first nodes ride along with the prompts."""
    step = max(1, NODES // len(tries))
    numbers = [{node: number for number, node in enumerate(trie.inner_nodes)} for trie in tries]
    logits: list[dict[int, list[float]]] = [{} for _ in tries]
    for start in range(0, max(1, *map(len, numbers)), step):
        nodes = [trie.inner_nodes[start : start + step] for trie in tries]
        tree = [
            [(trie.token[node], number.get(trie.parent[node], -1)) for node in own]
            for trie, number, own in zip(tries, numbers, nodes, strict=True)
        ]
        if start == 0:
            nodes = [[ROOT, *own] for own in nodes]
        candidates = _Candidates(tries, nodes)
        table = model.attach(tree, candidates.tokens) if start else model.grow(prompts, candidates.tokens, tree)
        for row, own in enumerate(nodes):
            for at, node in enumerate(own):
                if tries[row].branches(node):
                    logits[row][node] = candidates.after(tries[row], node, table[row, at])
    return logits


class _Candidates:
    """The tokens that may follow some nodes of several tries."""

    def __init__(self, tries: Sequence[LabelTrie], nodes: Sequence[Sequence[int]]) -> None:
        followers = (trie.children[node] for trie, own in zip(tries, nodes, strict=True) for node in own)
        self.tokens = sorted({token for children in followers for token in children})
        self._columns = {token: column for column, token in enumerate(self.tokens)}

    def after(self, trie: LabelTrie, node: int, logits: Any) -> list[float]:
        """Logits of a node's children, in the trie's order; `logits` are those of all `tokens` after it."""
        return [float(logits[self._columns[token]]) for token in trie.children[node]]
