"""Base training: exact resume, refusal of foreign state, and that it learns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taibao_cli.errors import InputError
from train.base import Tokens, train_base
from train.config import Base, Schedule
from train.data.pack import Packs, pack
from train.data.trees import Tokens as Tree
from train.shape import Shape

SHAPE = Shape(vocabulary=64, hidden=256, layers=1, intermediate=256, context=64)
CONFIG = Base(batch_tokens=128, save_every=2, compile=False, schedule=Schedule(steps=8, warmup=2, decay=0.5))


def _data() -> list[Packs]:
    rng = np.random.default_rng(0)

    def tree(size: int) -> Tree:
        start = int(rng.integers(0, 40))
        ids = (start + np.arange(size)) % 61
        return Tree(
            ids.astype(np.int32),
            np.arange(size, dtype=np.int32),
            np.zeros(size, np.int32),
            np.ones(size, np.float32) * (np.arange(size) > 0),
        )

    return [pack([tree(20) for _ in range(60)], 32), pack([tree(50) for _ in range(20)], 64)]


def _run(out: Path, stop_at: int | None = None, config: Base = CONFIG, shape: Shape = SHAPE) -> list[float]:
    losses: list[float] = []

    def report(facts: dict[str, Any]) -> None:
        losses.append(facts["loss"])

    train_base(shape, config, _data(), Tokens(eos=63, pad=61), {}, out, seed=7, report=report, stop_at=stop_at)
    return losses


def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = _run(tmp_path / "whole")
    resumed = _run(tmp_path / "parts", stop_at=3) + _run(tmp_path / "parts", stop_at=5) + _run(tmp_path / "parts")
    assert resumed == whole
    assert len(whole) == 8


def test_it_learns(tmp_path: Path) -> None:
    losses = _run(
        tmp_path / "run",
        config=Base(batch_tokens=256, save_every=50, compile=False, schedule=Schedule(steps=30, warmup=3)),
    )
    assert losses[-1] < losses[0] / 2


def test_state_of_another_shape_is_refused(tmp_path: Path) -> None:
    _run(tmp_path / "run", stop_at=2)
    with pytest.raises(InputError, match="does not fit this configuration"):
        _run(tmp_path / "run", shape=Shape(vocabulary=64, hidden=256, layers=2, intermediate=256, context=64))


def test_the_schedule_warms_up_holds_and_decays() -> None:
    schedule = Schedule(steps=100, warmup=10, decay=0.5, floor=0.1)
    assert [schedule.factor(step) for step in (0, 9, 10, 49)] == [0.1, 1.0, 1.0, 1.0]
    assert schedule.factor(75) == pytest.approx(0.55)
    assert schedule.factor(99) == pytest.approx(0.118)
