"""Fine-tuning as a loop: steps, saved state, evaluations, the best adapter at the end."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from peft.helpers import disable_input_dtype_casting

from taibao_cli.errors import InputError, ModelError
from train.config import Schedule
from train.finetune.adapter import write_adapter
from train.finetune.batches import Order, labels_of, make_batch, shares
from train.finetune.config import FineTune
from train.finetune.estimate import needs_checkpointing, packs_per_step
from train.finetune.log import Log, curves
from train.finetune.model import (
    add_adapter,
    begin_at_principal,
    compile_blocks,
    load_base,
    set_checkpointing,
    trained,
)
from train.finetune.score import Question, answers, macro, worth
from train.finetune.shard import shard, whole
from train.finetune.state import restore, save, trained_values
from train.instructions.encode import Encoder
from train.instructions.pack import PackedData
from train.precision import compute_dtype
from train.state import recover_folder, replace_folder

Facts = dict[str, Any]
Report = Callable[[Facts], None]

WIDTH: Final = 16
"""Most dev questions that are answered at once."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is trained: `config` with the shape of the checkpoint, packed data, and for the evaluations packed dev data
    and questions. `key` names all of it; a folder `out` that was begun with another key is refused."""

    config: FineTune
    checkpoint: Path
    encoder: Encoder
    data: PackedData
    dev: PackedData | None
    questions: Sequence[Question]
    out: Path
    key: str

    @property
    def order(self) -> Order:
        return Order(len(self.data), packs_per_step(self.config), self.config.epochs, self.config.seed)

    @property
    def adapter(self) -> Path:
        return self.out / "adapter"


class Run:
    """A run on one process or several (started by accelerate or torchrun). `report` is told of steps and evaluations,
    on the first process alone."""

    def __init__(self, job: Job, report: Report) -> None:
        self.job, self._report = job, report
        refuse_engines(os.environ)
        self._accelerator = Accelerator(cpu=not torch.cuda.is_available())
        self.main = self._accelerator.is_main_process
        self._begin_folder()
        config, device = job.config, self._accelerator.device
        self.dtype = {"f32": torch.float32, "bf16": torch.bfloat16}.get(config.precision) or compute_dtype(device)
        self.dtype = _agreed(self._accelerator, self.dtype)
        places = (job.encoder.start, job.encoder.end) if config.adapter.chat_tokens else ()
        base = load_base(job.checkpoint, self.dtype, device, quantize=config.quantize)
        self.trainee = add_adapter(base, config.adapter, places, chunk=config.loss_chunk, seed=config.seed)
        self._principal = job.out / "principal.safetensors"
        if config.adapter.kind == "pissa":
            begin_at_principal(self.trainee, self._principal, seed=config.seed, write=self.main)
        self.checkpointing = config.checkpointing == "on" or (
            config.checkpointing == "auto"
            and needs_checkpointing(config, device_bytes(device), weight_bytes=self.dtype.itemsize)
        )
        set_checkpointing(self.trainee, on=self.checkpointing)
        if config.compile:
            compile_blocks(self.trainee)
        self._sharded = config.shard and self._accelerator.num_processes > 1
        if self._sharded:
            shard(self.trainee, device, self._accelerator.num_processes)
        self._model: Any = self.trainee if self._sharded else self._accelerator.prepare(self.trainee)
        self._parameters = list(trained(self.trainee).values())
        self._optimizer = torch.optim.AdamW(self._parameters, lr=config.lr, betas=(0.9, 0.95), weight_decay=0.0)
        if self.main:
            recover_folder(job.out / "state")
            recover_folder(job.out / "best")
        self._accelerator.wait_for_everyone()
        self.progress = restore(job.out / "state", self.trainee, self._optimizer)
        self._schedule = Schedule(
            steps=job.order.steps, warmup=max(1, round(config.warmup * job.order.steps)), decay=config.decay,
            floor=config.floor,
        )  # fmt: skip

    def run(self) -> Path:
        """Train to the end or to the early stop; returns the adapter folder.

        Raises:
            ModelError: the loss is no number any more.
        """
        job, config = self.job, self.job.config
        log = Log(job.out / "log.jsonl", self.progress.step) if self.main else None
        if self.progress.step == 0 and job.dev is not None:
            self._tell(log, self._evaluate(0))
        while self.progress.step < job.order.steps and not self._stopped():
            facts = self._step(self.progress.step)
            self.progress = replace(self.progress, step=facts["step"])
            self._tell(log, facts)
            last = self.progress.step == job.order.steps
            if job.dev is not None and (last or self.progress.step % config.evaluate_every == 0):
                self._evaluated(log, self._evaluate(self.progress.step))
            if last or self._stopped() or self.progress.step % config.save_every == 0:
                self._save(log)
        self._finish(log)
        return job.adapter

    def _stopped(self) -> bool:
        return 0 < self.job.config.patience <= self.progress.since

    def _step(self, step: int) -> Facts:
        start = time.monotonic()
        job, config, accelerator = self.job, self.job.config, self._accelerator
        rank, world = accelerator.process_index, accelerator.num_processes
        numbers = job.order.of_step(step)
        labels = labels_of(job.data, numbers)
        rate = config.lr * self._schedule.factor(step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(config.seed * 1_000_003 + step * world + rank)
        self._model.train()
        total = torch.zeros((), device=accelerator.device)
        own = shares(numbers, config.micro_packs, rank, world)
        for at, (packs, counts) in enumerate(own):
            with self._summing(last=at == len(own) - 1):
                loss = self._loss(packs, job.data)
                accelerator.backward(loss * (world / labels if counts else 0.0))
            total += loss.detach() * counts
        norm = whole(torch.nn.utils.clip_grad_norm_(self._parameters, config.clip))
        self._optimizer.step()
        self._optimizer.zero_grad()
        mean = float(accelerator.reduce(total, "sum")) / labels
        if mean != mean or abs(mean) == float("inf"):
            raise ModelError(f"step {step + 1}: the loss is {mean}; lower lr, or train in f32 (precision)")
        seconds = time.monotonic() - start
        tokens = sum(len(job.data.pack(number).ids) for number in numbers)
        return {
            "step": step + 1, "steps": job.order.steps, "loss": mean, "lr": rate, "norm": float(norm),
            "tokens": tokens, "labels": labels, "seconds": round(seconds, 3),
            "tokens_per_s": round(tokens / seconds, 1), "memory": _peak_bytes(accelerator.device),
        }  # fmt: skip

    @contextmanager
    def _summing(self, *, last: bool) -> Iterator[None]:
        """Gradients of micro-batches add up in each process, and over the processes with the `last` one."""
        if self._sharded:
            self._model.set_requires_gradient_sync(last)
            yield
        else:
            with nullcontext() if last else self._accelerator.no_sync(self._model):
                yield

    def _loss(self, numbers: Sequence[int], data: PackedData) -> torch.Tensor:
        """Summed over the labels of the packs."""
        batch = make_batch([data.pack(number) for number in numbers]).to(self._accelerator.device)
        with self._precision():
            loss: torch.Tensor = self._model(batch)
        return loss

    @contextmanager
    def _precision(self) -> Iterator[None]:
        """In bfloat16 the adapters' own float32 is cast by autocast alone; peft would cast their inputs up before."""
        half, kind = self.dtype != torch.float32, self._accelerator.device.type
        with torch.autocast(kind, self.dtype, enabled=half), disable_input_dtype_casting(self.trainee, active=half):
            yield

    def _evaluate(self, step: int) -> Facts:
        """Dev loss, and the score of the questions where there are any."""
        start = time.monotonic()
        job, accelerator = self.job, self._accelerator
        assert job.dev is not None
        self._model.eval()
        total = torch.zeros((), device=accelerator.device)
        everything = list(range(len(job.dev)))
        own = shares(everything, job.config.micro_packs, accelerator.process_index, accelerator.num_processes)
        with torch.no_grad():
            for packs, counts in own:
                total += self._loss(packs, job.dev) * counts
        loss = float(accelerator.reduce(total, "sum")) / labels_of(job.dev, everything)
        score, scores = self._score()
        seconds = round(time.monotonic() - start, 1)
        return {"step": step, "dev_loss": loss, "score": score, "scores": scores, "eval_seconds": seconds}

    def _score(self) -> tuple[float | None, dict[str, float]]:
        accelerator = self._accelerator
        own = self.job.questions[accelerator.process_index :: accelerator.num_processes]
        tokens = 2 * self.job.config.pack_tokens * self.job.config.micro_packs  # keys and values weigh less than a step
        with self._precision():
            said = list(answers(self.trainee.causal, own, self.job.encoder, width=WIDTH, tokens=tokens))
        pairs = [(q.task, worth(q.task, text, q.gold)) for q, text in zip(own, said, strict=True)]
        worths: dict[str, list[float]] = defaultdict(list)
        for task, value in gather_object(pairs) if accelerator.num_processes > 1 else pairs:
            worths[task].append(value)
        return macro(worths) if worths else (None, {})

    def _evaluated(self, log: Log | None, facts: Facts) -> None:
        by_score = self.job.config.stop_on == "score" and facts["score"] is not None
        value = facts["score"] if by_score else -facts["dev_loss"]
        self.progress = self.progress.after(facts["step"], value)
        self._tell(log, facts)
        if self.progress.best_step == facts["step"]:
            self._write_adapter(self.job.out / "best")

    def _tell(self, log: Log | None, facts: Facts) -> None:
        if log is not None:
            log.add(facts)
            self._report(facts)

    def _save(self, log: Log | None) -> None:
        save(self.job.out / "state", self.trainee, self._optimizer, self.progress, main=self.main)
        if log is not None:
            (self.job.out / "curves.svg").write_text(curves(log.rows), encoding="utf-8")

    def _write_adapter(self, folder: Path) -> None:
        job, values = self.job, trained_values(self.trainee)
        if not self.main:
            return
        replace_folder(
            folder,
            lambda part: write_adapter(part, self.trainee, values, job.config.adapter, job.checkpoint, self._principal),
        )

    def _finish(self, log: Log | None) -> None:
        best = self.job.out / "best"
        if self.job.dev is None:
            self._write_adapter(self.job.adapter)
        elif self.main:
            replace_folder(self.job.adapter, lambda part: _copy(best, part))
        if log is not None:
            (self.job.out / "curves.svg").write_text(curves(log.rows), encoding="utf-8")
        self._accelerator.wait_for_everyone()

    def _begin_folder(self) -> None:
        begun = self.job.out / "begun.json"
        if begun.is_file() and json.loads(begun.read_text(encoding="utf-8")).get("key") != self.job.key:
            raise InputError(f"{self.job.out} holds a run of another configuration, model or data; give another -o")
        if self.main and not begun.is_file():
            self.job.out.mkdir(parents=True, exist_ok=True)
            part = begun.with_name("begun.part")
            facts = {"key": self.job.key, "checkpoint": str(self.job.checkpoint), "config": asdict(self.job.config)}
            part.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            part.replace(begun)
        self._accelerator.wait_for_everyone()


def refuse_engines(environment: Mapping[str, str]) -> None:
    """Raises InputError when accelerate was told to let DeepSpeed or its own FSDP take the steps."""
    for name, variable in (("DeepSpeed", "ACCELERATE_USE_DEEPSPEED"), ("FSDP", "ACCELERATE_USE_FSDP")):
        if environment.get(variable, "").lower() == "true":
            raise InputError(
                f"the launch configuration hands the steps to {name}; this training takes them itself, the same on one "
                "process and on many. Launch with `taibao train launch`, and spread the weights with shard = true"
            )


def device_bytes(device: torch.device) -> float:
    """Memory of the device, in use or not."""
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def _agreed(accelerator: Any, dtype: torch.dtype) -> torch.dtype:
    """bfloat16 only when every process measured it faster."""
    half = torch.tensor(float(dtype == torch.bfloat16), device=accelerator.device)
    all_half = float(accelerator.reduce(half, "sum")) == accelerator.num_processes
    return torch.bfloat16 if all_half else torch.float32


def _peak_bytes(device: torch.device) -> int | None:
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None


def _copy(source: Path, target: Path) -> None:
    for path in source.iterdir():
        shutil.copyfile(path, target / path.name)
