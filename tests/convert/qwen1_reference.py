"""The forward pass of Qwen-7B (2023) in a few lines, written for the tests from its description, and tiny checkpoints.

Qwen technical report (2023), sections 2.3 and 2.4: RMSNorm before each part, biases on queries, keys and values only,
rotary positions on halves, SwiGLU; beyond the trained length NTK-aware positions and LogN-scaled queries. It shares no
code with `convert` or transformers and works on the stored names.
"""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

HIDDEN, LAYERS, HEADS, MLP, TRAINED = 64, 2, 4, 96, 48
JOINED = [b"th", b"the", b" the", "电".encode()[:2], "电".encode(), "池".encode()[:2], "池".encode(), "电池".encode()]
VOCAB = 256 + len(JOINED) + 208 + 4  # a few rows more than tokens

NEW_CONFIG = {
    "model_type": "qwen", "architectures": ["QWenLMHeadModel"], "hidden_size": HIDDEN, "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS, "intermediate_size": 2 * MLP, "seq_length": TRAINED,
    "max_position_embeddings": 4 * TRAINED, "vocab_size": VOCAB, "kv_channels": HIDDEN // HEADS, "no_bias": True,
    "layer_norm_epsilon": 1e-6, "rotary_emb_base": 10000, "rotary_pct": 1.0, "use_dynamic_ntk": True,
    "use_logn_attn": True, "scale_attn_weights": True, "tie_word_embeddings": False,
}  # fmt: skip
OLD_CONFIG = {
    "model_type": "qwen", "architectures": ["QWenLMHeadModel"], "activation": "swiglu", "n_embd": HIDDEN,
    "n_layer": LAYERS, "n_head": HEADS, "ffn_hidden_size": 2 * MLP, "seq_length": TRAINED, "n_positions": 3 * TRAINED,
    "padded_vocab_size": VOCAB, "vocab_size": VOCAB, "kv_channels": HIDDEN // HEADS, "no_bias": True,
    "apply_residual_connection_post_layernorm": False, "layer_norm_epsilon": 1e-6, "rotary_emb_base": 10000,
    "rotary_pct": 1.0, "pos_emb": "rotary", "use_dynamic_ntk": True, "use_logn_attn": True, "scale_attn_weights": True,
    "tie_word_embeddings": False, "onnx_safe": None, "params_dtype": "torch.bfloat16",
}  # fmt: skip
DIALECTS = {"new": NEW_CONFIG, "old": OLD_CONFIG}


def forward(weights: dict[str, Tensor], ids: list[int]) -> Tensor:
    """Logits [len(ids), VOCAB] in float32, as the original computes them outside training."""
    w = {name: tensor.float() for name, tensor in weights.items()}
    head_dim, length = HIDDEN // HEADS, len(ids)
    x = w["transformer.wte.weight"][torch.tensor(ids)]
    stretch = max(2 ** math.ceil(math.log2(length / TRAINED) + 1) - 1, 1)
    base = 10000 * stretch ** (head_dim / (head_dim - 2))
    angles = torch.arange(length)[:, None].float() / base ** (torch.arange(0, head_dim, 2).float() / head_dim)
    cos, sin = angles.cos().repeat(1, 2)[:, None], angles.sin().repeat(1, 2)[:, None]
    logn = torch.tensor([max(1.0, math.log(i + 1, TRAINED)) for i in range(length)])[:, None, None]

    def rotate(v: Tensor) -> Tensor:
        first, second = v.chunk(2, dim=-1)
        return v * cos + torch.cat([-second, first], dim=-1) * sin

    for layer in range(LAYERS):
        at = f"transformer.h.{layer}."
        fused = _norm(x, w[at + "ln_1.weight"]) @ w[at + "attn.c_attn.weight"].T + w[at + "attn.c_attn.bias"]
        q, k, v = (part.view(length, HEADS, head_dim) for part in fused.split(HIDDEN, dim=-1))
        q, k = rotate(q), rotate(k)
        if length > TRAINED:
            q = q * logn
        scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(head_dim)
        scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf)
        mixed = torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(length, HIDDEN)
        x = x + mixed @ w[at + "attn.c_proj.weight"].T
        y = _norm(x, w[at + "ln_2.weight"])
        gate = y @ w[at + "mlp.w2.weight"].T
        x = x + (y @ w[at + "mlp.w1.weight"].T * gate * gate.sigmoid()) @ w[at + "mlp.c_proj.weight"].T
    return _norm(x, w["transformer.ln_f.weight"]) @ w["lm_head.weight"].T


def _norm(x: Tensor, weight: Tensor) -> Tensor:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight


def random_weights(dtype: torch.dtype = torch.float32, seed: int = 0) -> dict[str, Tensor]:
    """Weights under their stored names, biases and norms not trivial."""
    generator = torch.Generator().manual_seed(seed)

    def values(*shape: int, scale: float = 0.15) -> Tensor:
        return (torch.randn(*shape, generator=generator) * scale).to(dtype)

    weights = {"transformer.wte.weight": values(VOCAB, HIDDEN), "lm_head.weight": values(VOCAB, HIDDEN)}
    weights["transformer.ln_f.weight"] = 1 + values(HIDDEN)
    for layer in range(LAYERS):
        at = f"transformer.h.{layer}."
        weights |= {at + f"ln_{i}.weight": 1 + values(HIDDEN) for i in (1, 2)}
        weights |= {at + "attn.c_attn.weight": values(3 * HIDDEN, HIDDEN), at + "attn.c_attn.bias": values(3 * HIDDEN)}
        weights |= {at + "attn.c_proj.weight": values(HIDDEN, HIDDEN), at + "mlp.c_proj.weight": values(HIDDEN, MLP)}
        weights |= {at + f"mlp.w{i}.weight": values(MLP, HIDDEN) for i in (1, 2)}
        weights[at + "attn.masked_bias"] = torch.tensor(-1e4)
    return weights


def save_checkpoint(
    folder: Path, weights: dict[str, Tensor], *, dialect: str = "new", torch_files: bool = False
) -> Path:
    """Write a checkpoint in two files, safetensors or torch's own, with tokenizer and configurations."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    suffix, index = (
        ("bin", "pytorch_model.bin.index.json") if torch_files else ("safetensors", "model.safetensors.index.json")
    )
    files: dict[str, dict[str, Tensor]] = {}
    for i, (name, tensor) in enumerate(weights.items()):
        files.setdefault(f"model-{1 + i % 2}-of-2.{suffix}", {})[name] = tensor
    for file, tensors in files.items():
        (torch.save if torch_files else save_file)(tensors, folder / file)
    placement = {name: file for file, tensors in files.items() for name in tensors}
    _json(folder / index, {"weight_map": placement})
    _json(folder / "config.json", DIALECTS[dialect])
    _json(
        folder / "generation_config.json",
        {"chat_format": "chatml", "eos_token_id": 264, "top_p": 0.8, "max_window_size": 6144},
    )
    tokens = [bytes([byte]) for byte in range(256)] + JOINED
    lines = [base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens)]
    (folder / "qwen.tiktoken").write_bytes(b"".join(lines))
    (folder / "LICENSE").write_text("Tongyi Qianwen\n", encoding="utf-8")
    return folder


def save_adapter(
    folder: Path, targets: list[str], *, rslora: bool = False, torch_file: bool = False
) -> dict[str, Tensor]:
    """Write a LoRA adapter of rank 4 on `targets`; return its matrices by stored module and letter, as `module.A`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(7)
    shapes = {name: tuple(tensor.shape) for name, tensor in random_weights().items() if tensor.ndim == 2}
    matrices: dict[str, Tensor] = {}
    for name, (rows, columns) in shapes.items():
        if any(name.endswith(f"{target}.weight") for target in targets):
            module = name.removesuffix(".weight")
            matrices[f"{module}.A"] = torch.randn(4, columns, generator=generator) * 0.2
            matrices[f"{module}.B"] = torch.randn(rows, 4, generator=generator) * 0.2
    stored = {f"base_model.model.{key[:-2]}.lora_{key[-1]}.weight": tensor for key, tensor in matrices.items()}
    if torch_file:
        torch.save(stored, folder / "adapter_model.bin")
    else:
        save_file(stored, folder / "adapter_model.safetensors")
    config: dict[str, Any] = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 16, "lora_dropout": 0.05, "bias": "none",
        "target_modules": targets, "fan_in_fan_out": False, "modules_to_save": None, "use_rslora": rslora,
        "base_model_name_or_path": "Qwen/Qwen-7B", "inference_mode": True, "init_lora_weights": True,
    }  # fmt: skip
    _json(folder / "adapter_config.json", config)
    return matrices


def adapted(weights: dict[str, Tensor], matrices: dict[str, Tensor], scale: float) -> dict[str, Tensor]:
    """`weights` with the adapter's change added."""
    changes = {
        f"{key[:-2]}.weight": scale * matrices[f"{key[:-2]}.B"] @ matrices[key]
        for key in matrices
        if key.endswith(".A")
    }
    return {name: tensor + changes[name] if name in changes else tensor for name, tensor in weights.items()}


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
