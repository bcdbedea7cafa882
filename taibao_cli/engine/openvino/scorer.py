"""Label sets scored after prompts: several rows at a time, the inner nodes of their tries as trees behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.openvino.row import Row
from taibao_cli.engine.openvino.sequences import Sequences
from taibao_cli.engine.text.labels import ROOT, LabelTrie, child_logits
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import RowError

ROWS: Final = 4
"""Most rows that are scored together; more are no faster and take more memory."""

PADDED: Final = 4096
"""Most tokens of a group of rows, padding included; a single row may have more."""

NODES: Final = 128
"""Nodes of all rows that are computed together: each takes a row of logits over the vocabulary."""

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
    after = model.grow([row.prompt[shared:] for row in rows])
    logits = [{ROOT: child_logits(trie, ROOT, own)} for trie, own in zip(tries, after, strict=True)]
    _follow(model, tries, logits)
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


def _follow(model: Sequences, tries: Sequence[LabelTrie], logits: Sequence[dict[int, list[float]]]) -> None:
    """Compute the inner nodes of the tries, and note the logits of the children of those that branch."""
    step = max(1, NODES // len(tries))
    numbers = [{node: number for number, node in enumerate(trie.inner_nodes)} for trie in tries]
    for start in range(0, max(map(len, numbers)), step):
        nodes = [trie.inner_nodes[start : start + step] for trie in tries]
        table = model.attach(
            [
                [(trie.token[node], number.get(trie.parent[node], -1)) for node in own]
                for trie, number, own in zip(tries, numbers, nodes, strict=True)
            ]
        )
        for row, own in enumerate(nodes):
            for at, node in enumerate(own):
                if tries[row].branches(node):
                    logits[row][node] = child_logits(tries[row], node, table[row, at])
