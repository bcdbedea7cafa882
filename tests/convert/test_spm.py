"""tokenizer.json of Llama 2: scores that make llama.cpp join as its merges do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from convert.compare import tokenizer_parity
from convert.gguf import convert_checkpoint
from convert.spm import is_spm, read_spm, token_scores
from convert.vocab import TokenType
from taibao_cli.errors import ModelError
from tests.convert.families import make_family

NAMES = {"eos_token": "</s>", "bos_token": "<s>", "unk_token": "<unk>"}


@pytest.fixture
def tokenizer(tmp_path: Path) -> dict[str, Any]:
    folder = make_family(tmp_path / "llama2", "llama2")
    value: dict[str, Any] = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    return value


def test_texts_are_cut_as_tokenizers_does(tmp_path: Path) -> None:
    folder = make_family(tmp_path / "llama2", "llama2")
    assert convert_checkpoint(folder, tmp_path / "m.gguf") == []
    texts = [
        "the thing in the inn",
        "  thethe  an",
        "inging, er. thin",
        "散热装置 the 翅片\n\tan",
        "a",
        " ",
        "ééé ther",
    ]
    assert tokenizer_parity(folder, tmp_path / "m.gguf", texts, threads=1) == []


def test_tokens_types_and_scores(tokenizer: dict[str, Any]) -> None:
    vocabulary = read_spm(tokenizer, NAMES, len(tokenizer["model"]["vocab"]) + 1)
    assert vocabulary.model == "llama"
    assert vocabulary.tokens[:4] == ["<unk>", "<s>", "</s>", "<0x00>"]
    assert vocabulary.types[:4] == [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, TokenType.BYTE]
    assert (vocabulary.tokens[-1], vocabulary.types[-1]) == (f"[PAD{len(vocabulary.tokens) - 1}]", TokenType.UNUSED)
    assert (vocabulary.eos, vocabulary.bos, vocabulary.unk, vocabulary.pad) == (2, 1, 0, None)
    scores = dict(zip(vocabulary.tokens, vocabulary.scores, strict=True))
    assert [scores[token] for token in ("th", "the", "in", "ing", "er", "an")] == [0, -1, -2, -3, -4, -5]
    assert (vocabulary.add_bos, vocabulary.space_prefix, vocabulary.warnings) == (False, True, [])


def test_a_token_made_twice_keeps_its_first_place() -> None:
    assert token_scores([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc")]) == {"ab": 0.0, "bc": -1.0, "abc": -2.0}


def test_bos_by_the_post_processor(tokenizer: dict[str, Any]) -> None:
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    }
    assert read_spm(tokenizer, NAMES, 300).add_bos
    assert not read_spm(tokenizer, NAMES | {"add_bos_token": False}, 300).add_bos


def test_what_llama_cpp_would_cut_otherwise_is_told(tokenizer: dict[str, Any]) -> None:
    vocab = tokenizer["model"]["vocab"]
    vocab["he"] = len(vocab)  # t + he makes "the" as well, but no merge says so
    tokenizer["model"]["vocab"] = {token: i for token, i in vocab.items() if token != "<0x41>"}
    pairs, missing = read_spm(tokenizer, NAMES, 300).warnings
    assert pairs.startswith("tokenizer.json does not join 1 pairs of tokens that llama.cpp joins")
    assert missing.startswith("the vocabulary lacks 1 byte tokens")


@pytest.mark.parametrize(("scheme", "prefix"), [("first", True), ("always", True), ("never", False)])
def test_spaces_by_a_pre_tokenizer(tokenizer: dict[str, Any], scheme: str, prefix: bool) -> None:
    tokenizer["normalizer"] = None
    tokenizer["pre_tokenizer"] = {
        "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": scheme, "split": False,
    }  # fmt: skip
    assert read_spm(tokenizer, NAMES, 300).space_prefix is prefix
    tokenizer["pre_tokenizer"]["split"] = True
    with pytest.raises(ModelError, match="spaces are not treated as in Llama 2"):
        read_spm(tokenizer, NAMES, 300)


def test_what_cannot_be_converted_is_refused(tokenizer: dict[str, Any]) -> None:
    assert is_spm(tokenizer)
    assert not is_spm({"model": {"type": "BPE"}})
    with pytest.raises(ModelError, match="no end token"):
        read_spm(tokenizer, {}, 300)
    tokenizer["model"]["merges"].append(["t", "q"])
    with pytest.raises(ModelError, match=r"the merge \['t', 'q'\] does not join two tokens into a third"):
        read_spm(tokenizer, NAMES, 300)
    tokenizer["model"]["type"] = "Unigram"
    with pytest.raises(ModelError, match="only BPE can be converted"):
        read_spm(tokenizer, NAMES, 300)
