"""Some rows of many, chosen at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import TypeVar

T = TypeVar("T")


def sample(items: Iterable[T], size: int, seed: int) -> Iterator[T]:
    """`size` of the items, each with the same chance, in the order they came; all when there are fewer.

    The same items, size and seed give the same choice. All items are read first; `size` of them are held (reservoir
    sampling, Vitter's algorithm R).
    """
    random, held = Random(seed), list[tuple[int, T]]()
    for at, item in enumerate(items):
        if at < size:
            held.append((at, item))
        elif (place := random.randrange(at + 1)) < size:
            held[place] = (at, item)
    held.sort(key=lambda each: each[0])
    yield from (item for _, item in held)
