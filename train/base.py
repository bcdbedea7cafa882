"""Training the base model from scratch on packed trees, resumable to the same losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from train.config import Base
from train.data.pack import Packs
from train.loop import Facts, Report, run_steps
from train.model import Batch, make_model, weighted_loss
from train.optim import Muon
from train.precision import compute_dtype
from train.shape import Shape
from train.state import restore_state, save_state


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ids of the tokens that end an answer and that pad."""

    eos: int
    pad: int


def train_base(
    shape: Shape,
    config: Base,
    packs: Sequence[Packs],
    tokens: Tokens,
    start: Mapping[str, Tensor],
    out: Path,
    *,
    seed: int,
    report: Report,
    stop_at: int | None = None,
) -> Path:
    """Train to the end of the schedule (or to step `stop_at`) and return the checkpoint folder.

    `start` are weights to begin with, by their names in the model; the others are random.

    State is saved every `save_every` steps and at the end; a later call goes on from there with the same batches,
    optimizer state and learning rates, so the losses are those of an uninterrupted run.

    Raises:
        InputError: the saved state belongs to another shape or schedule.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = make_model(shape, eos=tokens.eos, pad=tokens.pad, seed=seed)
    model.load_state_dict(start, strict=False)
    model.to(device)
    dtype = compute_dtype(device)
    optimizers = _optimizers(model, config, dtype)
    checkpoint = out / "checkpoint"
    done = restore_state(checkpoint, lambda folder: _read_weights(model, folder), optimizers)
    body = torch.compile(model.model, dynamic=False) if config.compile else model.model
    model.train()

    def train_step(step: int, batch: Batch) -> Facts:
        factor = config.schedule.factor(step)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * factor
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            weighted, plain = weighted_loss(model, body, batch)
        weighted.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        return {"loss": float(weighted.detach()), "plain": float(plain), "lr": factor, "norm": norm}

    run_steps(
        packs,
        batch_tokens=config.batch_tokens,
        seed=seed,
        start=done,
        end=config.schedule.steps if stop_at is None else min(stop_at, config.schedule.steps),
        save_every=config.save_every,
        device=device,
        train_step=train_step,
        save=lambda steps: save_state(checkpoint, lambda folder: _write_weights(model, folder), optimizers, steps),
        report=report,
    )
    return checkpoint


def _optimizers(model: Any, config: Base, dtype: torch.dtype) -> list[torch.optim.Optimizer]:
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    rest = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    muon = Muon(matrices, lr=config.muon_lr, dtype=dtype)
    adam = torch.optim.AdamW(rest, lr=config.adam_lr, betas=(0.9, 0.95), weight_decay=0.0)
    for optimizer in (muon, adam):
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return [muon, adam]


def _write_weights(model: Any, folder: Path) -> None:
    model.config.save_pretrained(folder)
    weights = {name: p.detach().cpu().contiguous() for name, p in model.named_parameters()}
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def _read_weights(model: Any, folder: Path) -> None:
    missing = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False).missing_keys
    if set(missing) - {"lm_head.weight"}:
        raise ValueError(f"weights missing: {', '.join(missing[:3])}")
