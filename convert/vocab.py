"""tokenizer.json (byte-level BPE) as llama.cpp wants it: tokens, their types, merges, and the pre-tokenizer's name.

llama.cpp reimplements each pre-tokenizer under a fixed name, so the split expression decides the name and an
expression it does not know is refused; a guess would tokenise differently without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal

from taibao_cli.errors import ModelError

QWEN2_REGEX = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3_REGEX = QWEN2_REGEX.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
END_OF_TURN, END_OF_TEXT = "<|im_end|>", "<|endoftext|>"


@dataclass(frozen=True, slots=True)
class PreTokenizer:
    """A pre-tokenizer of llama.cpp, and whether it takes a whole word from the vocabulary before it merges."""

    name: str
    ignore_merges: bool


PRE_TOKENIZERS = {QWEN2_REGEX: PreTokenizer("qwen2", False), LLAMA3_REGEX: PreTokenizer("llama-bpe", True)}


class TokenType(IntEnum):
    """`enum llama_token_type`."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True)
class Vocabulary:
    """`tokens[i]` and `types[i]` describe embedding row i; `nfc` tells whether text is normalised before splitting.

    Byte-level BPE (model gpt2) has `merges`, BPE in the manner of SentencePiece (model llama) one of `scores` a token.
    `space_prefix` None leaves it to llama.cpp. `warnings` tell where llama.cpp may cut a text otherwise.
    """

    pre: str
    tokens: list[str]
    types: list[TokenType]
    merges: list[str]
    nfc: bool
    eos: int
    bos: int | None
    pad: int | None
    add_bos: bool
    model: Literal["gpt2", "llama"] = "gpt2"
    scores: list[float] = field(default_factory=list)
    unk: int | None = None
    space_prefix: bool | None = None
    warnings: list[str] = field(default_factory=list)


def read_vocabulary(tokenizer: Mapping[str, Any], tokenizer_config: Mapping[str, Any], rows: int) -> Vocabulary:
    """Read tokenizer.json for an embedding of `rows` rows; rows without a token become `[PAD{i}]`, UNUSED.

    Raises:
        ModelError: not byte-level BPE with a known split expression, or the vocabulary contradicts itself.
    """
    pre = _pre_tokenizer(tokenizer)
    model = _bpe_model(tokenizer, pre)
    names, types = token_table(model["vocab"], tokenizer.get("added_tokens") or [], rows)
    tokens = [names.get(i, f"[PAD{i}]") for i in range(rows)]
    eos, bos, pad = _special_ids({name: i for i, name in names.items()}, tokenizer_config)
    return Vocabulary(
        pre=pre.name,
        tokens=tokens,
        types=[types.get(i, TokenType.UNUSED) for i in range(rows)],
        merges=_merges(model["merges"], model["vocab"]),
        nfc=_is_nfc(tokenizer.get("normalizer")),
        eos=eos,
        bos=bos,
        pad=pad,
        add_bos=bool(tokenizer_config.get("add_bos_token", pre.name == "llama-bpe")) and bos is not None,
    )


def _pre_tokenizer(tokenizer: Mapping[str, Any]) -> PreTokenizer:
    outer = tokenizer.get("pre_tokenizer") or {}
    steps = outer.get("pretokenizers") or []
    if outer.get("type") != "Sequence" or [step.get("type") for step in steps] != ["Split", "ByteLevel"]:
        raise ModelError("tokenizer.json: the pre-tokenizer is not Split then ByteLevel; only that can be converted")
    split, byte_level = steps
    if split.get("behavior") != "Isolated" or split.get("invert"):
        raise ModelError("tokenizer.json: the Split must be Isolated and not inverted")
    if byte_level.get("add_prefix_space") or byte_level.get("use_regex", True):
        raise ModelError("tokenizer.json: ByteLevel must have add_prefix_space and use_regex false")
    regex = (split.get("pattern") or {}).get("Regex")
    if regex not in PRE_TOKENIZERS:
        known = " and ".join(pre.name for pre in PRE_TOKENIZERS.values())
        raise ModelError(f"tokenizer.json: split expression {regex!r} is none of those llama.cpp knows as {known}")
    return PRE_TOKENIZERS[regex]


def _bpe_model(tokenizer: Mapping[str, Any], pre: PreTokenizer) -> Mapping[str, Any]:
    model: Mapping[str, Any] = tokenizer.get("model") or {}
    if model.get("type") != "BPE" or model.get("byte_fallback") or not model.get("vocab") or "merges" not in model:
        raise ModelError("tokenizer.json: only byte-level BPE (model type BPE without byte_fallback) can be converted")
    if model.get("continuing_subword_prefix") or model.get("end_of_word_suffix"):
        raise ModelError("tokenizer.json: BPE with sub-word prefixes or word suffixes cannot be converted")
    if bool(model.get("ignore_merges")) != pre.ignore_merges:
        raise ModelError(f"tokenizer.json: ignore_merges must be {pre.ignore_merges} for a {pre.name} tokenizer")
    if missing := sum(symbol not in model["vocab"] for symbol in byte_symbols()):
        raise ModelError(f"tokenizer.json: {missing} of the 256 byte tokens are missing from the vocabulary")
    return model


def byte_symbols() -> list[str]:
    """The character that stands for each byte 0…255 in byte-level BPE (GPT-2's `bytes_to_unicode`)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def _is_nfc(normalizer: Mapping[str, Any] | None) -> bool:
    if normalizer is None:
        return False
    if normalizer.get("type") != "NFC":
        raise ModelError(f"tokenizer.json: normalizer {normalizer.get('type')!r} cannot be converted; only NFC or none")
    return True


def token_table(
    vocab: Mapping[str, int], added: list[Mapping[str, Any]], rows: int
) -> tuple[dict[int, str], dict[int, TokenType]]:
    """Text and type by id. An added token may repeat a vocabulary entry of the same id and text."""
    names: dict[int, str] = {}
    types: dict[int, TokenType] = {}
    typed_added = [(str(t["content"]), int(t["id"]), _added_type(t)) for t in added]
    for text, i, kind in [*((text, i, TokenType.NORMAL) for text, i in vocab.items()), *typed_added]:
        if names.setdefault(i, text) != text:
            raise ModelError(f"tokenizer.json: {names[i]!r} and {text!r} share the id {i}")
        types[i] = kind
    if len(set(names.values())) != len(names):
        raise ModelError("tokenizer.json: one token stands under two ids")
    if min(names) < 0 or max(names) >= rows:
        raise ModelError(
            f"tokenizer.json: ids run from {min(names)} to {max(names)}, but the embedding has {rows} rows"
        )
    return names, types


def _added_type(token: Mapping[str, Any]) -> TokenType:
    text = str(token["content"])
    if token.get("special") or (text.startswith("<|") and text.endswith("|>")):
        return TokenType.CONTROL
    return TokenType.USER_DEFINED


def _merges(merges: list[str] | list[list[str]], vocab: Mapping[str, int]) -> list[str]:
    """Each as "left right"; tokenizers wrote that form first and pairs since 0.20."""
    pairs = [merge.split(" ") if isinstance(merge, str) else merge for merge in merges]
    for pair in pairs:
        if len(pair) != 2 or any(piece not in vocab for piece in (*pair, "".join(pair))):
            raise ModelError(f"tokenizer.json: the merge {pair} does not join two tokens into a third")
    return [" ".join(pair) for pair in pairs]


def _special_ids(ids: Mapping[str, int], tokenizer_config: Mapping[str, Any]) -> tuple[int, int | None, int | None]:
    """(eos, bos, pad). A ChatML vocabulary ends an answer with `<|im_end|>`, whatever a base model's file says."""
    if END_OF_TURN in ids and END_OF_TEXT in ids:
        return ids[END_OF_TURN], ids[END_OF_TEXT], ids[END_OF_TEXT]
    eos, bos, pad = (named_id(ids, tokenizer_config, key) for key in ("eos_token", "bos_token", "pad_token"))
    if eos is None:
        raise ModelError("the tokenizer has no end token; name eos_token in tokenizer_config.json")
    return eos, bos, pad


def named_id(ids: Mapping[str, int], tokenizer_config: Mapping[str, Any], key: str) -> int | None:
    """The id of a special token, which tokenizer_config.json gives as text or as {"content": text}."""
    token = tokenizer_config.get(key)
    text = token.get("content") if isinstance(token, dict) else token
    if text is None:
        return None
    if text not in ids:
        raise ModelError(f"tokenizer_config.json: {key} {text!r} is not in tokenizer.json")
    return ids[text]
