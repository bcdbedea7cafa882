"""What a run would need and take, told before it is run: the arithmetic of docs/finetuning.md on given data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from taibao_cli.messages import say
from taibao_cli.patents.language import Lang
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


def plan(config: FineTune, amount: Amount | None, lang: Lang) -> Iterator[str]:
    """The lines of `--dry-run`; without data only what a token needs."""
    shape, trained = config.architecture, trained_parameters(config)
    yield say("plan-model", lang, parameters=shape.parameters / 1e9, trained=trained / 1e6)
    if amount:
        total = steps(amount.packs, config)
        yield say("plan-data", lang, **asdict(amount), epochs=config.epochs, steps=total)
    length, labelled = (amount.length, amount.labelled) if amount else (ASSUMED_LENGTH, ASSUMED_LABELLED)
    for again in (False, True):
        need = memory(config, checkpointing=again)
        parts = (
            ("weights", need.weights), ("adapter", need.adapter), ("activations", need.activations),
            ("head", need.head), ("overhead", need.overhead),
        )  # fmt: skip
        listed = " + ".join(f"{say(f'plan-{name}', lang)} {size / GIB:.1f}" for name, size in parts)
        yield say(f"plan-memory-{_how(again)}", lang, listed=listed, total=need.total / GIB)
    for name, (size, card) in CARDS.items():
        again = needs_checkpointing(config, size * GIB)
        if memory(config, checkpointing=again).total > SHARE * size * GIB:
            yield say("plan-too-small", lang, card=name)
            continue
        each = operations(config, labelled=labelled, length=length, checkpointing=again)
        rate = 1 / seconds(1, each, peak=PEAKS[card], share=ASSUMED_SHARE)
        speed = {"operations": each.total / 1e9, "rate": rate, "share": ASSUMED_SHARE, "peak": PEAKS[card] / 1e12}
        told = say(f"plan-card-{_how(again)}", lang, card=name, **speed)
        took = say("plan-hours", lang, hours=config.epochs * amount.tokens / rate / 3600) if amount else ""
        yield told + took


def _how(again: bool) -> str:
    return "checkpointing" if again else "plain"
