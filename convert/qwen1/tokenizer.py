"""`qwen.tiktoken` as tokenizer.json and tokenizer_config.json."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convert.vocab import END_OF_TEXT, END_OF_TURN, QWEN2_REGEX, byte_symbols
from taibao_cli.errors import ModelError

SPECIALS = (END_OF_TEXT, "<|im_start|>", END_OF_TURN, *(f"<|extra_{i}|>" for i in range(205)))
"""In the order of their ids, which begin after the last rank. Qwen2 and later use the ids of `extra` for others."""


def read_tiktoken(path: Path) -> dict[bytes, int]:
    """Ranks by token: a line is the token in base64, a space, its rank.

    Raises:
        ModelError: the file is missing or damaged: ranks not 0, 1, 2 … or a byte without a token.
    """
    ranks: dict[bytes, int] = {}
    try:
        for line in path.read_bytes().splitlines():
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
    except FileNotFoundError as error:
        raise ModelError(f"{path} is missing; the checkpoint's vocabulary is there") from error
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"{path}, line {len(ranks) + 1}: not a token in base64 and a rank; fetch it again") from error
    if list(ranks.values()) != list(range(len(ranks))):
        raise ModelError(f"{path}: the ranks are not 0, 1, 2 … in order; fetch it again")
    if missing := sum(bytes([byte]) not in ranks for byte in range(256)):
        raise ModelError(f"{path}: {missing} of the 256 single bytes have no token; fetch it again")
    return ranks


def tokenizer_json(ranks: Mapping[bytes, int]) -> dict[str, Any]:
    """The same tokenizer for the `tokenizers` library: NFC, the split expression, byte-level BPE, control tokens."""
    symbols = byte_symbols()

    def spell(token: bytes) -> str:
        return "".join(symbols[byte] for byte in token)

    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    split = {"type": "Split", "pattern": {"Regex": QWEN2_REGEX}, "behavior": "Isolated", "invert": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(len(ranks) + i, text) for i, text in enumerate(SPECIALS)],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": byte_level,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {spell(token): rank for token, rank in ranks.items()},
            "merges": [[spell(left), spell(right)] for left, right in merges(ranks)],
        },
    }


def tokenizer_config(*, context: int, chat: bool) -> dict[str, Any]:
    """tokenizer_config.json; a base model ends with the text, a chat model with the turn."""
    return {
        "tokenizer_class": "Qwen2Tokenizer",
        "model_max_length": context,
        "add_prefix_space": False,
        "add_bos_token": False,
        "bos_token": None,
        "eos_token": END_OF_TURN if chat else END_OF_TEXT,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "clean_up_tokenization_spaces": False,
    }


def merges(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The pair that makes each token, in the order of ranks.

    tiktoken joins the neighbours whose union has the lowest rank. Doing so with the ranks below a token's own leaves
    its two halves. Raises ModelError when it leaves more: no order of merges makes that token.
    """
    found = []
    for token, rank in ranks.items():
        if len(token) > 1:
            parts = _join(token, ranks, rank)
            if len(parts) != 2:
                raise ModelError(
                    f"qwen.tiktoken: no two tokens before it make the token of rank {rank}; fetch it again"
                )
            found.append((parts[0], parts[1]))
    return found


def _join(token: bytes, ranks: Mapping[bytes, int], limit: int) -> list[bytes]:
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 1:
        rank, at = min((ranks.get(parts[i] + parts[i + 1], limit), i) for i in range(len(parts) - 1))
        if rank >= limit:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def _special(i: int, text: str) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": i, "content": text, **flags, "special": True}
