"""Best-fit packing: examples put end to end in packs of a bounded length, each seeing itself alone."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taibao_cli.errors import InputError
from train.instructions.encode import Encoded


@dataclass(frozen=True, slots=True)
class Pack:
    """Examples end to end: ids, whether each is to be predicted, and the lengths of the examples."""

    ids: NDArray[np.int32]
    labelled: NDArray[np.bool_]
    lengths: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PackedData:
    """Packs of at most `tokens` tokens. `examples` are the offsets of the examples in `ids`, with the end; `packs`
    those of the packs in the examples, with the end. `left_out` counts examples longer than a pack."""

    tokens: int
    ids: NDArray[np.int32]
    labelled: NDArray[np.bool_]
    examples: NDArray[np.int64]
    packs: NDArray[np.int64]
    left_out: int

    def __len__(self) -> int:
        return len(self.packs) - 1

    def pack(self, number: int) -> Pack:
        bounds = self.examples[self.packs[number] : self.packs[number + 1] + 1]
        where = slice(int(bounds[0]), int(bounds[-1]))
        return Pack(self.ids[where], self.labelled[where], np.diff(bounds))

    @property
    def fill(self) -> float:
        """Real tokens in the room of all packs."""
        return len(self.ids) / max(1, len(self) * self.tokens)

    @property
    def labelled_share(self) -> float:
        return float(self.labelled.mean()) if len(self.labelled) else 0.0

    @property
    def mean_length(self) -> float:
        return len(self.ids) / max(1, len(self.examples) - 1)

    def save(self, path: Path) -> None:
        """Raises InputError when the file exists."""
        if path.exists():
            raise InputError(f"{path} exists; remove it or name another file")
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            np.savez(
                file, tokens=self.tokens, ids=self.ids, labelled=self.labelled, examples=self.examples,
                packs=self.packs, left_out=self.left_out,
            )  # fmt: skip
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> PackedData:
        """Raises InputError when it is no file that `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = file["ids"], file["labelled"], file["examples"], file["packs"]
                return cls(int(file["tokens"]), *arrays, left_out=int(file["left_out"]))
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path}: no packs of taibao train data pack: {error}") from None


def pack_examples(examples: Sequence[Encoded], tokens: int) -> PackedData:
    """Best fit decreasing: the longest example first, each into the fullest pack that still holds it."""
    sizes = [len(example) for example in examples]
    order = sorted((at for at, size in enumerate(sizes) if size <= tokens), key=lambda at: (-sizes[at], at))
    rows: list[list[int]] = []
    room: list[tuple[int, int]] = []
    for at in order:
        place = bisect_left(room, (sizes[at], -1))
        if place < len(room):
            free, row = room.pop(place)
        else:
            rows.append([])
            free, row = tokens, len(rows) - 1
        rows[row].append(at)
        if free > sizes[at]:
            insort(room, (free - sizes[at], row))
    laid = [examples[at] for row in rows for at in row]
    return PackedData(
        tokens,
        np.concatenate([example.ids for example in laid]) if laid else np.zeros(0, np.int32),
        np.concatenate([example.labelled for example in laid]) if laid else np.zeros(0, np.bool_),
        np.cumsum([0, *(len(example) for example in laid)], dtype=np.int64),
        np.cumsum([0, *map(len, rows)], dtype=np.int64),
        left_out=len(examples) - len(order),
    )
