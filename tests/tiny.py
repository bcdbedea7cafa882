"""A tiny Qwen3 model with random weights, made on the spot."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from taibao_cli.engine.chatml import CHATML_TEMPLATE

HIDDEN, LAYERS, HEADS, KV_HEADS, HEAD_DIM, FFN, CONTEXT = 256, 2, 4, 2, 64, 512, 512
SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def byte_tokens() -> list[str]:
    """The 256 single-byte tokens in the printable spelling of byte-level BPE, by byte value."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = iter(range(256, 512))
    return [chr(byte if byte in kept else next(moved)) for byte in range(256)]


def make_tiny_gguf(
    path: Path, *, seed: int = 0, template: str | None = CHATML_TEMPLATE, scale: float = 0.08, context: int = CONTEXT
) -> Path:
    """Write the model: hidden 256, 2 layers, `context` 512; the 256 bytes, a double newline and three ChatML tokens.

    `scale` is the deviation of the weights of the layers. With 0 they do nothing and the model repeats the last
    token of its prompt.
    """
    rng = np.random.default_rng(seed)
    newline = byte_tokens()[ord("\n")]
    tokens = [*byte_tokens(), newline * 2, *SPECIALS]
    kinds = [gguf.TokenType.NORMAL] * 257 + [gguf.TokenType.CONTROL] * len(SPECIALS)

    writer = gguf.GGUFWriter(path, "qwen3")
    writer.add_name("tiny")
    writer.add_string("general.basename", "tiny")
    writer.add_context_length(context)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD_DIM)
    writer.add_value_length(HEAD_DIM)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([f"{newline} {newline}"])
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)

    def matrix(name: str, rows: int, columns: int, scale: float = scale) -> None:
        writer.add_tensor(name, rng.normal(0.0, scale, (rows, columns)).astype(np.float32))

    def ones(name: str, width: int) -> None:
        writer.add_tensor(name, np.ones(width, np.float32))

    matrix("token_embd.weight", len(tokens), HIDDEN, 0.1)
    ones("output_norm.weight", HIDDEN)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        ones(f"{block}.attn_norm.weight", HIDDEN)
        ones(f"{block}.ffn_norm.weight", HIDDEN)
        ones(f"{block}.attn_q_norm.weight", HEAD_DIM)
        ones(f"{block}.attn_k_norm.weight", HEAD_DIM)
        matrix(f"{block}.attn_q.weight", HEADS * HEAD_DIM, HIDDEN)
        matrix(f"{block}.attn_k.weight", KV_HEADS * HEAD_DIM, HIDDEN)
        matrix(f"{block}.attn_v.weight", KV_HEADS * HEAD_DIM, HIDDEN)
        matrix(f"{block}.attn_output.weight", HIDDEN, HEADS * HEAD_DIM)
        matrix(f"{block}.ffn_gate.weight", FFN, HIDDEN)
        matrix(f"{block}.ffn_up.weight", FFN, HIDDEN)
        matrix(f"{block}.ffn_down.weight", HIDDEN, FFN)

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def make_tiny_adapter(path: Path, *, seed: int, architecture: str = "qwen3", kind: str = "lora") -> Path:
    """Write a random LoRA adapter of rank 4 for the feed-forward output of the model above."""
    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_type("adapter")
    writer.add_name(path.stem)
    writer.add_string("adapter.type", kind)
    writer.add_float32("adapter.lora.alpha", 8.0)
    for layer in range(LAYERS):
        name = f"blk.{layer}.ffn_down.weight"
        writer.add_tensor(f"{name}.lora_a", rng.normal(0.0, 0.2, (4, FFN)).astype(np.float32))
        writer.add_tensor(f"{name}.lora_b", rng.normal(0.0, 0.2, (HIDDEN, 4)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
