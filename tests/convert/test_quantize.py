"""In-process quantization."""

from __future__ import annotations

from pathlib import Path

import pytest

from convert.compare import compare
from convert.quantize import QUANT_TYPES, QuantType, quantize
from taibao_cli.errors import ModelError, TaibaoError, UsageError
from tests.tiny_hf import read_gguf, save_tiny_tokenizer

# type -> (general.file_type, type of the attention output, upper limit of the mean KL; measured: half of it or less)
EXPECTED: dict[QuantType, tuple[int, str, float]] = {
    "f16": (1, "F16", 1e-5),
    "q8_0": (7, "Q8_0", 1e-3),
    "q6_k": (18, "Q6_K", 4e-3),
    "q5_k_m": (17, "Q5_K", 2e-2),
    "q4_k_m": (15, "Q4_K", 5e-2),
    "iq4_xs": (30, "IQ4_XS", 6e-2),
    "q4_0": (2, "Q4_0", 8e-2),
}


@pytest.mark.parametrize("type_", QUANT_TYPES)
def test_every_type_loads_and_runs(
    tiny_gguf: Path, tmp_path: Path, texts: list[str], type_: QuantType, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "q.gguf"
    assert quantize(tiny_gguf, out, type_, threads=1) == []
    assert capfd.readouterr() == ("", "")
    file_type, kind, limit = EXPECTED[type_]
    keys, tensors = read_gguf(out)
    assert keys["general.file_type"] == file_type
    assert tensors["blk.0.attn_output.weight"].tensor_type.name == kind
    assert keys["taibao.normalizer"] == "nfc"
    result = compare(tiny_gguf, out, texts, n_ctx=128, threads=1)
    assert result.kl_mean < limit
    assert type_ == "f16" or out.stat().st_size < tiny_gguf.stat().st_size


def test_widths_that_k_quants_cannot_hold_are_told(tmp_path: Path) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    from convert.gguf import convert_checkpoint

    tokens = save_tiny_tokenizer(tmp_path)
    sizes = {"hidden_size": 192, "intermediate_size": 256, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "tie_word_embeddings": True}
    config = AutoConfig.for_model("qwen3", vocab_size=tokens, **sizes, **heads)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    convert_checkpoint(tmp_path, tmp_path / "m.gguf")
    warnings = quantize(tmp_path / "m.gguf", tmp_path / "q.gguf", "q4_k_m", threads=1)
    expected = "blk.0.attn_k.weight - ncols 192 not divisible by 256 (required for type q4_K) -> falling back to q5_0"
    assert any(expected in warning for warning in warnings)


def test_quantizing_twice_is_refused_with_a_hint(tiny_gguf: Path, tmp_path: Path) -> None:
    quantize(tiny_gguf, tmp_path / "q.gguf", "q4_0", threads=1)
    with pytest.raises(ModelError, match=r"requantizing from type .* is disabled; begin with an f32 or f16 file"):
        quantize(tmp_path / "q.gguf", tmp_path / "again.gguf", "q4_k_m", threads=1)
    assert [path.name for path in tmp_path.iterdir()] == ["q.gguf"]


def test_damaged_input_leaves_the_old_output(tiny_gguf: Path, tmp_path: Path) -> None:
    cut, out = tmp_path / "cut.gguf", tmp_path / "q.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[:-5000])
    out.write_bytes(b"mine")
    with pytest.raises(ModelError, match=r"cannot quantize .*cut.gguf to q8_0: .*corrupted or incomplete"):
        quantize(cut, out, "q8_0", threads=1, overwrite=True)
    assert out.read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.gguf", "q.gguf"]


def test_input_that_is_no_gguf(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot read .*none.gguf: No such file or directory"):
        quantize(tmp_path / "none.gguf", tmp_path / "q.gguf", "q8_0")
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(ModelError, match=r"text.gguf is not a GGUF file; make one with: taibao convert gguf"):
        quantize(tmp_path / "text.gguf", tmp_path / "q.gguf", "q8_0")


def test_output_rules(tiny_gguf: Path, tmp_path: Path) -> None:
    out = tmp_path / "q.gguf"
    out.write_bytes(b"mine")
    with pytest.raises(TaibaoError, match="exists; pass --overwrite"):
        quantize(tiny_gguf, out, "q8_0")
    with pytest.raises(UsageError, match="is the input"):
        quantize(tiny_gguf, tiny_gguf, "q8_0", overwrite=True)
    with pytest.raises(UsageError, match="is a folder"):
        quantize(tiny_gguf, tmp_path, "q8_0")
