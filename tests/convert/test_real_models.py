"""Real weights and real tokenizers: small Llama models of children's stories, and Qwen's vocabularies on patents."""

from __future__ import annotations

import json
import lzma
import re
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from convert.compare import compare, tokenizer_parity
from convert.gguf import DTYPES, DType, convert_checkpoint
from convert.logits import open_tokenizer
from convert.quantize import quantize
from taibao_cli.engine.llamacpp.capi.plain import plain_llama
from tests.convert.families import make_family
from tests.tiny_hf import read_gguf

DATA = Path(__file__).parents[2] / "../shared/data"
STORIES, STORIES_260K = DATA / "realweights/tinystories-656k", DATA / "realweights/stories260k-hf"
TEXTS = [
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a "
    "big, red ball.",
    'Tom and Sam were good friends. They liked to run and jump. "Can I have a cookie?" Tom asked his mom. His mom '
    'said, "Yes, but only one."',
    "The sun was hot and the dog was very sad.  It wanted to find some water.",
]
# Upper limits of the mean KL in nats against transformers in float32; measured: a third of it or less.
KL_LIMIT: dict[DType, float] = {"f32": 1e-5, "f16": 1e-5, "bf16": 2e-4, "q8_0": 5e-3}
LEARNED = "The box was full of red tea and the cat sat on it"

needs_stories = pytest.mark.skipif(not STORIES.is_dir(), reason="needs the real weights in ../shared/data/realweights")


@needs_stories
@pytest.mark.parametrize("dtype", DTYPES)
def test_tinystories(tmp_path: Path, dtype: DType) -> None:
    """The checkpoint ties its head, stores that alone, and has a tokenizer without byte tokens."""
    warnings = convert_checkpoint(STORIES, tmp_path / "m.gguf", dtype=dtype)
    assert [warning.split(":")[0][:32] for warning in warnings] == [
        "tokenizer.json does not join 106",
        "the vocabulary lacks 256 byte to",
    ]
    keys, tensors = read_gguf(tmp_path / "m.gguf")
    assert keys["llama.embedding_length"] == 128
    assert ("output.weight" in tensors, tensors["token_embd.weight"].tensor_type.name) == (False, dtype.upper())
    result = compare(STORIES, tmp_path / "m.gguf", TEXTS, n_ctx=256, threads=1)
    assert result.kl_mean < KL_LIMIT[dtype]
    assert result.top1 > 0.97
    assert tokenizer_parity(STORIES, tmp_path / "m.gguf", TEXTS, threads=1) == []


@needs_stories
def test_from_checkpoint_to_answer(tmp_path: Path) -> None:
    """LoRA, merge, GGUF, quantization: every step gives the sentence that the adapter has learned."""
    from train.mergecheck import merge_and_check

    train_adapter(tmp_path / "adapter")
    check = merge_and_check(STORIES, tmp_path / "adapter", tmp_path / "merged", TEXTS)
    assert (check.same_top1, check.max_logit_difference < 1e-3) == (1.0, True)
    convert_checkpoint(tmp_path / "merged", tmp_path / "f16.gguf", dtype="f16")
    assert compare(tmp_path / "merged", tmp_path / "f16.gguf", TEXTS, n_ctx=256, threads=1).kl_mean < 1e-5
    for name, limit in (("q8_0", 5e-3), ("q5_0", 0.2)):
        quantize(tmp_path / "f16.gguf", tmp_path / f"{name}.gguf", name, threads=1)
        assert compare(tmp_path / "f16.gguf", tmp_path / f"{name}.gguf", TEXTS, n_ctx=256, threads=1).kl_mean < limit
    convert_checkpoint(STORIES, tmp_path / "base.gguf", dtype="f16")
    ids = open_tokenizer(STORIES).encode(LEARNED).ids
    prompt, answer = ids[:6], ids[6:]
    assert greedy(tmp_path / "base.gguf", prompt, len(answer)) != answer
    for name in ("f16", "q8_0", "q5_0"):
        assert greedy(tmp_path / f"{name}.gguf", prompt, len(answer)) == answer, name


def train_adapter(out: Path) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    model: Any = AutoModelForCausalLM.from_pretrained(STORIES, dtype=torch.float32)
    targets = ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"]
    tuned: Any = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=targets, lora_dropout=0.0))
    optimizer = torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=1e-2)
    ids = torch.tensor([open_tokenizer(STORIES).encode(LEARNED).ids])
    for _ in range(40):
        loss = tuned(input_ids=ids, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.05
    tuned.save_pretrained(out)


def greedy(path: Path, prompt: list[int], tokens: int) -> list[int]:
    """The `tokens` likeliest tokens after `prompt`, one after another."""
    model = plain_llama(path, n_ctx=128, n_threads=1, n_threads_batch=1, verbose=False)
    found = list(islice(model.generate(prompt, temp=0.0), tokens))
    model.close()
    return found


@pytest.mark.skipif(not STORIES_260K.is_dir(), reason="needs the real weights in ../shared/data/realweights")
@pytest.mark.parametrize("dtype", DTYPES)
def test_stories260k_from_token_ids(tmp_path: Path, dtype: DType) -> None:
    from transformers import AutoModelForCausalLM

    from convert.logits import GgufModel

    folder = with_tokenizer(tmp_path / "hf")
    convert_checkpoint(folder, tmp_path / "m.gguf", dtype=dtype)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    story = model.generate(torch.tensor([[1]]), max_new_tokens=120, do_sample=False)[0].tolist()
    with torch.inference_mode():
        expected = torch.log_softmax(model(input_ids=torch.tensor([story])).logits[0].double(), -1).numpy()
    converted = GgufModel(tmp_path / "m.gguf", n_ctx=256, threads=1)
    found = torch.log_softmax(torch.from_numpy(converted.logits(story).copy()).double(), -1).numpy()
    converted.close()
    assert (np.exp(expected) * (expected - found)).sum(-1).mean() < KL_LIMIT[dtype]
    if dtype in ("f32", "f16"):
        assert found[:-1].argmax(-1).tolist() == story[1:]


def with_tokenizer(folder: Path) -> Path:
    """stories260k with llama2.c's tok512.bin as tokenizer.json: every pair of tokens that makes a token is a merge."""
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).symlink_to((STORIES_260K / name).resolve())
    data, at, tokens = (STORIES_260K / "tok512.bin").read_bytes(), 4, []
    while at < len(data):
        _, length = struct.unpack_from("<fi", data, at)
        tokens.append(data[at + 8 : at + 8 + length].decode().replace(" ", "\u2581"))
        at += 8 + length
    tokens[:3] = ["<unk>", "<s>", "</s>"]
    vocab = {token: i for i, token in enumerate(tokens)}
    merges = [
        [token[:cut], token[cut:]]
        for token in tokens[259:]
        for cut in range(1, len(token))
        if token[:cut] in vocab and token[cut:] in vocab
    ]
    prepend = {"type": "Prepend", "prepend": "\u2581"}
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    model = {"type": "BPE", "unk_token": "<unk>", "byte_fallback": True, "vocab": vocab, "merges": merges}
    tokenizer = {"normalizer": {"type": "Sequence", "normalizers": [prepend, replace]}, "model": model}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<s>", "eos_token": "</s>"}', encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("qwen3", 300),
        pytest.param("qwen2.5", 10_000, marks=pytest.mark.slow),
        pytest.param("qwen3", 10_000, marks=pytest.mark.slow),
    ],
)
def test_patents_are_cut_alike(tmp_path: Path, name: str, sentences: int) -> None:
    """Half of the sentences Chinese, half English, in llama.cpp and with the published tokenizer.json."""
    if not (DATA / "tokenizers" / name).is_dir() or not (DATA / "patents_zh.jsonl.xz").is_file():
        pytest.skip("needs the published tokenizers and the patents in ../shared/data")
    folder = make_family(tmp_path / "hf", "qwen3", tokenizer=DATA / "tokenizers" / name)
    convert_checkpoint(folder, tmp_path / "m.gguf")
    texts = [text for lang in ("zh", "en") for text in islice(patent_sentences(lang), sentences // 2)]
    assert len(set(texts)) == sentences
    assert tokenizer_parity(folder, tmp_path / "m.gguf", texts, threads=1) == []


def patent_sentences(lang: str) -> Iterator[str]:
    """Different sentences of the corpus, in its order, of five characters or more."""
    seen = set()
    with lzma.open(DATA / f"patents_{lang}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            claims = row.get("claims") or ""
            whole = "\n".join([row.get("abstract") or "", claims if isinstance(claims, str) else "\n".join(claims)])
            for sentence in re.split(r"(?<=[。；])|(?<=\. )|\n", whole):
                if len(sentence) >= 5 and sentence not in seen:
                    seen.add(sentence)
                    yield sentence
