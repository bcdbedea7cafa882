"""What a run would need and take, told before it is run: the arithmetic of docs/finetuning.md on given data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from train.finetune.config import FineTune
from train.finetune.estimate import (
    ASSUMED_LABELLED,
    ASSUMED_LENGTH,
    GIB,
    PEAKS,
    SHARE,
    memory,
    needs_checkpointing,
    operations,
    seconds,
    steps,
    trained_parameters,
)
from train.instructions.pack import PackedData

ASSUMED_SHARE: Final = 0.35
"""Of a card's peak that the times assume."""

CARDS: Final = {
    "24 GB (RTX 3090)": (24, "3090"),
    "48 GB (A6000)": (48, "A6000"),
    "80 GB (A100)": (80, "A100"),
    "141 GB (H200)": (141, "H200"),
}
"""Gigabytes and the key of the peak, by what is shown."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Of training data: real tokens of one epoch, packs, the share that is labelled, mean length of an example."""

    tokens: int
    packs: int
    labelled: float = ASSUMED_LABELLED
    length: float = ASSUMED_LENGTH

    @classmethod
    def of(cls, data: PackedData) -> Amount:
        return cls(len(data.ids), len(data), data.labelled_share, data.mean_length)


def plan(config: FineTune, amount: Amount | None) -> Iterator[str]:
    """The lines of `--dry-run`; without data only what a token needs."""
    shape, trained = config.architecture, trained_parameters(config)
    yield f"model: {shape.parameters / 1e9:.2f} G parameters, {trained / 1e6:.2f} M of them trained"
    if amount:
        total = steps(amount.packs, config)
        yield (
            f"data: {amount.tokens} tokens an epoch in {amount.packs} packs, {amount.labelled:.0%} trained, "
            f"{amount.length:.0f} tokens an example; {config.epochs} epochs, {total} steps"
        )
    length, labelled = (amount.length, amount.labelled) if amount else (ASSUMED_LENGTH, ASSUMED_LABELLED)
    for again in (False, True):
        need = memory(config, checkpointing=again)
        parts = (
            ("weights", need.weights), ("adapter", need.adapter), ("activations", need.activations),
            ("head", need.head), ("overhead", need.overhead),
        )  # fmt: skip
        listed = " + ".join(f"{name} {size / GIB:.1f}" for name, size in parts)
        yield f"memory {'with' if again else 'without'} checkpointing: {listed} = {need.total / GIB:.1f} GiB (bfloat16)"
    for name, (size, card) in CARDS.items():
        again = needs_checkpointing(config, size * GIB)
        if memory(config, checkpointing=again).total > SHARE * size * GIB:
            yield f"{name}: does not fit; lower pack_tokens or take a smaller model"
            continue
        each = operations(config, labelled=labelled, length=length, checkpointing=again)
        rate = 1 / seconds(1, each, peak=PEAKS[card], share=ASSUMED_SHARE)
        how = f"{'with' if again else 'without'} checkpointing, {each.total / 1e9:.1f} G operations a token"
        speed = f"{rate:.0f} tokens/s at {ASSUMED_SHARE:.0%} of {PEAKS[card] / 1e12:.0f} T operations/s"
        took = f", {config.epochs * amount.tokens / rate / 3600:.2f} hours" if amount else ""
        yield f"{name}: {how}, {speed}{took}"
