"""Label sets scored after prompts: several rows at a time, and the branches of their tries as copies of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Final

from taibao_cli.engine.base import Result
from taibao_cli.engine.openvino.row import Row
from taibao_cli.engine.openvino.sequences import Sequences
from taibao_cli.engine.text.labels import ROOT, LabelTrie, RowPath, child_logits, pack_paths
from taibao_cli.engine.text.prefix import common
from taibao_cli.errors import RowError

ROWS: Final = 16
"""Most rows that are scored together."""

PADDED: Final = 4096
"""Most tokens of one computation, padding included; a single row may have more."""

PATHS: Final = 64
"""Most branches that are followed together."""

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
    model.clear()
    after = model.grow(*_beginnings(model, rows))
    logits = [{ROOT: child_logits(trie, ROOT, own)} for trie, own in zip(tries, after, strict=True)]
    groups = list(pack_paths(tries, max_paths=PATHS, max_nodes=1 << 30))
    saved = model.save() if len(groups) > 1 else None
    for number, group in enumerate(groups):
        if number:
            model.restore(saved)
        _follow(model, group, tries, logits)
    for row, trie, own in zip(rows, tries, logits, strict=True):
        probabilities = trie.probabilities(own)
        if all(map(math.isfinite, probabilities)):
            yield row.label_result(probabilities)
        else:
            damaged = "the model gives logits that are not numbers; the files may be damaged"
            yield row.result("error", error=RowError("engine", damaged))


def _beginnings(model: Sequences, rows: Sequence[Row]) -> tuple[list[int], list[list[int]]]:
    """Compute what all prompts begin with once; return the arguments for the rest of them."""
    shared = reduce(lambda length, row: common(rows[0].prompt[:length], row.prompt), rows, len(rows[0].prompt) - 1)
    shared = min(shared, *(len(row.prompt) - 1 for row in rows)) if len(rows) > 1 else 0
    if shared < SHARE_FROM:
        shared = 0
    else:
        model.grow([0], [rows[0].prompt[:shared]])
        for row in rows[1:]:
            row.cached = shared
    return [0] * len(rows), [row.prompt[shared:] for row in rows]


def _follow(
    model: Sequences, group: Sequence[RowPath], tries: Sequence[LabelTrie], logits: Sequence[dict[int, list[float]]]
) -> None:
    """Compute the nodes of some paths, level by level, and note the logits of the children of those that branch."""
    places = {(number, ROOT): number for number in range(len(tries))}
    for level in range(max(len(path) for _, path in group)):
        nodes = list(dict.fromkeys((number, path[level]) for number, path in group if len(path) > level))
        parents = [places[number, tries[number].parent[node]] for number, node in nodes]
        table = model.grow(parents, [[tries[number].token[node]] for number, node in nodes])
        for at, (number, node) in enumerate(nodes):
            if tries[number].branches(node):
                logits[number][node] = child_logits(tries[number], node, table[at])
        places = {place: at for at, place in enumerate(nodes)}
