"""tokenizer.json as llama.cpp's vocabulary."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from convert.vocab import TokenType, byte_symbols, read_vocabulary
from taibao_cli.errors import ModelError

TOKENIZERS = Path(__file__).parents[2] / "../shared/data/tokenizers"


@pytest.fixture
def tokenizer(tiny: Path) -> dict[str, Any]:
    return dict(json.loads((tiny / "tokenizer.json").read_text(encoding="utf-8")))


def test_tokens_types_and_holes(tokenizer: dict[str, Any]) -> None:
    size = len(tokenizer["model"]["vocab"])
    tokenizer["added_tokens"].append({"id": size + 1, "content": "<tool_call>", "special": False})
    vocabulary = read_vocabulary(tokenizer, {}, size + 3)
    assert len(vocabulary.tokens) == len(vocabulary.types) == size + 3
    assert vocabulary.tokens[:3] == ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    assert set(vocabulary.types[:3]) == {TokenType.CONTROL}
    assert set(vocabulary.types[3:size]) == {TokenType.NORMAL}
    assert vocabulary.tokens[size:] == [f"[PAD{size}]", "<tool_call>", f"[PAD{size + 2}]"]
    assert vocabulary.types[size:] == [TokenType.UNUSED, TokenType.USER_DEFINED, TokenType.UNUSED]
    assert (vocabulary.pre, vocabulary.nfc, vocabulary.add_bos) == ("qwen2", True, False)
    assert (vocabulary.eos, vocabulary.bos, vocabulary.pad) == (2, 0, 0)


def test_both_spellings_of_merges_read_alike(tokenizer: dict[str, Any]) -> None:
    pairs = tokenizer["model"]["merges"]
    expected = [f"{left} {right}" for left, right in pairs]
    assert read_vocabulary(tokenizer, {}, 700).merges == expected
    tokenizer["model"]["merges"] = expected
    assert read_vocabulary(tokenizer, {}, 700).merges == expected


def test_byte_symbols_are_the_byte_level_alphabet() -> None:
    from tokenizers.pre_tokenizers import ByteLevel

    symbols = byte_symbols()
    assert sorted(symbols) == sorted(ByteLevel.alphabet())
    pieces = ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str("Å 中\n")
    assert "".join(piece for piece, _ in pieces) == "".join(symbols[byte] for byte in "Å 中\n".encode())


def test_missing_normalizer_is_noted(tokenizer: dict[str, Any]) -> None:
    assert not read_vocabulary({**tokenizer, "normalizer": None}, {}, 700).nfc


def _set(path: str, value: Any) -> tuple[list[str | int], Any]:
    return [int(part) if part.isdigit() else part for part in path.split("/")], value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_set("pre_tokenizer/pretokenizers/0/pattern/Regex", r"\p{L}+"), "is none of those llama.cpp knows as qwen2"),
        (_set("pre_tokenizer/pretokenizers/0/behavior", "Removed"), "the Split must be Isolated"),
        (_set("pre_tokenizer/pretokenizers/1/add_prefix_space", True), "add_prefix_space and use_regex false"),
        (_set("pre_tokenizer", None), "is not Split then ByteLevel"),
        (_set("normalizer", {"type": "NFKC"}), "normalizer 'NFKC' cannot be converted"),
        (_set("model/type", "Unigram"), "only byte-level BPE"),
        (_set("model/byte_fallback", True), "only byte-level BPE"),
        (_set("model/end_of_word_suffix", "</w>"), "word suffixes"),
        (_set("model/ignore_merges", True), "ignore_merges must be False for a qwen2 tokenizer"),
        (_set("model/merges", [["x", "不"]]), r"the merge \['x', '不'\] does not join two tokens into a third"),
        (_set("added_tokens/0/id", 5), "share the id 5"),
        (_set("added_tokens/0/id", 650), "one token stands under two ids"),
    ],
)
def test_what_cannot_be_converted_is_refused(
    tokenizer: dict[str, Any], change: tuple[list[str | int], Any], message: str
) -> None:
    (*path, last), value = change
    changed = copy.deepcopy(tokenizer)
    target: Any = changed
    for part in path:
        target = target[part]
    target[last] = value
    with pytest.raises(ModelError, match=message):
        read_vocabulary(changed, {}, 700)


def test_vocabulary_larger_than_the_embedding(tokenizer: dict[str, Any]) -> None:
    size = len(tokenizer["model"]["vocab"])
    with pytest.raises(ModelError, match=f"ids run from 0 to {size - 1}, but the embedding has {size - 1} rows"):
        read_vocabulary(tokenizer, {}, size - 1)


def test_missing_byte_tokens(tokenizer: dict[str, Any]) -> None:
    del tokenizer["model"]["vocab"][byte_symbols()[0]]
    with pytest.raises(ModelError, match="1 of the 256 byte tokens are missing"):
        read_vocabulary(tokenizer, {}, 700)


def test_special_tokens_without_chatml_come_from_the_configuration(tokenizer: dict[str, Any]) -> None:
    text = json.dumps(tokenizer).replace("<|im_end|>", "<|eot_id|>")
    renamed = json.loads(text)
    config = {"eos_token": {"content": "<|eot_id|>"}, "bos_token": "<|endoftext|>", "add_bos_token": True}
    vocabulary = read_vocabulary(renamed, config, 700)
    assert (vocabulary.eos, vocabulary.bos, vocabulary.pad, vocabulary.add_bos) == (2, 0, None, True)
    with pytest.raises(ModelError, match="has no end token"):
        read_vocabulary(renamed, {}, 700)
    with pytest.raises(ModelError, match=r"eos_token '<nope>' is not in tokenizer.json"):
        read_vocabulary(renamed, {"eos_token": "<nope>"}, 700)


@pytest.mark.skipif(not TOKENIZERS.is_dir(), reason="the development corpora are not beside this checkout")
@pytest.mark.parametrize(("name", "added"), [("qwen2.5", 22), ("qwen3", 26)])
def test_published_qwen_tokenizers(name: str, added: int) -> None:
    tokenizer = json.loads((TOKENIZERS / name / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = read_vocabulary(tokenizer, {}, 151936)
    counts = Counter(vocabulary.types)
    tool_tokens = sum(token["content"][:2] != "<|" for token in tokenizer["added_tokens"])
    assert vocabulary.pre == "qwen2"
    assert (vocabulary.eos, vocabulary.bos, vocabulary.pad) == (151645, 151643, 151643)
    assert counts[TokenType.NORMAL] == 151643
    assert counts[TokenType.CONTROL] == added - tool_tokens
    assert counts[TokenType.USER_DEFINED] == tool_tokens
    assert counts[TokenType.UNUSED] == 151936 - 151643 - added
    assert len(vocabulary.merges) == 151387
