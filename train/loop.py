"""The loop of base training and fine-tuning: batches in order, a report for each step, saved state on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from train.data.pack import Packs, batches
from train.model import Batch, make_batch

Facts = dict[str, Any]
Report = Callable[[Facts], None]
TrainStep = Callable[[int, Batch], Facts]


def run_steps(
    packs: Sequence[Packs],
    *,
    batch_tokens: int,
    seed: int,
    start: int,
    end: int,
    save_every: int,
    device: torch.device,
    train_step: TrainStep,
    save: Callable[[int], None],
    report: Report,
) -> None:
    """Call `train_step(step, batch)` for the steps from `start` to before `end`; its facts are reported with the speed.

    The order of the batches depends on `seed` alone: a run that starts at a saved step sees the batches that one run
    from the beginning would see. `save(steps done)` is called every `save_every` steps and at the end.
    """
    order = batches(packs, batch_tokens, seed)
    seconds = time.monotonic()
    for step in range(end):
        which, rows = next(order)
        if step < start:
            continue
        batch = make_batch(packs[which].take(rows)).to(device)
        facts = train_step(step, batch)
        now = time.monotonic()
        size = int(batch.ids.numel())
        speed = {"length": packs[which].length, "tokens": size, "tokens_per_s": round(size / (now - seconds), 1)}
        report({"step": step + 1, **facts, **speed})
        seconds = now
        if (step + 1) % save_every == 0 or step + 1 == end:
            save(step + 1)
