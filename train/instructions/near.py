"""Near duplicates: MinHash over runs of five characters, candidates by banding (Broder 1997; LSH)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RUN: Final = 5
HASHES: Final = 128
ROWS: Final = 8
"""Hashes of a band: with 16 bands of 8, pairs of likeness 0.85 meet with probability 0.99, of 0.5 with 0.06."""

_PRIME: Final = np.uint64(1_099_511_628_211)
_SPACE: Final = re.compile(r"\s+")

Signature = NDArray[np.uint32]


def shingles(text: str) -> NDArray[np.uint64]:
    """Hashes of all runs of five characters, white space as one space, case ignored; at least one."""
    clean = _SPACE.sub(" ", text.strip().lower()) or " "
    codes = np.frombuffer(clean.ljust(RUN).encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    hashes = np.zeros(len(codes) - RUN + 1, np.uint64)
    for at in range(RUN):
        hashes = (hashes ^ codes[at : at + len(hashes)]) * _PRIME
    return np.unique(hashes)


def signature(hashes: NDArray[np.uint64]) -> Signature:
    """The least of each of 128 permutations, uint32 of shape (128,)."""
    factors, shifts = _permutations()
    mixed = hashes[None, :] * factors[:, None] + shifts[:, None]
    least: Signature = (mixed >> np.uint64(32)).min(axis=1).astype(np.uint32)
    return least


def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    rng = np.random.default_rng(0)
    odd = rng.integers(0, 2**63, HASHES, np.uint64) | np.uint64(1)
    return odd, rng.integers(0, 2**63, HASHES, np.uint64)


def likeness(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> float:
    """Jaccard: shared runs among all."""
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


def near_pairs(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """(earlier, later, likeness) for each text that is at least so like an earlier one: the first such one."""
    held: list[Any] = []
    buckets: defaultdict[tuple[int, bytes], list[int]] = defaultdict(list)
    for number, text in enumerate(texts):
        hashes = shingles(text)
        bands = signature(hashes).reshape(-1, ROWS)
        keys = [(at, band.tobytes()) for at, band in enumerate(bands)]
        candidates = sorted({earlier for key in keys for earlier in buckets[key]})
        held.append(hashes)
        found = next(((e, like) for e in candidates if (like := likeness(held[e], hashes)) >= least), None)
        if found:
            yield found[0], number, found[1]
        for key in keys:
            buckets[key].append(number)
