"""LoRA fine-tuning on the tasks (peft), on the same packed trees; the loss is on answers and their closing token."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from taibao_cli.errors import InputError
from train.config import Sft
from train.data.pack import Packs
from train.loop import Facts, Report, run_steps
from train.model import Batch, weighted_loss
from train.precision import compute_dtype
from train.state import restore_state, save_state

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def answers_only(packs: Packs) -> Packs:
    """The same packs without the loss on trunks (language-model loss on texts)."""
    weights = packs.weights.copy()
    weights[packs.branches == 0] = 0.0
    return Packs(packs.ids, packs.positions, packs.trees, packs.branches, weights)


def train_sft(base: Path, config: Sft, packs: Sequence[Packs], out: Path, *, seed: int, report: Report) -> Path:
    """Train an adapter on the checkpoint `base`; returns the adapter folder. Goes on from saved state in `out`.

    Raises:
        InputError: `base` is no checkpoint, or the saved state belongs to another configuration.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="sdpa")
    except (OSError, ValueError) as error:
        raise InputError(f"{base}: not a checkpoint: {str(error).splitlines()[0]}") from None
    lora = LoraConfig(r=config.rank, lora_alpha=config.alpha, target_modules=TARGETS, task_type="CAUSAL_LM")
    tuned: Any = get_peft_model(model, lora)
    tuned.to(device)
    parameters = [p for p in tuned.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=config.lr, betas=(0.9, 0.95), weight_decay=0.0)
    adapter = out / "adapter"
    start = restore_state(adapter, lambda folder: _read_adapter(tuned, folder), [optimizer])
    packs = [answers_only(item) for item in packs]
    tuned.train()
    dtype = compute_dtype(device)
    body = tuned.base_model.model.model

    def train_step(step: int, batch: Batch) -> Facts:
        for group in optimizer.param_groups:
            group["lr"] = config.lr * config.schedule.factor(step)
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            weighted, plain = weighted_loss(tuned, body, batch)
        weighted.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return {"loss": float(weighted.detach()), "plain": float(plain), "lr": optimizer.param_groups[0]["lr"]}

    run_steps(
        packs,
        batch_tokens=config.batch_tokens,
        seed=seed,
        start=start,
        end=config.schedule.steps,
        save_every=config.save_every,
        device=device,
        train_step=train_step,
        save=lambda steps: save_state(adapter, tuned.save_pretrained, [optimizer], steps),
        report=report,
    )
    return adapter


def _read_adapter(tuned: Any, folder: Path) -> None:
    result: Any = set_peft_model_state_dict(tuned, load_file(folder / "adapter_model.safetensors"))
    if result.unexpected_keys:
        raise ValueError(f"unknown adapter weights: {', '.join(result.unexpected_keys[:3])}")
