"""Statistics of inputs, gathered layer by layer, and their file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from convert.calibrate import importance_matrix
from convert.gguf import convert_checkpoint
from convert.imatrix import read_imatrix
from convert.logits import open_tokenizer
from taibao_cli.cli import convert as commands
from taibao_cli.errors import InputError, ModelError
from tests.convert.families import make_family
from tests.tiny_hf import CORPUS, read_gguf


@pytest.mark.parametrize("family", ["qwen2", "qwen3", "llama3"])
def test_statistics_are_those_of_the_whole_model(tmp_path: Path, family: str) -> None:
    from transformers import AutoModelForCausalLM

    folder = make_family(tmp_path / family, family)
    matrix = importance_matrix(folder, CORPUS, dataset="corpus", chunk_size=32, chunks=5, threads=1)
    tokenizer = open_tokenizer(folder)
    ids = [token for text in CORPUS for token in [*tokenizer.encode(text).ids, tokenizer.token_to_id("<|endoftext|>")]]
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    expected: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            expected[name] = torch.zeros(module.in_features, dtype=torch.float64)
            module.register_forward_pre_hook(adder(expected[name]))
    with torch.inference_mode():
        for start in range(0, 5 * 32, 32):
            model(input_ids=torch.tensor([ids[start : start + 32]]), use_cache=False)
    places = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    }  # fmt: skip
    assert len(expected) == len(matrix.sums) == 14
    for name, total in expected.items():
        layer, module_name = name.removeprefix("model.layers.").split(".", 1)
        found = matrix.sums[f"blk.{layer}.{places[module_name]}.weight"]
        assert np.allclose(found, total.numpy(), rtol=1e-4), name
    assert set(matrix.counts.values()) == {160}


def adder(total: torch.Tensor) -> Callable[[torch.nn.Module, tuple[torch.Tensor, ...]], None]:
    def add(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        total.add_(inputs[0].double().square().sum((0, 1)))

    return add


def test_command_and_file(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    texts, out, small = tmp_path / "texts.txt", tmp_path / "imatrix.gguf", tmp_path / "q.gguf"
    texts.write_text("\n".join(CORPUS), encoding="utf-8")
    made = run("imatrix", tiny, "--texts", texts, "-o", out, "--ctx", 64, "--chunks", 2, "--threads", 1)
    assert made.exit_code == 0
    assert made.stderr == f"taibao: wrote {out} (14 weights, 128 tokens in 2 windows)\n"
    keys, tensors = read_gguf(out)
    assert keys["general.type"] == "imatrix"
    assert [keys[f"imatrix.{key}"] for key in ("datasets", "chunk_count", "chunk_size")] == [["texts.txt"], 2, 64]
    assert list(tensors["blk.1.ffn_down.weight.in_sum2"].shape) == [512, 1]
    assert tensors["blk.1.ffn_down.weight.counts"].data.tolist() == [[128.0]]
    matrix = read_imatrix(out)
    assert np.array_equal(matrix.means()["blk.0.attn_q.weight"], matrix.sums["blk.0.attn_q.weight"] / 128)
    quantized = run("quantize", tiny_gguf, "-o", small, "--type", "IQ2_XS", "--imatrix", out, "--threads", 1)
    assert quantized.exit_code == 0
    assert read_gguf(small)[0]["quantize.imatrix.file"] == "imatrix.gguf"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands.convert, [str(argument) for argument in arguments])


def test_what_is_refused(tiny: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fewer than two tokens"):
        importance_matrix(tiny, [], dataset="none")
    with pytest.raises(ModelError, match="mixture of experts"):
        importance_matrix(make_family(tmp_path / "moe", "qwen3moe"), CORPUS, dataset="corpus")
    with pytest.raises(ModelError, match=r"holds no importance matrix; make one with: taibao convert imatrix"):
        read_imatrix(tiny_gguf)


def test_short_texts_make_one_short_window(tmp_path: Path) -> None:
    folder = make_family(tmp_path / "qwen2", "qwen2")
    matrix = importance_matrix(folder, ["the thing"], dataset="one", threads=1)
    assert (matrix.chunks, matrix.chunk_size) == (1, 512)
    convert_checkpoint(folder, tmp_path / "m.gguf", dtype="f32")
    assert matrix.sums.keys() <= read_gguf(tmp_path / "m.gguf")[1].keys()
