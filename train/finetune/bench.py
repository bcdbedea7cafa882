"""Speed of a training step on a model that has only the shape of a real one, beside the same work done the plain way.

Both train the same LoRA on the same examples. Here: packs without padding, isolated attention, the output at labelled
tokens alone, checkpointing only where memory asks for it. The plain way, as scripts around the Hugging Face Trainer do
it: batches padded to their longest example, a mask, logits of every token, checkpointing on. Each is measured in a
process of its own, so that peaks of memory are its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, Final, Literal

import numpy as np
import torch
from peft import get_peft_model
from peft.helpers import disable_input_dtype_casting
from transformers import AutoModelForCausalLM

from taibao_cli.errors import InputError
from train.finetune.architecture import hub_config
from train.finetune.attention import ISOLATED
from train.finetune.batches import make_batch
from train.finetune.config import FineTune
from train.finetune.estimate import SHARE, memory, needs_checkpointing, operations, peak_of
from train.finetune.model import add_adapter, compile_blocks, lora_config, set_checkpointing
from train.finetune.run import device_bytes
from train.instructions.encode import Encoded
from train.instructions.pack import pack_examples
from train.precision import compute_dtype

Way = Literal["packed", "compiled", "plain"]

LABELLED: Final = 0.4
_SPREAD: Final = 0.8
"""Standard deviation of the logarithm of the lengths."""

_PRODUCT: Final = 2048
_PRODUCTS: Final = 16


@dataclass(frozen=True, slots=True)
class Setting:
    """`examples` of about `length` tokens, `batch` at once the plain way, `steps` timed after one that is not."""

    config: FineTune
    examples: int
    length: int
    batch: int
    steps: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One way: real tokens a second (median of the steps), their share of all that were computed, peak memory in bytes
    (of the device; on a processor of the process), and whether blocks were computed twice."""

    way: Way
    tokens_per_s: float
    real_share: float
    peak_bytes: int
    checkpointing: bool
    dtype: str


@dataclass(frozen=True, slots=True)
class Report:
    """The ways that were measured. `operations` are the useful ones of a token, `peak` those of the device in a
    second."""

    ways: tuple[Measured, ...]
    operations: float
    peak: float
    device: str

    def of(self, way: Way) -> Measured:
        return next(each for each in self.ways if each.way == way)

    def mfu(self, way: Measured) -> float:
        """Model FLOPs utilisation: tokens/s x useful operations a token / peak."""
        return way.tokens_per_s * self.operations / self.peak


def bench(setting: Setting, ways: Sequence[Way] = ("packed", "plain")) -> Report:
    """Measure the ways, one after the other.

    Raises:
        InputError: the model does not fit into the memory of the device.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = compute_dtype(device)
    need = memory(setting.config, checkpointing=True, weight_bytes=dtype.itemsize).total
    if need > SHARE * device_bytes(device):
        raise InputError(
            f"the model needs {need / 2**30:.1f} GiB here, more than the device has; take a smaller preset"
        )
    context = multiprocessing.get_context("spawn")
    measured = []
    for way in ways:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            measured.append(pool.submit(measure, setting, way, dtype).result())
    labelled = sum(int(each.labelled.sum()) for each in examples(setting)) / sum(map(len, examples(setting)))
    length = sum(map(len, examples(setting))) / setting.examples
    useful = operations(setting.config, labelled=labelled, length=length).useful
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"processor, {torch.get_num_threads()} threads"
    return Report(tuple(measured), useful, peak_of(name) or _measured_peak(device, dtype), name)


def examples(setting: Setting) -> list[Encoded]:
    """Random tokens with lengths like those of instruction data (log-normal), none longer than a pack."""
    rng = np.random.default_rng(0)
    scale = np.log(setting.length) - _SPREAD**2 / 2
    sizes = np.clip(rng.lognormal(scale, _SPREAD, setting.examples).astype(int), 8, setting.config.pack_tokens)
    made = []
    for size in sizes:
        labelled = np.arange(size) >= size - max(1, round(LABELLED * size))
        made.append(Encoded(rng.integers(0, setting.config.architecture.vocabulary, size).astype(np.int32), labelled))
    return made


def measure(setting: Setting, way: Way, dtype: torch.dtype) -> Measured:
    """One way in this process."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    config = setting.config
    again = way == "plain" or needs_checkpointing(config, device_bytes(device), weight_bytes=dtype.itemsize)
    with torch.device(device):
        model: Any = AutoModelForCausalLM.from_config(
            hub_config(config.architecture), dtype=dtype, attn_implementation="sdpa" if way == "plain" else ISOLATED
        )
    make = _plain if way == "plain" else partial(_packed, compiled=way == "compiled")
    groups, step, real_share = make(setting, model, device, dtype, again)
    times = []
    for number in range(setting.steps + 1):
        start = time.perf_counter()
        for group in groups:
            step(group)
        if device.type == "cuda":
            torch.cuda.synchronize()
        if number:
            times.append(time.perf_counter() - start)
    tokens = sum(len(each) for each in examples(setting))
    return Measured(way, tokens / median(times), real_share, _peak(device), again, str(dtype).removeprefix("torch."))


Step = Callable[[Any], None]


def _packed(
    setting: Setting, model: Any, device: torch.device, dtype: torch.dtype, again: bool, *, compiled: bool
) -> tuple[Sequence[Any], Step, float]:
    config = setting.config
    trainee = add_adapter(model, config.adapter, (), chunk=config.loss_chunk, seed=0)
    trainee.train()
    set_checkpointing(trainee, on=again)
    if compiled:
        compile_blocks(trainee)
    optimizer = torch.optim.AdamW([p for p in trainee.parameters() if p.requires_grad], lr=1e-4)
    packed = pack_examples(examples(setting), config.pack_tokens)
    groups = [
        make_batch([packed.pack(n) for n in range(at, min(at + config.micro_packs, len(packed)))]).to(device)
        for at in range(0, len(packed), config.micro_packs)
    ]
    half = dtype != torch.float32

    def step(batch: Any) -> None:
        with torch.autocast(device.type, dtype, enabled=half), disable_input_dtype_casting(trainee, active=half):
            loss = trainee(batch) / len(batch.targets)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return groups, step, 1.0


def _plain(
    setting: Setting, model: Any, device: torch.device, dtype: torch.dtype, again: bool
) -> tuple[Sequence[Any], Step, float]:
    tuned: Any = get_peft_model(model, lora_config(setting.config.adapter))
    tuned.train()
    if again:
        tuned.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=1e-4)
    every = examples(setting)
    groups = [_padded(every[at : at + setting.batch], device) for at in range(0, len(every), setting.batch)]
    real = sum(int(group["attention_mask"].sum()) for group in groups)
    computed = sum(group["input_ids"].numel() for group in groups)

    def step(group: Any) -> None:
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            loss = tuned(**group).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()

    return groups, step, real / computed


def _padded(group: Sequence[Encoded], device: torch.device) -> dict[str, torch.Tensor]:
    """input_ids, attention_mask and labels [examples, longest], padded on the right."""
    longest = max(map(len, group))
    ids = torch.zeros(len(group), longest, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, example in enumerate(group):
        own = torch.from_numpy(example.ids).long()
        ids[row, : len(own)] = own
        mask[row, : len(own)] = 1
        labels[row, : len(own)] = torch.where(torch.from_numpy(example.labelled), own, -100)
    return {"input_ids": ids.to(device), "attention_mask": mask.to(device), "labels": labels.to(device)}


def _peak(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _measured_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Operations a second of the fastest of some products of square matrices, in the format that was trained in."""
    a = torch.ones(_PRODUCT, _PRODUCT, dtype=dtype, device=device)
    times = []
    for _ in range(_PRODUCTS):
        start = time.perf_counter()
        a @ a
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 2.0 * _PRODUCT**3 / min(times)
