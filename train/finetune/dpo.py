"""Preference training with TRL (Rafailov et al. 2023) on pairs that checks have decided.

The reference is the model as it came: with `adapter`, a frozen copy of it; without one, the checkpoint itself, adapters
off. How far the trained model has moved from it is measured, not assumed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from datasets import Dataset
from peft import PeftModel, get_peft_model
from peft.helpers import disable_input_dtype_casting
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.utils import use_adapter

from taibao_cli.engine.base import Message, Role
from taibao_cli.engine.chatml import CHATML_TEMPLATE, END
from taibao_cli.errors import InputError
from train import manifest
from train.finetune.config import FineTune
from train.finetune.model import lora_config
from train.instructions.encode import Encoder
from train.instructions.ranked import Ranked, read_ranked
from train.merge import TEMPLATE
from train.precision import compute_dtype
from train.state import replace_folder


@dataclass(frozen=True, slots=True)
class Pair:
    """Tokens of a prompt with the better and the worse answer; `start` is where the answers begin."""

    start: int
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """On held-out pairs: how often the better answer is the more probable one, and the mean divergence
    KL(model || reference) in nats over the tokens of both answers."""

    preferred: float
    kl: float


@dataclass(frozen=True, slots=True)
class Preferences:
    """Rows in TRL's conversational form, from files of `taibao train data preferences` or of LLaMA-Factory."""

    rows: Sequence[Ranked]

    @classmethod
    def read(cls, paths: Sequence[Path]) -> Preferences:
        """Raises InputError naming file and line."""
        return cls([row for path in paths for row in read_ranked(path)])

    def pairs(self, encoder: Encoder) -> list[Pair]:
        made = []
        for row in self.rows:
            prompt = [Message(cast(Role, each["role"]), each["content"]) for each in row["prompt"]]
            ends = [(*prompt, Message("assistant", row[side][0]["content"])) for side in ("chosen", "rejected")]
            chosen, rejected = (tuple(int(t) for t in each.ids) for each in encoder.encode(ends))
            made.append(Pair(len(encoder.prompt(prompt)), chosen, rejected))
        return made


@dataclass(frozen=True, slots=True)
class DpoJob:
    """`beta` weighs the distance from the reference; `lr` and `epochs` take the place of those of `config`."""

    config: FineTune
    checkpoint: Path
    adapter: Path | None
    data: Preferences
    dev: Preferences
    out: Path
    beta: float = 0.1
    lr: float = 5e-6
    epochs: int = 1


def train_dpo(job: DpoJob) -> tuple[Standing, Standing]:
    """Train, resuming an interrupted run; writes `adapter/` and `manifest.json`. Returns before and after. A finished
    run is left alone.

    Raises:
        InputError: the checkpoint or adapter cannot be read, or the adapter trains token rows.
    """
    key = manifest.digest([asdict(job.config), job.beta, job.lr, job.epochs, job.data.rows])
    if manifest.finished(job.out / "manifest.json", key):
        stated = json.loads((job.out / "manifest.json").read_text(encoding="utf-8"))["results"]
        return Standing(**stated["before"]), Standing(**stated["after"])
    torch.manual_seed(job.config.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}.get(job.config.precision) or compute_dtype(device)
    encoder = Encoder(job.checkpoint)
    model = _model(job, dtype, device)
    pairs = job.dev.pairs(encoder)
    trainer = _trainer(job, model, dtype, device)
    before = standing(trainer.model, pairs, dtype)
    saved = sorted((job.out / "state").glob("checkpoint-*"))
    with manifest.stage(job.out / "manifest.json", "dpo", key, _inputs(job)) as results:
        trainer.train(resume_from_checkpoint=bool(saved))
        after = standing(trainer.model, pairs, dtype)
        results.update(before=asdict(before), after=asdict(after), steps=trainer.state.global_step)
        results["log"] = trainer.state.log_history
        replace_folder(job.out / "adapter", lambda part: _write(trainer.model, part))
    return before, after


def _write(model: Any, folder: Path) -> None:
    model.save_pretrained(folder, selected_adapters=["default"])
    (folder / TEMPLATE).write_text(CHATML_TEMPLATE, encoding="utf-8")


def _model(job: DpoJob, dtype: torch.dtype, device: torch.device) -> Any:
    if job.config.quantize != "none":
        raise InputError(f"dpo trains on whole weights; the configuration has quantize = {job.config.quantize!r}")
    try:
        base: Any = AutoModelForCausalLM.from_pretrained(job.checkpoint, dtype=dtype, device_map={"": device})
        if job.adapter is None:
            return get_peft_model(base, lora_config(job.config.adapter))
        told = json.loads((job.adapter / "adapter_config.json").read_text(encoding="utf-8"))
        if told.get("trainable_token_indices"):
            raise InputError(f"{job.adapter} trains token rows; merge it and give the merged folder as --checkpoint")
        return PeftModel.from_pretrained(base, job.adapter, is_trainable=True)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot load {job.adapter or job.checkpoint}: {str(error).splitlines()[0]}") from None


def _trainer(job: DpoJob, model: Any, dtype: torch.dtype, device: torch.device) -> Any:
    tokenizer: Any = AutoTokenizer.from_pretrained(job.checkpoint)
    tokenizer.chat_template = CHATML_TEMPLATE
    tokenizer.eos_token = END
    config = job.config
    batch = max(1, config.batch_tokens // (2 * config.pack_tokens))
    arguments = DPOConfig(
        output_dir=str(job.out / "state"),
        beta=job.beta,
        learning_rate=job.lr,
        num_train_epochs=job.epochs,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=batch,
        max_length=config.pack_tokens,
        max_grad_norm=config.clip,
        warmup_steps=0.1,
        lr_scheduler_type="linear",
        bf16=dtype == torch.bfloat16,
        use_cpu=device.type == "cpu",
        gradient_checkpointing=config.checkpointing != "off",
        logging_steps=1,
        save_steps=config.save_every,
        save_total_limit=1,
        report_to="none",
        seed=config.seed,
        disable_tqdm=True,
    )
    return DPOTrainer(
        model, args=arguments, train_dataset=Dataset.from_list(list(job.data.rows)), processing_class=tokenizer
    )


def standing(model: Any, pairs: Sequence[Pair], dtype: torch.dtype) -> Standing:
    """How a peft model stands to its reference on `pairs`: the adapter "ref", TRL's copy of the one it was given, else
    no adapter."""
    preferred = total = 0.0
    tokens = 0
    training = model.training
    model.eval()
    with torch.inference_mode(), disable_input_dtype_casting(model, active=dtype != torch.float32):
        for pair in pairs:
            probabilities = []
            for ids in (pair.chosen, pair.rejected):
                own = _log_probabilities(model, ids, pair.start, dtype)
                with use_adapter(model, "ref" if "ref" in model.peft_config else None):
                    other = _log_probabilities(model, ids, pair.start, dtype)
                total += float((own.exp() * (own - other)).sum())
                tokens += len(own)
                wanted = torch.tensor(ids[pair.start :], device=own.device)
                probabilities.append(float(own.gather(1, wanted[:, None]).sum()))
            preferred += probabilities[0] > probabilities[1]
    model.train(training)
    return Standing(preferred / len(pairs), total / tokens)


def _log_probabilities(model: Any, ids: Sequence[int], start: int, dtype: torch.dtype) -> torch.Tensor:
    """[answer tokens, vocabulary] in float32."""
    device = next(model.parameters()).device
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        logits = model(input_ids=torch.tensor([list(ids)], device=device), use_cache=False).logits[0]
    return logits[start - 1 : -1].float().log_softmax(-1)


def _inputs(job: DpoJob) -> dict[str, Any]:
    return {
        "config": asdict(job.config),
        "checkpoint": str(job.checkpoint),
        "adapter": None if job.adapter is None else str(job.adapter),
        "pairs": len(job.data.rows),
        "dev_pairs": len(job.dev.rows),
        "beta": job.beta,
        "lr": job.lr,
        "epochs": job.epochs,
    }
