"""Merging a LoRA adapter into its base in float32, tensor by tensor, with a check on the logits.

W' = W + s·B·A with s = alpha / r, or alpha / sqrt(r) for rsLoRA (Hu et al. 2021; Kalajdzievski 2023). A bfloat16 merge
loses up to a third of a small update, so everything here is float32.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModelForCausalLM

from taibao_cli.errors import InputError, ModelError

MAX_KL = 1e-6
_PREFIX = "base_model.model."


@dataclass(frozen=True, slots=True)
class MergeCheck:
    """Merged model against base with adapter on a sample of prompts."""

    max_logit_difference: float
    kl: float
    same_top1: float
    tokens: int


def merge_adapter(base: Path, adapter: Path, out: Path) -> None:
    """Write the merged checkpoint to `out` (new folder), with the tokenizer and configuration of `base`.

    Raises:
        InputError: a folder is incomplete, the adapter is not plain LoRA, or `out` exists.
    """
    if out.exists():
        raise InputError(f"{out} exists; remove it or name another folder")
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        weights = load_file(base / "model.safetensors")
        deltas = load_file(adapter / "adapter_model.safetensors")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot merge {adapter} into {base}: {error}") from None
    if config.get("peft_type") != "LORA" or config.get("use_dora"):
        raise InputError(f"{adapter}: only plain LoRA adapters merge here")
    scale = config["lora_alpha"] / (config["r"] ** 0.5 if config.get("use_rslora") else config["r"])
    merged = {name: tensor.float() for name, tensor in weights.items()}
    for name, a in deltas.items():
        if name.endswith(".lora_A.weight"):
            target = name.removeprefix(_PREFIX).replace(".lora_A.weight", ".weight")
            if target not in merged:
                raise InputError(f"{adapter}: {target} is not in {base}")
            b = deltas[name.replace(".lora_A.", ".lora_B.")]
            merged[target] = merged[target] + scale * (b.float() @ a.float())
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for path in base.iterdir():
        if path.is_file() and path.suffix != ".safetensors":
            shutil.copyfile(path, part / path.name)
    save_file(merged, part / "model.safetensors", {"format": "pt"})
    part.rename(out)


def check_merge(base: Path, adapter: Path, merged: Path, prompts: list[list[int]]) -> MergeCheck:
    """Compare next-token distributions over `prompts` (token ids).

    Raises:
        ModelError: the mean KL divergence is above `MAX_KL`.
    """
    reference: Any = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), adapter
    ).eval()
    candidate: Any = AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32).eval()
    worst = total = 0.0
    same = tokens = 0
    with torch.inference_mode():
        for prompt in prompts:
            ids = torch.tensor([prompt])
            a, b = reference(input_ids=ids).logits[0], candidate(input_ids=ids).logits[0]
            worst = max(worst, float((a - b).abs().max()))
            total += float(_kl(a, b).sum())
            same += int((a.argmax(-1) == b.argmax(-1)).sum())
            tokens += len(prompt)
    check = MergeCheck(worst, total / tokens, same / tokens, tokens)
    if check.kl > MAX_KL:
        raise ModelError(f"{merged}: the merge changed the model (mean KL {check.kl:.2g} over {tokens} tokens)")
    return check


def _kl(a: Tensor, b: Tensor) -> Tensor:
    p, q = F.log_softmax(a.double(), -1), F.log_softmax(b.double(), -1)
    return (p.exp() * (p - q)).sum(-1)
