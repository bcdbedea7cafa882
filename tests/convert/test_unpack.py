"""A GGUF back to a checkpoint: the same weights, tokens and answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from convert.gguf import convert_checkpoint
from convert.quantize import quantize
from convert.unpack import unpack_gguf
from taibao_cli.errors import ModelError, TaibaoError
from taibao_cli.models.registry import builtin_file
from tests.tiny import make_tiny_gguf
from tests.tiny_hf import make_tiny_checkpoint

torch = pytest.importorskip("torch")
PROJECT = {"prompt": "brief", "lexicon": "words.xz", "general": {"name": "tiny", "languages": ["zh", "en"]}}


def loaded(folder: Path) -> dict[str, Any]:
    from safetensors.numpy import load_file

    return {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}


def dequantized(path: Path) -> dict[str, Any]:
    tensors = gguf.GGUFReader(path).tensors
    return {tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in tensors}


@pytest.mark.parametrize(("family", "tied"), [("qwen3", True), ("qwen2", False)])
def test_there_and_back(tmp_path: Path, family: Any, tied: bool) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = make_tiny_checkpoint(tmp_path / "hf", tied=tied, family=family)
    (source / "taibao.json").write_text(json.dumps(PROJECT), encoding="utf-8")
    convert_checkpoint(source, tmp_path / "tiny.gguf", dtype="f32")
    (tmp_path / "words.xz").write_bytes(b"words")
    unpack_gguf(tmp_path / "tiny.gguf", tmp_path / "back")
    before, after = loaded(source), loaded(tmp_path / "back")
    assert {name: value for name, value in before.items() if name in after}.keys() == after.keys()
    assert before.keys() - after.keys() <= ({"lm_head.weight"} if tied else set())
    assert all(np.array_equal(before[name], value) for name, value in after.items())
    texts = ["一种电池，包括壳体12。<|im_start|>user\nit's 3.5 mm", "ﬁne　text"]
    old, new = (AutoTokenizer.from_pretrained(folder) for folder in (source, tmp_path / "back"))
    assert [old(text).input_ids for text in texts] == [new(text).input_ids for text in texts]
    ids = torch.tensor([old(texts[0]).input_ids])
    logits = [AutoModelForCausalLM.from_pretrained(path)(ids).logits for path in (source, tmp_path / "back")]
    assert torch.equal(logits[0], logits[1])
    assert (tmp_path / "back" / "words.xz").read_bytes() == b"words"
    assert json.loads((tmp_path / "back" / "taibao.json").read_text("utf-8")) == PROJECT


def test_quantized_weights_come_back_as_llamacpp_reads_them(tmp_path: Path) -> None:
    """The round from a quantized file gives the same quantized file."""
    source = make_tiny_checkpoint(tmp_path / "hf")
    convert_checkpoint(source, tmp_path / "full.gguf", dtype="f32")
    quantize(tmp_path / "full.gguf", tmp_path / "q8.gguf", "q8_0", threads=1)
    unpack_gguf(tmp_path / "q8.gguf", tmp_path / "back")
    convert_checkpoint(tmp_path / "back", tmp_path / "again.gguf", dtype="f32")
    first, second = (
        {
            tensor.name: gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            for tensor in gguf.GGUFReader(path).tensors
        }
        for path in (tmp_path / "q8.gguf", tmp_path / "again.gguf")
    )
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_the_built_in_model(tmp_path: Path) -> None:
    unpack_gguf(builtin_file(), tmp_path / "nano")
    facts = json.loads((tmp_path / "nano" / "taibao.json").read_text("utf-8"))
    assert (facts["prompt"], facts["general"]["name"]) == ("brief", "taibao-nano")
    assert (tmp_path / "nano" / facts["lexicon"]).is_file()


def test_what_cannot_be_unpacked(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF\x03\0\0\0")
    with pytest.raises(ModelError, match="not a readable GGUF"):
        unpack_gguf(damaged, tmp_path / "out")
    tiny = make_tiny_gguf(tmp_path / "tiny.gguf")
    shutil.copytree(make_tiny_checkpoint(tmp_path / "llama", family="llama"), tmp_path / "l")
    with pytest.raises(TaibaoError, match="llama exists"):
        unpack_gguf(tiny, tmp_path / "llama")
    assert not (tmp_path / "out").exists()
