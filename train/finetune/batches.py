"""Which packs a step takes, and packs as tensors. Everything is a function of the data, the seed and the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from torch import Tensor

from train.instructions.pack import Pack, PackedData


@dataclass(frozen=True, slots=True)
class Batch:
    """Packs end to end: `ids` and `positions` [1, tokens], the `bounds` of the examples with the end, also as int32 in
    `cuts`; `before` are the flat places before the tokens to predict, `targets` those tokens."""

    ids: Tensor
    positions: Tensor
    cuts: Tensor
    before: Tensor
    targets: Tensor
    bounds: tuple[int, ...]
    longest: int

    def to(self, device: torch.device) -> Batch:
        ids, positions, cuts, before, targets = (
            each.to(device) for each in (self.ids, self.positions, self.cuts, self.before, self.targets)
        )
        return Batch(ids, positions, cuts, before, targets, self.bounds, self.longest)


def make_batch(packs: Sequence[Pack]) -> Batch:
    ids = torch.from_numpy(np.concatenate([pack.ids for pack in packs])).long()
    lengths = np.concatenate([pack.lengths for pack in packs])
    bounds = np.cumsum([0, *lengths])
    labelled = torch.from_numpy(np.concatenate([pack.labelled for pack in packs]))
    where = torch.nonzero(labelled).squeeze(1)
    positions = np.concatenate([np.arange(length) for length in lengths])
    return Batch(
        ids.unsqueeze(0),
        torch.from_numpy(positions).long().unsqueeze(0),
        torch.from_numpy(bounds).int(),
        where - 1,
        ids[where],
        tuple(int(bound) for bound in bounds),
        int(lengths.max()),
    )


@dataclass(frozen=True, slots=True)
class Order:
    """The packs of a run, epoch after epoch, each in an order of its own."""

    packs: int
    per_step: int
    epochs: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        return ceil(self.packs / self.per_step)

    @property
    def steps(self) -> int:
        return self.epochs * self.steps_per_epoch

    def of_step(self, step: int) -> list[int]:
        """Numbers of the packs of step 0, 1, …; the last step of an epoch may have fewer."""
        epoch, at = divmod(step, self.steps_per_epoch)
        order = np.random.default_rng([self.seed, epoch]).permutation(self.packs)
        return [int(number) for number in order[at * self.per_step : (at + 1) * self.per_step]]


def shares(numbers: Sequence[int], micro: int, rank: int, world: int) -> list[tuple[list[int], bool]]:
    """(packs of a micro-batch, whether they count) of process `rank`; equally many for all, filled up with repetitions
    that do not count."""
    groups = [list(numbers[at : at + micro]) for at in range(0, len(numbers), micro)]
    own = [(group, True) for group in groups[rank::world]]
    return own + [(groups[0], False)] * (ceil(len(groups) / world) - len(own))


def labels_of(data: PackedData, numbers: Sequence[int]) -> int:
    """How many tokens of the packs are predicted."""
    return sum(int(data.pack(number).labelled.sum()) for number in numbers)
