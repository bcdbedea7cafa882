"""Packing tokenized trees into rows of one length, without letting them see each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from train.data.trees import Tokens

PAD = -1
"""Tree number of padding."""


@dataclass(frozen=True, slots=True)
class Packs:
    """Rows of `length` tokens: ids, positions, tree and branch numbers, loss weights, each [rows, length]."""

    ids: NDArray[np.int32]
    positions: NDArray[np.int32]
    trees: NDArray[np.int32]
    branches: NDArray[np.int32]
    weights: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def length(self) -> int:
        return int(self.ids.shape[1])

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Packs:
        index = np.asarray(rows)
        return Packs(
            self.ids[index], self.positions[index], self.trees[index], self.branches[index], self.weights[index]
        )

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            path, ids=self.ids, positions=self.positions, trees=self.trees, branches=self.branches, weights=self.weights
        )

    @classmethod
    def load(cls, path: Path) -> Packs:
        with np.load(path, allow_pickle=False) as file:
            return cls(file["ids"], file["positions"], file["trees"], file["branches"], file["weights"])


def pack(items: Iterable[Tokens], length: int, *, window: int = 256) -> Packs:
    """Best fit over a window of open rows: each tree goes into the fullest row that still holds it.

    Trees longer than `length` are left out; the caller decides what is worth a longer pack.
    """
    rows: list[list[Tokens]] = []
    open_rows: list[tuple[int, int]] = []
    for item in items:
        size = len(item)
        if size > length:
            continue
        fitting = [(free, row) for free, row in open_rows if free >= size]
        if fitting:
            free, row = min(fitting)
            open_rows.remove((free, row))
        else:
            rows.append([])
            free, row = length, len(rows) - 1
        rows[row].append(item)
        if free - size >= 16:
            open_rows.append((free - size, row))
        if len(open_rows) > window:
            open_rows.remove(min(open_rows))
    return _fill(rows, length)


def _fill(rows: list[list[Tokens]], length: int) -> Packs:
    shape = (len(rows), length)
    packs = Packs(
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.full(shape, PAD, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.float32),
    )
    for number, row in enumerate(rows):
        at = 0
        for tree, item in enumerate(row):
            where = slice(at, at + len(item))
            packs.ids[number, where] = item.ids
            packs.positions[number, where] = item.positions
            packs.trees[number, where] = tree
            packs.branches[number, where] = item.branches
            packs.weights[number, where] = item.weights
            at += len(item)
    return packs


def batches(packs: Sequence[Packs], tokens: int, seed: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Endless (which packs, rows) of about `tokens` tokens each, a function of the arguments alone.

    Packs are drawn in proportion to their tokens; each gives all its rows once before any comes again.
    """
    sizes = np.array([packs_.ids.size for packs_ in packs], dtype=float)
    draw = np.random.default_rng([seed, len(packs)])
    orders = [_rows(len(p), max(1, min(len(p), tokens // p.length)), seed + at) for at, p in enumerate(packs)]
    while True:
        which = int(draw.choice(len(packs), p=sizes / sizes.sum()))
        yield which, next(orders[which])


def _rows(count: int, size: int, seed: int) -> Iterator[NDArray[np.int64]]:
    epoch = 0
    while True:
        order = np.random.default_rng([seed, epoch]).permutation(count)
        for start in range(0, count - size + 1, size):
            yield order[start : start + size]
        epoch += 1
