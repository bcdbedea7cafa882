"""Runs a checkpoint over calibration texts, one block of layers in memory at a time, and gathers input statistics."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convert.checkpoint import Checkpoint, open_checkpoint
from convert.extras import require
from convert.hparams import read_hparams
from convert.imatrix import ImportanceMatrix
from convert.logits import open_tokenizer
from convert.safetensors import Tensor
from convert.tensors import EMBEDDING, HEAD, LAYER_TENSORS
from taibao_cli.errors import InputError, ModelError

if TYPE_CHECKING:
    from torch import Tensor as TorchTensor


def importance_matrix(
    folder: Path,
    texts: Sequence[str],
    *,
    dataset: str,
    chunk_size: int = 512,
    chunks: int | None = None,
    threads: int | None = None,
) -> ImportanceMatrix:
    """Mean squares of the inputs of every matrix in the layers of the checkpoint `folder`, over `texts`.

    The texts are joined, an end-of-text token between them, and cut into windows of `chunk_size` tokens, of which the
    first `chunks` are run in float32. Weights of one layer and the hidden states of all windows are in memory
    (chunks · chunk_size · width · 4 bytes).

    Raises:
        ModelError: the checkpoint is incomplete or a mixture of experts.
        InputError: the texts hold no window's worth of tokens.
        MissingExtraError: torch, transformers or optimum is not installed.
    """
    torch, transformers = require("torch"), require("transformers")
    optimum = require("optimum.gptq.utils")
    if threads is not None:
        torch.set_num_threads(threads)
    checkpoint = open_checkpoint(folder)
    hparams = read_hparams(checkpoint.config)
    if hparams.experts is not None:
        raise ModelError(f"{folder} is a mixture of experts; importance matrices are made for dense models only")
    windows = _windows(folder, texts, chunk_size, hparams.vocab)[:chunks]
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    with torch.device("meta"):
        model: Any = transformers.AutoModelForCausalLM.from_config(
            config, dtype=torch.float32, attn_implementation="sdpa"
        ).eval()
    positions = type(model.model.rotary_emb)(config=config)  # its frequencies are stored nowhere
    blocks = optimum.get_block_name_with_pattern(model)
    names = {source: name for source, (name, _) in LAYER_TENSORS[hparams.architecture].items()}
    states = [_embed(torch, checkpoint, window) for window in windows]
    sums: dict[str, TorchTensor] = {}
    with torch.inference_mode():
        for number, layer in enumerate(model.get_submodule(blocks)):
            _load(torch, layer, checkpoint.tensors, f"{blocks}.{number}.")
            hooks = []
            for module, linear in optimum.get_layers(layer).items():
                total = torch.zeros(linear.in_features, dtype=torch.float64)
                sums[f"blk.{number}.{names[f'{module}.weight']}"] = total
                hooks.append(linear.register_forward_pre_hook(_adder(total)))
            for at, state in enumerate(states):
                ids = torch.arange(state.shape[1])[None]
                output = layer(state, position_embeddings=positions(state, ids), position_ids=ids, attention_mask=None)
                states[at] = output[0] if isinstance(output, tuple) else output
            for hook in hooks:
                hook.remove()
            layer.to("meta")
    tokens = sum(map(len, windows))
    if bad := [name for name, total in sums.items() if not torch.isfinite(total).all()]:
        raise ModelError(f"{folder}: the inputs of {bad[0]} are not finite; the model is broken")
    return ImportanceMatrix(
        sums={name: total.numpy().astype(np.float32) for name, total in sums.items()},
        counts=dict.fromkeys(sums, tokens),
        datasets=(dataset,),
        chunks=len(windows),
        chunk_size=chunk_size,
    )


def _windows(folder: Path, texts: Sequence[str], size: int, vocab: int) -> list[list[int]]:
    """Whole windows of `size` tokens; one shorter window when there is not even one whole."""
    tokenizer = open_tokenizer(folder)
    between = tokenizer.token_to_id("<|endoftext|>")
    stream: list[int] = []
    for text in texts:
        stream += tokenizer.encode(unicodedata.normalize("NFC", text), add_special_tokens=False).ids
        stream += [] if between is None else [between]
    windows = [stream[start : start + size] for start in range(0, len(stream) - size + 1, size)] or [stream]
    if len(windows[0]) < 2:
        raise InputError("the texts hold fewer than two tokens; nothing to calibrate on")
    if max(map(max, windows)) >= vocab:
        raise ModelError(f"{folder}: the tokenizer gives ids beyond the {vocab} rows of the embedding")
    return windows


def _embed(torch: Any, checkpoint: Checkpoint, window: Sequence[int]) -> TorchTensor:
    """[1, tokens, hidden]: the embedding's rows, read one by one."""
    tensor = checkpoint.tensors.get(EMBEDDING) or checkpoint.tensors.get(HEAD)
    if tensor is None:
        raise ModelError(f"the checkpoint lacks {EMBEDDING}")
    states: TorchTensor = torch.from_numpy(np.concatenate([tensor.rows(token, 1) for token in window]))[None]
    return states


def _load(torch: Any, layer: Any, tensors: Mapping[str, Tensor], prefix: str) -> None:
    layer.to_empty(device="cpu")
    for name, parameter in layer.named_parameters():
        if prefix + name not in tensors:
            raise ModelError(f"the checkpoint lacks {prefix}{name}")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(tensors[prefix + name].read()))


def _adder(total: TorchTensor) -> Callable[[Any, tuple[TorchTensor, ...]], None]:
    def add(_: Any, inputs: tuple[TorchTensor, ...]) -> None:
        total.add_(inputs[0].double().square().flatten(0, -2).sum(0))

    return add
