"""Checkpoint to GGUF: what the file says, and that llama.cpp computes the same from it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convert.compare import compare, tokenizer_parity
from convert.gguf import DType, convert_checkpoint
from convert.metadata import ModelMetadata, Source
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import ModelError, TaibaoError
from tests.tiny_hf import LLAMA3_REGEX, REGEX, Family, make_tiny_checkpoint, read_gguf, save_tiny_tokenizer

# Limits of the mean KL and of the share of equal first tokens. bf16 and q8_0 round weights by 0.2 %, which on these
# flat distributions measures 3e-5 and 3e-4.
KL_LIMIT: dict[DType, float] = {"f32": 1e-5, "f16": 1e-5, "bf16": 1e-4, "q8_0": 1e-3}
TOP1_LIMIT: dict[DType, float] = {"f32": 0.99, "f16": 0.99, "bf16": 0.97, "q8_0": 0.9}


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "copy"))


def change_weights(folder: Path, name: str, index: tuple[int, ...], value: float) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights[name][index] = value
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}))


@pytest.mark.parametrize("dtype", KL_LIMIT)
def test_logits_agree_with_transformers(tiny: Path, tmp_path: Path, texts: list[str], dtype: DType) -> None:
    convert_checkpoint(tiny, tmp_path / "m.gguf", dtype=dtype)
    result = compare(tiny, tmp_path / "m.gguf", texts, n_ctx=128, threads=1)
    assert result.tokens > 400
    assert result.kl_mean < KL_LIMIT[dtype]
    assert result.top1 >= TOP1_LIMIT[dtype]


@pytest.mark.parametrize(
    ("family", "tied"), [("qwen3", False), ("qwen2", True), ("qwen2", False), ("qwen3_moe", False), ("llama", False)]
)
def test_every_family_agrees_with_transformers(tmp_path: Path, texts: list[str], family: Family, tied: bool) -> None:
    regex = LLAMA3_REGEX if family == "llama" else REGEX
    folder = make_tiny_checkpoint(tmp_path / "hf", tied=tied, family=family, regex=regex)
    convert_checkpoint(folder, tmp_path / "m.gguf", dtype="f16")
    keys, tensors = read_gguf(tmp_path / "m.gguf")
    assert keys["general.architecture"] == family.replace("_", "")
    assert keys["tokenizer.ggml.pre"] == ("llama-bpe" if family == "llama" else "qwen2")
    assert ("output.weight" in tensors) is not tied
    # of experts that are nearly tied for a token, rounding may choose the other
    limit = 1e-3 if family == "qwen3_moe" else 1e-5
    assert compare(folder, tmp_path / "m.gguf", texts, n_ctx=128, threads=1).kl_mean < limit
    assert tokenizer_parity(folder, tmp_path / "m.gguf", [*texts, "编号 1234567, 12 and 345"], threads=1) == []


@pytest.mark.parametrize(
    ("family", "rope"),
    [
        ("qwen3", {"rope_type": "linear", "factor": 4.0}),
        ("qwen3", {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}),
        (
            "llama",
            {
                "rope_type": "llama3",
                "factor": 8.0,
                "original_max_position_embeddings": 64,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
            },
        ),
    ],
)
def test_rope_scaling_agrees_with_transformers(
    tmp_path: Path, texts: list[str], family: Family, rope: dict[str, Any]
) -> None:
    folder = make_tiny_checkpoint(tmp_path / "hf", family=family)
    change_config(folder, rope_parameters={"rope_theta": 10000.0, **rope})
    convert_checkpoint(folder, tmp_path / "m.gguf", dtype="f32")
    assert compare(folder, tmp_path / "m.gguf", ["".join(texts)], n_ctx=512, threads=1).kl_mean < 1e-5


def test_keys_of_a_file_with_full_metadata(tiny: Path, tmp_path: Path) -> None:
    metadata = ModelMetadata(
        name="taibao nano",
        basename="taibao-nano",
        finetune="taibao",
        version="0.1",
        license="other",
        license_name="example",
        license_link="https://example.org/licence",
        languages=("zh", "en"),
        tags=("patent",),
        base_models=(Source("base", organization="taibao", repo_url="https://example.org/base"),),
        datasets=(Source("corpus a"), Source("corpus b", version="2")),
    )
    convert_checkpoint(tiny, tmp_path / "m.gguf", dtype="f16", metadata=metadata)
    keys, tensors = read_gguf(tmp_path / "m.gguf")
    expected = {
        "general.architecture": "qwen3",
        "general.type": "model",
        "general.name": "taibao nano",
        "general.basename": "taibao-nano",
        "general.finetune": "taibao",
        "general.version": "0.1",
        "general.size_label": "1.3M",
        "general.file_type": 1,
        "general.quantization_version": 2,
        "general.license": "other",
        "general.license.name": "example",
        "general.license.link": "https://example.org/licence",
        "general.languages": ["zh", "en"],
        "general.tags": ["patent"],
        "general.base_model.count": 1,
        "general.base_model.0.name": "base",
        "general.base_model.0.organization": "taibao",
        "general.base_model.0.repo_url": "https://example.org/base",
        "general.dataset.count": 2,
        "general.dataset.0.name": "corpus a",
        "general.dataset.1.name": "corpus b",
        "general.dataset.1.version": "2",
        "qwen3.block_count": 2,
        "qwen3.context_length": 512,
        "qwen3.embedding_length": 256,
        "qwen3.feed_forward_length": 512,
        "qwen3.attention.head_count": 4,
        "qwen3.attention.head_count_kv": 2,
        "qwen3.attention.key_length": 64,
        "qwen3.attention.value_length": 64,
        "qwen3.rope.freq_base": 10000.0,
        "qwen3.attention.layer_norm_rms_epsilon": float(np.float32(1e-6)),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "qwen2",
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHATML_TEMPLATE,
        "taibao.normalizer": "nfc",
    }
    arrays = {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type", "tokenizer.ggml.merges"}
    assert {key: value for key, value in keys.items() if not key.startswith("GGUF.")}.keys() == expected.keys() | arrays
    assert {key: keys[key] for key in expected} == expected
    rows = int(tensors["token_embd.weight"].shape[1])
    assert len(keys["tokenizer.ggml.tokens"]) == len(keys["tokenizer.ggml.token_type"]) == rows


@pytest.mark.parametrize(("dtype", "matrix"), [("f32", "F32"), ("f16", "F16"), ("bf16", "BF16"), ("q8_0", "Q8_0")])
def test_vectors_and_norms_stay_float32(tiny: Path, tmp_path: Path, dtype: DType, matrix: str) -> None:
    convert_checkpoint(tiny, tmp_path / "m.gguf", dtype=dtype)
    _, tensors = read_gguf(tmp_path / "m.gguf")
    for name, tensor in tensors.items():
        assert tensor.tensor_type.name == ("F32" if "norm" in name else matrix), name


def test_rows_that_q8_0_cannot_cut_become_f16(tmp_path: Path, texts: list[str]) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 80, "intermediate_size": 64, "num_hidden_layers": 1, "tie_word_embeddings": True}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 64}
    config = AutoConfig.for_model("qwen3", vocab_size=save_tiny_tokenizer(tmp_path), **sizes, **heads)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    convert_checkpoint(tmp_path, tmp_path / "m.gguf", dtype="q8_0")
    _, tensors = read_gguf(tmp_path / "m.gguf")
    assert tensors["blk.0.attn_q.weight"].tensor_type.name == "F16"  # rows of 80
    assert tensors["blk.0.attn_output.weight"].tensor_type.name == "Q8_0"  # rows of 128
    assert compare(tmp_path, tmp_path / "m.gguf", texts, n_ctx=128, threads=1).kl_mean < KL_LIMIT["q8_0"]


def test_weights_too_large_for_f16_stay_float32(copy: Path, tmp_path: Path) -> None:
    change_weights(copy, "model.layers.0.mlp.up_proj.weight", (1, 2), 70000.0)
    change_weights(copy, "model.layers.1.mlp.up_proj.weight", (1, 2), -65504.0)
    (warning,) = convert_checkpoint(copy, tmp_path / "m.gguf", dtype="f16")
    assert warning.startswith("blk.0.ffn_up.weight stays float32")
    _, tensors = read_gguf(tmp_path / "m.gguf")
    assert tensors["blk.0.ffn_up.weight"].tensor_type.name == "F32"
    assert tensors["blk.0.ffn_up.weight"].data[1, 2] == 70000.0
    assert tensors["blk.1.ffn_up.weight"].tensor_type.name == "F16"
    assert tensors["blk.1.ffn_up.weight"].data[1, 2] == -65504.0


def test_broken_weights_leave_no_file(copy: Path, tmp_path: Path) -> None:
    change_weights(copy, "model.norm.weight", (3,), float("nan"))
    with pytest.raises(ModelError, match=r"model.norm.weight holds NaN or infinity"):
        convert_checkpoint(copy, tmp_path / "out" / "m.gguf")
    assert not (tmp_path / "out").exists()


def test_project_file_supplies_keys_and_metadata(copy: Path, tmp_path: Path) -> None:
    project = {
        "prompt": "brief",
        "lexicon": "terms.tsv.xz",
        "general": {
            "name": "taibao mini",
            "languages": ["zh"],
            "datasets": [{"name": "a", "url": "https://a.example"}],
        },
    }
    (copy / "taibao.json").write_text(json.dumps(project), encoding="utf-8")
    convert_checkpoint(copy, tmp_path / "m.gguf")
    keys, _ = read_gguf(tmp_path / "m.gguf")
    assert (keys["taibao.prompt"], keys["taibao.lexicon"]) == ("brief", "terms.tsv.xz")
    assert (keys["general.name"], keys["general.languages"]) == ("taibao mini", ["zh"])
    assert keys["general.dataset.0.url"] == "https://a.example"


@pytest.mark.parametrize(
    ("project", "message"),
    [
        ({"prompts": "brief"}, "unknown key prompts; known are general, lexicon, prompt"),
        ({"prompt": "long"}, "prompt must be brief or full, not 'long'"),
        ({"lexicon": "../terms.tsv"}, "lexicon must be a file name without a folder"),
        ({"general": {"licence": "MIT"}}, "unknown key general.licence"),
        ({"general": {"languages": "zh"}}, "general.languages must be a list, not 'zh'"),
        ({"general": {"datasets": [{"url": "x"}]}}, "datasets.name must be a text, not None"),
        ({"general": {"name": ""}}, "name must be a text, not ''"),
    ],
)
def test_project_file_with_mistakes(copy: Path, tmp_path: Path, project: dict[str, Any], message: str) -> None:
    (copy / "taibao.json").write_text(json.dumps(project), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        convert_checkpoint(copy, tmp_path / "m.gguf")
    assert not (tmp_path / "m.gguf").exists()


def test_an_existing_file_is_kept_unless_told_otherwise(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    out.write_bytes(b"mine")
    with pytest.raises(TaibaoError, match="exists; pass --overwrite to replace it"):
        convert_checkpoint(tiny, out)
    assert out.read_bytes() == b"mine"
    convert_checkpoint(tiny, out, overwrite=True)
    assert out.read_bytes()[:4] == b"GGUF"
    assert list(tmp_path.iterdir()) == [out]


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gguf import GGUFWriter

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(GGUFWriter, "write_ti_data_to_file", full)
    out = tmp_path / "m.gguf"
    out.write_bytes(b"mine")
    with pytest.raises(TaibaoError, match=r"cannot write .*m.gguf: No space left on device"):
        convert_checkpoint(tiny, out, overwrite=True)
    assert list(tmp_path.iterdir()) == [out]
    assert out.read_bytes() == b"mine"


def test_folder_that_does_not_exist(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(TaibaoError, match=r"cannot write .*m.gguf: No such file or directory"):
        convert_checkpoint(tiny, tmp_path / "nowhere" / "m.gguf")
