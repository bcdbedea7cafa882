"""Checkpoints of every family, the same to the last bit on every machine, and a digest of what a GGUF says."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from convert.vocab import LLAMA3_REGEX, QWEN2_REGEX, byte_symbols
from tests.tiny_hf import read_gguf

TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
HIDDEN, FFN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, CONTEXT = 64, 96, 2, 4, 2, 16, 128
EXPERTS, EXPERT_FFN = 3, 32
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
JOINED = ("th", "the", "in", "ing", "er", "an")

_LLAMA3_ROPE = {
    "rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 64,
    "low_freq_factor": 1.0, "high_freq_factor": 4.0,
}  # fmt: skip
_YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
FAMILIES: dict[str, dict[str, Any]] = {
    "qwen2-tied": {"model_type": "qwen2", "tie_word_embeddings": True},
    "qwen2": {"model_type": "qwen2"},
    "qwen3": {"model_type": "qwen3", "head_dim": HEAD_DIM},
    "qwen3-yarn": {"model_type": "qwen3", "head_dim": HEAD_DIM, "rope_scaling": _YARN},
    "qwen3moe": {"model_type": "qwen3_moe", "head_dim": HEAD_DIM, "num_experts": EXPERTS, "num_experts_per_tok": 2,
                 "moe_intermediate_size": EXPERT_FFN, "norm_topk_prob": True, "decoder_sparse_step": 1},
    "llama2": {"model_type": "llama"},
    "llama3": {"model_type": "llama", "rope_scaling": _LLAMA3_ROPE},
}  # fmt: skip
ARCHITECTURES = {"qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM", "qwen3_moe": "Qwen3MoeForCausalLM"}


def make_family(folder: Path, name: str, *, ffn: int = FFN, tokenizer: Path | None = None) -> Path:
    """Write the checkpoint `name` of `FAMILIES`, with feed-forward width `ffn`, in two shards; return `folder`.

    With `tokenizer`, a folder of a published one of Qwen, it has that and 151,936 rows.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    kind = FAMILIES[name]
    if tokenizer is not None:
        rows = 151_936
        for file in ("tokenizer.json", "tokenizer_config.json"):
            (folder / file).symlink_to((tokenizer / file).resolve())
    else:
        rows = _save_llama2_tokenizer(folder) if name == "llama2" else _save_byte_tokenizer(folder, name) + 3
    config = {
        "architectures": [ARCHITECTURES.get(kind["model_type"], "LlamaForCausalLM")],
        "vocab_size": rows,
        "hidden_size": HIDDEN, "intermediate_size": ffn, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "max_position_embeddings": CONTEXT,
        "rms_norm_eps": 1e-6, "rope_theta": 500000.0, "hidden_act": "silu", "tie_word_embeddings": False, **kind,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    weights = _weights(config)
    names = sorted(weights)
    shards = {name: f"model-0000{1 + i % 2}-of-00002.safetensors" for i, name in enumerate(names)}
    for shard in sorted(set(shards.values())):
        save_file({name: weights[name] for name in names if shards[name] == shard}, folder / shard, {"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    return folder


def digest(path: Path) -> str:
    """sha256 of every tensor (name, type, shape, bytes) and of the keys that another converter writes as well."""
    keys, tensors = read_gguf(path)
    state = hashlib.sha256(json.dumps(comparable(keys), sort_keys=True).encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        state.update(f"{name} {tensor.tensor_type.name} {[int(n) for n in tensor.shape]}\n".encode())
        state.update(np.ascontiguousarray(tensor.data).tobytes())
    return state.hexdigest()[:16]


def comparable(keys: dict[str, Any]) -> dict[str, Any]:
    """Without names and project keys, and without what the other converter leaves out or gets wrong for Llama 2.

    From tokenizer.json alone it gives every token the score -1000, so that llama.cpp joins the leftmost pair first.
    """
    skipped: tuple[str, ...] = ("GGUF.", "taibao.", "general.name")
    if keys["tokenizer.ggml.model"] == "llama":
        skipped += tuple(f"tokenizer.ggml.{key}" for key in ("scores", "token_type", "add_space_prefix"))
    return {key: value for key, value in keys.items() if not key.startswith(skipped)}


def _weights(config: dict[str, Any]) -> dict[str, Any]:
    q, kv = HEADS * HEAD_DIM, KV_HEADS * HEAD_DIM
    layer = {
        "input_layernorm.weight": (HIDDEN,), "post_attention_layernorm.weight": (HIDDEN,),
        "self_attn.q_proj.weight": (q, HIDDEN), "self_attn.k_proj.weight": (kv, HIDDEN),
        "self_attn.v_proj.weight": (kv, HIDDEN), "self_attn.o_proj.weight": (HIDDEN, q),
    }  # fmt: skip
    if config["model_type"] == "qwen2":
        layer |= {f"self_attn.{name}_proj.bias": (size,) for name, size in (("q", q), ("k", kv), ("v", kv))}
    if config["model_type"].startswith("qwen3"):
        layer |= {"self_attn.q_norm.weight": (HEAD_DIM,), "self_attn.k_norm.weight": (HEAD_DIM,)}
    mlps = (
        {"mlp": config["intermediate_size"]}
        if "num_experts" not in config
        else {f"mlp.experts.{i}": EXPERT_FFN for i in range(EXPERTS)}
    )
    if "num_experts" in config:
        layer["mlp.gate.weight"] = (EXPERTS, HIDDEN)
    for name, width in mlps.items():
        layer |= {f"{name}.gate_proj.weight": (width, HIDDEN), f"{name}.up_proj.weight": (width, HIDDEN)}
        layer |= {f"{name}.down_proj.weight": (HIDDEN, width)}
    shapes = {f"model.layers.{i}.{name}": shape for i in range(LAYERS) for name, shape in layer.items()}
    shapes |= {"model.embed_tokens.weight": (config["vocab_size"], HIDDEN), "model.norm.weight": (HIDDEN,)}
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (config["vocab_size"], HIDDEN)
    return {name: _values(name, shape) for name, shape in shapes.items()}


def _values(name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Pseudo-random numbers in (-0.1, 0.1), norms around 1, made from the digest of the name in integers alone."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    state = np.arange(int(np.prod(shape)), dtype=np.uint64) * np.uint64(2654435761) + np.uint64(seed)
    state = ((state ^ (state >> np.uint64(15))) * np.uint64(2246822519)) % np.uint64(1 << 32)
    values = ((state >> np.uint64(8)).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)) * np.float32(0.2)
    return (values + np.float32("norm" in name)).reshape(shape)


def _save_byte_tokenizer(folder: Path, name: str) -> int:
    vocab = {symbol: i for i, symbol in enumerate(byte_symbols())}
    vocab |= {token: len(vocab) + i for i, token in enumerate(JOINED)}
    split = {"Regex": LLAMA3_REGEX if name == "llama3" else QWEN2_REGEX}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [_added(len(vocab) + i, text) for i, text in enumerate(SPECIALS)],
        "normalizer": None if name == "llama3" else {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": split, "behavior": "Isolated", "invert": False},
            {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        ]},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
                  "end_of_word_suffix": "", "fuse_unk": False, "byte_fallback": False,
                  "ignore_merges": name == "llama3", "vocab": vocab, "merges": _merges()},
    }  # fmt: skip
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
    }
    settings["add_bos_token"] = name == "llama3"
    _save(folder, tokenizer, {**settings, "bos_token": "<|endoftext|>", "chat_template": TEMPLATE})
    return len(vocab) + len(SPECIALS)


def _save_llama2_tokenizer(folder: Path) -> int:
    vocab = {token: i for i, token in enumerate(["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))])}
    characters = ["▁", *"etaoinshrdlu.,"]
    vocab |= {token: len(vocab) + i for i, token in enumerate([*JOINED, *characters, "g"])}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [_added(i, text) for i, text in enumerate(("<unk>", "<s>", "</s>"))],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        ]},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0},
        ]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": vocab, "merges": _merges()},
    }  # fmt: skip
    names = {"eos_token": "</s>", "bos_token": "<s>", "unk_token": "<unk>"}
    _save(folder, tokenizer, {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True, **names})
    return len(vocab)


def _merges() -> list[str]:
    return ["t h", "th e", "i n", "in g", "e r", "a n"]


def _added(i: int, text: str) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": i, "content": text, **flags, "special": True}


def _save(folder: Path, tokenizer: dict[str, Any], settings: dict[str, Any]) -> None:
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
