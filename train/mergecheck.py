"""Whether a merged model answers as its base with the adapter does."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModelForCausalLM

from convert.logits import open_tokenizer
from taibao_cli.errors import InputError, ModelError
from train.merge import merge_adapter

MAX_KL = 1e-6
PROMPTS, PROMPT_TOKENS = 64, 256


@dataclass(frozen=True, slots=True)
class MergeCheck:
    """Merged model against base with adapter on a sample of prompts."""

    max_logit_difference: float
    kl: float
    same_top1: float
    tokens: int


def check_merge(base: Path, adapter: Path, merged: Path, prompts: Sequence[list[int]]) -> MergeCheck:
    """Compare next-token distributions over `prompts` (token ids), one model in memory at a time, both in float32.

    The first model's logits wait in a temporary file: four bytes for each token of the prompts times the vocabulary.

    Raises:
        ModelError: the mean KL divergence is above `MAX_KL`.
    """
    worst = total = 0.0
    same = tokens = 0
    with tempfile.TemporaryFile() as kept:
        model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        for logits in _logits(PeftModel.from_pretrained(model, adapter), prompts):
            logits.numpy().tofile(kept)
        del model
        kept.seek(0)
        for logits in _logits(AutoModelForCausalLM.from_pretrained(merged, dtype=torch.float32), prompts):
            a = torch.from_numpy(np.fromfile(kept, np.float32, logits.numel()).reshape(logits.shape))
            worst = max(worst, float((a - logits).abs().max()))
            total += float(_kl(a, logits).sum())
            same += int((a.argmax(-1) == logits.argmax(-1)).sum())
            tokens += len(logits)
    check = MergeCheck(worst, total / tokens, same / tokens, tokens)
    if not check.kl <= MAX_KL:
        raise ModelError(f"{merged}: the merge changed the model (mean KL {check.kl:.2g} over {tokens} tokens)")
    return check


def merge_and_check(base: Path, adapter: Path, out: Path, texts: Sequence[str]) -> MergeCheck:
    """Merge as `merge_adapter` does, compare on `texts`, and write `out` only when both models agree.

    The first `PROMPTS` texts are taken, the first `PROMPT_TOKENS` tokens of each.

    Raises:
        InputError, ModelError: as the two steps do; no text has a token.
    """
    tokenizer = open_tokenizer(base)
    prompts = [tokenizer.encode(text).ids[:PROMPT_TOKENS] for text in texts[:PROMPTS]]
    if not any(prompts):
        raise InputError("the texts hold no tokens; the merge cannot be checked without")
    if out.exists():
        raise InputError(f"{out} exists; remove it or name another folder")
    unchecked = out.with_name(f".{out.name}.unchecked")
    shutil.rmtree(unchecked, ignore_errors=True)
    try:
        merge_adapter(base, adapter, unchecked)
        check = check_merge(base, adapter, unchecked, [prompt for prompt in prompts if prompt])
        unchecked.rename(out)
    finally:
        shutil.rmtree(unchecked, ignore_errors=True)
    return check


def _logits(model: Any, prompts: Sequence[list[int]]) -> Iterator[Tensor]:
    """[tokens, vocabulary] of each prompt."""
    model.eval()
    with torch.inference_mode():
        for prompt in prompts:
            yield model(input_ids=torch.tensor([prompt])).logits[0].contiguous()


def _kl(a: Tensor, b: Tensor) -> Tensor:
    p, q = F.log_softmax(a.double(), -1), F.log_softmax(b.double(), -1)
    return (p.exp() * (p - q)).sum(-1)
