"""Reading checkpoint folders, whole and damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from convert.checkpoint import open_checkpoint
from convert.safetensors import open_safetensors
from taibao_cli.errors import ModelError


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def test_tensors_are_those_that_safetensors_reads(tiny: Path) -> None:
    from safetensors.numpy import load_file

    expected = load_file(tiny / "model.safetensors")
    tensors = open_checkpoint(tiny).tensors
    assert tensors.keys() == expected.keys()
    assert all(np.array_equal(tensors[name].read(), values) for name, values in expected.items())


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "float64"])
def test_number_formats_become_float32(tmp_path: Path, dtype: str) -> None:
    import torch
    from safetensors.torch import save_file

    values = torch.tensor([[1.0, -2.5, 3.1415926], [0.0, -1e-3, 65000.0]]).to(getattr(torch, dtype))
    save_file({"w": values}, tmp_path / "t.safetensors")
    read = open_safetensors(tmp_path / "t.safetensors")["w"].read()
    assert read.dtype == np.float32
    assert np.array_equal(read, values.float().numpy())


def test_integers_are_refused_by_name(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"w": np.zeros(3, np.int64)}, tmp_path / "t.safetensors")
    with pytest.raises(ModelError, match="w is stored as I64; only F32, F16, BF16, F64 can be converted"):
        open_safetensors(tmp_path / "t.safetensors")


def test_shards_read_like_one_file(tiny: Path, copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    placement = {name: f"model-0000{1 + i % 2}-of-00002.safetensors" for i, name in enumerate(weights)}
    for shard in sorted(set(placement.values())):
        save_file({name: weights[name] for name, place in placement.items() if place == shard}, copy / shard)
    (copy / "model.safetensors").unlink()
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": placement}))
    whole, sharded = open_checkpoint(tiny).tensors, open_checkpoint(copy).tensors
    assert {tensor.file.name for tensor in sharded.values()} == set(placement.values())
    assert all(np.array_equal(sharded[name].read(), tensor.read()) for name, tensor in whole.items())

    (copy / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelError, match=r"cannot read .*model-00002-of-00002.safetensors: No such file"):
        open_checkpoint(copy)


def test_index_must_agree_with_the_shards(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "a.safetensors")
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"model.embed_tokens.weight": "a.safetensors", "x": "a.safetensors"}}))
    with pytest.raises(ModelError, match=r"a.safetensors lacks x, which model.safetensors.index.json places there"):
        open_checkpoint(copy)
    index.write_text(json.dumps({"weight_map": {"x": "../a.safetensors"}}))
    with pytest.raises(ModelError, match="is not a file of this folder"):
        open_checkpoint(copy)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing; a checkpoint folder needs it"):
        open_checkpoint(copy)


def test_missing_weights_and_folder(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"has neither model.safetensors nor model.safetensors.index.json"):
        open_checkpoint(copy)
    with pytest.raises(ModelError, match="is not a checkpoint folder"):
        open_checkpoint(copy / "config.json")


@pytest.mark.parametrize(
    ("content", "message"), [(b"{", "not valid JSON"), (b"\xff\xfe{}", "UTF-8"), (b"[]", "a list")]
)
def test_damaged_configuration(copy: Path, content: bytes, message: str) -> None:
    (copy / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        open_checkpoint(copy)


@pytest.mark.parametrize(
    ("keep", "message"), [(0, "header length 0"), (5, "header length"), (60, "header length"), (-1, "does not fit")]
)
def test_weights_cut_short(copy: Path, keep: int, message: str) -> None:
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=message):
        open_checkpoint(copy)


def test_weights_that_are_another_format(copy: Path) -> None:
    (copy / "model.safetensors").write_bytes((20).to_bytes(8, "little") + b"x" * 100)
    with pytest.raises(ModelError, match="its header is not JSON"):
        open_checkpoint(copy)


def test_template_file_comes_before_the_configuration(copy: Path) -> None:
    assert "<|im_start|>" in (open_checkpoint(copy).chat_template or "")
    (copy / "chat_template.jinja").write_bytes("{{ 'ä' }}\r\n".encode())
    assert open_checkpoint(copy).chat_template == "{{ 'ä' }}\r\n"
