"""A checkpoint with trainable adapters, as a module whose output is the loss of a batch."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig, get_peft_model
from peft.tuners.lora import LoraLayer
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from taibao_cli.errors import InputError, MissingExtraError
from train.finetune.architecture import TARGETS
from train.finetune.attention import ISOLATED
from train.finetune.batches import Batch
from train.finetune.config import Adapter
from train.finetune.loss import label_loss
from train.finetune.rows import RowEmbedding, RowHead, train_rows

_SVD_ROUNDS: Final = 16


class Trainee(nn.Module):
    """`tuned` is peft's model. Called with a batch it gives the summed loss of its labelled tokens."""

    def __init__(self, tuned: Any, *, chunk: int) -> None:
        super().__init__()
        self.tuned = tuned
        self._chunk = chunk

    @property
    def causal(self) -> Any:
        """The transformers model inside, adapters in its layers."""
        return self.tuned.base_model.model

    def forward(self, batch: Batch) -> Tensor:
        head = self.causal.get_output_embeddings()
        own = isinstance(head, RowHead)
        return label_loss(
            self.states(batch),
            head.weight,
            batch.targets,
            chunk=self._chunk,
            rows=head.rows if own else None,
            places=head.places if own else None,
        )

    def states(self, batch: Batch) -> Tensor:
        """Hidden states before the labelled tokens, [labels, width]."""
        out = self.causal.model(
            input_ids=batch.ids,
            position_ids=batch.positions,
            use_cache=False,
            cu_seq_lens_q=batch.cuts,
            max_length_q=batch.longest,
            bounds=batch.bounds,
        )
        states: Tensor = out.last_hidden_state[0, batch.before]
        return states


def load_base(checkpoint: Path, dtype: torch.dtype, device: torch.device, *, quantize: str = "none") -> Any:
    """The causal model with isolated attention, its blocks' matrices in 4 bits with `quantize` nf4. Transformers' own
    progress bars are turned off.

    Raises:
        InputError: it is no checkpoint that transformers reads.
        MissingExtraError: 4 bits without bitsandbytes.
    """
    logging.disable_progress_bar()
    bits = four_bits(dtype) if quantize == "nf4" else None
    try:
        return AutoModelForCausalLM.from_pretrained(
            checkpoint, dtype=dtype, attn_implementation=ISOLATED, device_map={"": device}, quantization_config=bits
        )
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{checkpoint}: not a checkpoint: {str(error).splitlines()[0]}") from None


def four_bits(dtype: torch.dtype) -> Any:
    """NF4 with quantized scales; products in `dtype`. Raises MissingExtraError without bitsandbytes."""
    if find_spec("bitsandbytes") is None:
        raise MissingExtraError("bitsandbytes", "qlora")
    from transformers import BitsAndBytesConfig

    make: Any = BitsAndBytesConfig
    return make(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )


def add_adapter(model: Any, adapter: Adapter, places: tuple[int, ...], *, chunk: int, seed: int) -> Trainee:
    """Freeze `model` and give its blocks adapters, in float32; `places` are token rows to train, none for ().

    PiSSA begins as LoRA here; `begin_at_principal` makes it what it is.
    """
    torch.manual_seed(seed)
    tuned = get_peft_model(model, lora_config(adapter))
    if places:
        train_rows(model, places, tied=bool(model.config.tie_word_embeddings))
    return Trainee(tuned, chunk=chunk)


def lora_config(adapter: Adapter) -> Any:
    return LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        use_rslora=adapter.kind == "rslora",
        use_dora=adapter.kind == "dora",
        target_modules=list(TARGETS),
        task_type="CAUSAL_LM",
    )


def begin_at_principal(trainee: Trainee, file: Path, *, seed: int, write: bool) -> None:
    """PiSSA: A and B become the `rank` principal directions of each matrix, which loses them.

    They are kept in `file`, where they are read from when it exists: a resumed run subtracts what the first one did.
    `write` says whether this process writes it.
    """
    kept = load_file(file) if file.is_file() else {}
    torch.manual_seed(seed)
    found: dict[str, Tensor] = {}
    layers: list[tuple[str, Any]] = [(n, m) for n, m in trainee.named_modules() if isinstance(m, LoraLayer)]
    for name, layer in layers:
        weight, scale, rank = layer.get_base_layer().weight, layer.scaling["default"], layer.r["default"]
        names = f"{name}.A", f"{name}.B"
        if kept:
            a, b = (kept[each].to(weight.device) for each in names)
        else:
            left, values, right = torch.svd_lowrank(weight.detach().float(), q=rank, niter=_SVD_ROUNDS)
            roots = (values / scale).sqrt()
            a, b = (right * roots).T.contiguous(), (left * roots).contiguous()
        with torch.no_grad():
            layer.lora_A["default"].weight.copy_(a)
            layer.lora_B["default"].weight.copy_(b)
            weight.copy_(weight.float() - scale * (b @ a))
        found |= {names[0]: a.cpu(), names[1]: b.cpu()}
    if write and not kept:
        part = file.with_name(file.name + ".part")
        save_file(found, part)
        part.replace(file)


def set_checkpointing(trainee: Trainee, *, on: bool) -> None:
    """Whether blocks keep their input alone and are computed again for the gradient."""
    if on:
        trainee.causal.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    else:
        trainee.causal.gradient_checkpointing_disable()


def compile_blocks(trainee: Trainee) -> None:
    """Compile what does not depend on where examples begin and end: norms and feed-forwards of each block. Names of
    parameters stay. Attention loops over the examples of a pack, which would be compiled anew for every pack."""
    for layer in trainee.causal.model.layers:
        for part in (layer.input_layernorm, layer.post_attention_layernorm, layer.mlp):
            part.compile(dynamic=True)


def trained(trainee: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name."""
    return {name: parameter for name, parameter in trainee.named_parameters() if parameter.requires_grad}


def token_rows(trainee: Trainee) -> dict[str, tuple[tuple[int, ...], str]]:
    """(places, name of the parameter) by the name that peft has for the module: `embed_tokens`, and `lm_head` when it
    has rows of its own."""
    embedding, head = trainee.causal.get_input_embeddings(), trainee.causal.get_output_embeddings()
    if not isinstance(embedding, RowEmbedding):
        return {}
    inner = "tuned.base_model.model"
    rows = {"embed_tokens": (embedding.places, f"{inner}.model.embed_tokens.rows")}
    if head.rows is not embedding.rows:
        rows["lm_head"] = (embedding.places, f"{inner}.lm_head.rows")
    return rows
