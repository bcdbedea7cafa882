"""The weight tables, ties, and the two rules that move numbers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from convert.checkpoint import open_checkpoint
from convert.hparams import Architecture, Hyperparameters, RopeScaling, read_hparams
from convert.safetensors import Tensor, open_safetensors
from convert.tensors import EMBEDDING, HEAD, LAYER_TENSORS, permute, plan_tensors, rope_factors
from taibao_cli.errors import ModelError


@pytest.fixture(scope="module")
def hparams(tiny: Path) -> Hyperparameters:
    return read_hparams(open_checkpoint(tiny).config)


@pytest.fixture
def tensors(tiny: Path) -> dict[str, Tensor]:
    return dict(open_checkpoint(tiny).tensors)


def stored(path: Path, **values: np.ndarray) -> dict[str, Tensor]:
    from safetensors.numpy import save_file

    save_file(values, path)
    return open_safetensors(path)


@pytest.mark.parametrize("architecture", LAYER_TENSORS)
def test_tables_agree_with_the_gguf_package(architecture: Architecture) -> None:
    import gguf

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[architecture.upper()], 3)
    for source, (name, _) in LAYER_TENSORS[architecture].items():
        stem, suffix = source.rsplit(".", 1)
        assert f"{names.get_name(f'model.layers.2.{stem}')}.{suffix}" == f"blk.2.{name}"
    assert names.get_name("model.embed_tokens") == "token_embd"
    assert names.get_name("model.norm") == "output_norm"
    assert names.get_name("lm_head") == "output"


def test_plan_covers_the_checkpoint_in_order(hparams: Hyperparameters, tensors: dict[str, Tensor]) -> None:
    planned = plan_tensors(hparams, tensors, tied=True)
    assert {source.name for tensor in planned for source in tensor.sources} == set(tensors)
    names = [tensor.name for tensor in planned]
    assert names[:2] == ["token_embd.weight", "blk.0.attn_norm.weight"]
    assert names[-1] == "output_norm.weight"


def test_missing_misshaped_and_unknown_tensors(hparams: Hyperparameters, tensors: dict[str, Tensor]) -> None:
    name = "model.layers.1.mlp.up_proj.weight"
    without = {key: value for key, value in tensors.items() if key != name}
    with pytest.raises(ModelError, match=f"lacks {name}, which a qwen3 model needs"):
        plan_tensors(hparams, without, tied=True)
    with pytest.raises(ModelError, match=r"has shape \(512, 256\), but config.json asks for \(300, 256\)"):
        plan_tensors(dataclasses.replace(hparams, feed_forward=300), tensors, tied=True)
    with pytest.raises(ModelError, match=r"11 tensors have no place in a qwen3 model, first model.layers.1"):
        plan_tensors(dataclasses.replace(hparams, layers=1), tensors, tied=True)
    buffer = {"model.layers.0.self_attn.rotary_emb.inv_freq": tensors[EMBEDDING]}
    assert len(plan_tensors(hparams, tensors | buffer, tied=True)) == len(tensors)


def test_ties_are_compared_not_trusted(hparams: Hyperparameters, tensors: dict[str, Tensor], tmp_path: Path) -> None:
    values = tensors[EMBEDDING].read()
    same = stored(tmp_path / "same.safetensors", **{HEAD: values})
    other = stored(tmp_path / "other.safetensors", **{HEAD: values + 1})

    def written(extra: dict[str, Tensor], *, tied: bool | None) -> set[str]:
        names = {tensor.name for tensor in plan_tensors(hparams, tensors | extra, tied=tied)}
        return names & {"token_embd.weight", "output.weight"}

    for tied in (True, False):
        assert written(same, tied=tied) == {"token_embd.weight"}
        assert written(other, tied=tied) == {"token_embd.weight", "output.weight"}
    with pytest.raises(ModelError, match=r"lacks lm_head.weight, and config.json does not tie it"):
        written({}, tied=False)


def test_tied_checkpoint_that_stores_only_the_head(hparams: Hyperparameters, tensors: dict[str, Tensor]) -> None:
    tensors[HEAD] = tensors.pop(EMBEDDING)
    planned = plan_tensors(hparams, tensors, tied=True)
    assert planned[0].name == "token_embd.weight"
    assert planned[0].sources == (tensors[HEAD],)
    assert "output.weight" not in {tensor.name for tensor in planned}


def test_permute_interleaves_the_halves_of_each_head() -> None:
    rows = np.arange(8, dtype=np.float32)[:, None]
    assert permute(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_rope_factors_are_those_of_transformers() -> None:
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = {
        "rope_type": "llama3",
        "rope_theta": 500000.0,
        "factor": 8.0,
        "original_max_position_embeddings": 8192,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
    }
    config = LlamaConfig(head_dim=128, rope_parameters=rope, max_position_embeddings=131072)
    expected, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    factors = rope_factors(128, 500000.0, RopeScaling("llama3", 8.0, 8192, 1.0, 4.0))
    plain = 500000.0 ** -(np.arange(0, 128, 2) / 128)
    np.testing.assert_allclose(plain / factors, expected.numpy(), rtol=1e-6)
    assert (factors[0], factors[-1]) == (1.0, 8.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "gpt2"}, "model_type 'gpt2' cannot be converted; known are qwen2, qwen3, qwen3_moe, llama"),
        ({"hidden_size": None}, "hidden_size must be a whole number above 0, not None"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be a whole number above 0, not 0"),
        ({"use_sliding_window": True}, "sliding-window"),
        ({"hidden_act": "gelu"}, "hidden_act 'gelu'"),
        ({"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4}}, "rope type 'dynamic'"),
        ({"rope_parameters": {"rope_type": "yarn", "factor": 4.0, "beta_fast": 9}}, "yarn with beta_fast"),
    ],
)
def test_configurations_that_cannot_be_converted(tiny: Path, change: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_hparams({**open_checkpoint(tiny).config, **change})


def test_rope_of_transformers_4_and_5_read_alike(tiny: Path) -> None:
    config = {key: value for key, value in open_checkpoint(tiny).config.items() if key != "rope_parameters"}
    scaling = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512}
    old = read_hparams({**config, "rope_theta": 1000000, "rope_scaling": scaling})
    new = read_hparams({**config, "rope_parameters": {**scaling, "rope_type": "yarn", "rope_theta": 1000000}})
    assert old == new
    assert (old.rope_theta, old.rope_scaling) == (1e6, RopeScaling("yarn", 4.0, 512))
