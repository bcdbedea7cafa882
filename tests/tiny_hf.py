"""Makes a tiny random checkpoint in a moment: real architecture, real byte-level BPE, no meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from taibao_cli.engine.chatml import CHATML_TEMPLATE

REGEX = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3_REGEX = REGEX.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CORPUS = [
    "本发明公开了一种电池正极材料及其制备方法，属于锂离子电池技术领域。",
    "1. 一种散热装置，其特征在于，包括基板（10）、翅片（20）和风扇（30）。",
    "根据权利要求1所述的装置，其中所述温度为100℃至250℃，压力为0.1MPa。",
    "The present invention discloses a cathode material for a battery and a method for preparing the same.",
    "2. The device of claim 1, wherein the heat sink comprises a plurality of fins and a fan.",
    "A method comprising: heating the mixture to 250 °C; and cooling it, wherein the pressure is 0.1 MPa.",
] * 4

Family = Literal["qwen3", "qwen2", "qwen3_moe", "llama"]
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 256, "norm_topk_prob": True}


def make_tiny_checkpoint(
    folder: Path, *, tied: bool = True, seed: int = 0, family: Family = "qwen3", regex: str = REGEX
) -> Path:
    """Save a random model (hidden 256, 2 layers, 4 heads of 64, 2 KV heads, context 512) as float32 into `folder`.

    The tokenizer is byte-level BPE of about 600 tokens with ChatML specials at ids 0, 1, 2, NFC normalizer and
    `regex` as split; the embedding has a few rows more than there are tokens. Returns `folder`.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    folder.mkdir(parents=True, exist_ok=True)
    tokens = save_tiny_tokenizer(folder, regex=regex)
    torch.manual_seed(seed)
    config: Any = AutoConfig.for_model(
        family,
        vocab_size=tokens + 5,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=64,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        initializer_range=0.05,
        bos_token_id=0,
        eos_token_id=2,
        pad_token_id=0,
        **(EXPERTS if family == "qwen3_moe" else {}),
    )
    model: Any = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("norm.weight", ".bias")):  # else all ones and zeros, which hide a swapped tensor
                parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return folder


def save_tiny_tokenizer(folder: Path, *, regex: str = REGEX) -> int:
    """Train the tokenizer on `CORPUS`, save tokenizer.json and tokenizer_config.json, return its size in tokens."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(ignore_merges=regex == LLAMA3_REGEX))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(regex), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "bos_token": None,
        "add_bos_token": False,
        "chat_template": CHATML_TEMPLATE,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    return int(tokenizer.get_vocab_size())


def read_gguf(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(keys and values, tensors by name) of a file, read by the gguf package."""
    from gguf import GGUFReader

    reader = GGUFReader(path)
    keys = {name: field.contents() for name, field in reader.fields.items()}
    return keys, {tensor.name: tensor for tensor in reader.tensors}
