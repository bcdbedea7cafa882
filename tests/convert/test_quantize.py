"""In-process quantization."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from convert.calibrate import importance_matrix
from convert.compare import compare
from convert.imatrix import ImportanceMatrix
from convert.quantize import QUANT_TYPES, ftype_name, quantize
from convert.tensors import LAYER_TENSORS
from taibao_cli.errors import ModelError, TaibaoError, UsageError
from tests.tiny_hf import CORPUS, read_gguf, save_tiny_tokenizer

# type -> (file type, that of the matrices of the first layer, those of other types, upper limit of the mean KL).
# The limits are about twice what was measured on these random weights of width 256.
THREE = ("attn_output", "attn_v", "ffn_down")
EXPECTED: dict[str, tuple[int, str, dict[str, str], float]] = {
    "f32": (0, "F32", {}, 1e-6),
    "f16": (1, "F16", {}, 1e-5),
    "bf16": (32, "BF16", {}, 1e-4),
    "q8_0": (7, "Q8_0", {}, 1e-3),
    "mxfp4_moe": (38, "Q8_0", {}, 1e-3),  # of a dense model: nothing in it is an expert
    "q6_k": (18, "Q6_K", {}, 4e-3),
    "q5_k_m": (17, "Q5_K", {"token_embd": "Q6_K"}, 2e-2),
    "q5_k_s": (16, "Q5_K", {"token_embd": "Q6_K"}, 2e-2),
    "q4_k_m": (15, "Q4_K", {"token_embd": "Q6_K"}, 5e-2),
    "q4_k_s": (14, "Q4_K", {"token_embd": "Q6_K", "attn_v": "Q5_K"}, 4e-2),
    "q3_k_l": (13, "Q3_K", {"token_embd": "Q6_K", **dict.fromkeys(THREE, "Q5_K")}, 0.1),
    "q3_k_m": (12, "Q3_K", {"token_embd": "Q6_K", "attn_output": "Q4_K", "attn_v": "Q5_K", "ffn_down": "Q4_K"}, 0.1),
    "q3_k_s": (11, "Q3_K", {"token_embd": "Q6_K"}, 0.2),
    "q2_k": (10, "Q2_K", {"token_embd": "Q6_K", **dict.fromkeys(THREE, "Q3_K")}, 0.3),
    "q2_k_s": (21, "Q2_K", {"token_embd": "Q6_K"}, 0.45),
    "q4_0": (2, "Q4_0", {"token_embd": "Q6_K"}, 8e-2),
    "q4_1": (3, "Q4_1", {"token_embd": "Q6_K"}, 6e-2),
    "q5_0": (8, "Q5_0", {"token_embd": "Q6_K"}, 2e-2),
    "q5_1": (9, "Q5_1", {"token_embd": "Q6_K"}, 2e-2),
    "iq4_xs": (30, "IQ4_XS", {"token_embd": "Q6_K"}, 6e-2),
    "iq4_nl": (25, "IQ4_NL", {"token_embd": "Q6_K"}, 5e-2),
    "iq3_m": (27, "IQ3_S", {"token_embd": "Q6_K", "attn_output": "Q4_K", "attn_v": "Q4_K"}, 0.15),
    "iq3_s": (26, "IQ3_S", {"token_embd": "Q6_K"}, 0.2),
    "iq3_xs": (22, "IQ3_XXS", {"token_embd": "Q6_K", **dict.fromkeys(THREE, "IQ3_S")}, 0.2),
    "iq3_xxs": (
        23, "IQ3_XXS", {"token_embd": "Q5_K", "attn_output": "IQ3_S", "attn_q": "IQ2_S", "attn_k": "IQ2_S"}, 0.25,
    ),
    "iq2_m": (29, "IQ2_S", {"token_embd": "Q5_K", "attn_output": "IQ3_S", "attn_v": "IQ3_S"}, 0.3),
    "iq2_s": (28, "IQ2_XS", {"token_embd": "Q5_K", "attn_output": "IQ3_S", "attn_v": "IQ3_S"}, 0.35),
    "iq2_xs": (20, "IQ2_XS", {"token_embd": "Q5_K", "attn_v": "Q2_K"}, 0.45),
    "iq2_xxs": (19, "IQ2_XXS", {"token_embd": "Q5_K", "attn_v": "Q2_K"}, 0.55),
    "iq1_m": (31, "IQ1_M", {"token_embd": "Q5_K", "attn_output": "IQ2_XXS", "attn_v": "Q2_K"}, 0.7),
    "iq1_s": (24, "IQ1_S", {"token_embd": "Q5_K", "attn_output": "IQ2_XXS", "attn_v": "Q2_K"}, 0.7),
    "q1_0": (40, "Q1_0", {"token_embd": "Q6_K"}, 1.0),
    "tq2_0": (37, "TQ2_0", {"token_embd": "Q6_K"}, 1.2),
    "tq1_0": (36, "TQ1_0", {"token_embd": "Q6_K"}, 1.2),
}  # fmt: skip
NEED_IMATRIX = ("q2_k_s", "iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq2_m", "iq3_xxs", "iq3_xs")
USUAL = ("f16", "q8_0", "q6_k", "q5_k_m", "q4_k_m", "iq4_xs", "q2_k", "iq2_xs")


@pytest.fixture(scope="module")
def matrix(tiny: Path) -> ImportanceMatrix:
    return importance_matrix(tiny, CORPUS, dataset="corpus", chunk_size=64, threads=1)


@pytest.mark.parametrize(
    "type_", [name if name in USUAL else pytest.param(name, marks=pytest.mark.slow) for name in QUANT_TYPES]
)
def test_every_type_loads_and_runs(
    tiny_gguf: Path,
    tmp_path: Path,
    texts: list[str],
    matrix: ImportanceMatrix,
    type_: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "q.gguf"
    assert quantize(tiny_gguf, out, type_, imatrix=matrix if type_ in NEED_IMATRIX else None, threads=1) == []
    assert capfd.readouterr() == ("", "")
    file_type, usual, others, limit = EXPECTED[type_]
    keys, tensors = read_gguf(out)
    assert keys["general.file_type"] == file_type
    found = {name.split(".")[-2]: tensor.tensor_type.name for name, tensor in tensors.items() if first_matrix(name)}
    names = [source for source, (_, dims) in LAYER_TENSORS["qwen3"].items() if len(dims) == 2]
    matrices = ["token_embd", *(LAYER_TENSORS["qwen3"][name][0].split(".")[0] for name in names)]
    assert found == dict.fromkeys(matrices, usual) | others
    assert {tensor.tensor_type.name for name, tensor in tensors.items() if "norm" in name} == {"F32"}
    assert keys["taibao.normalizer"] == "nfc"
    result = compare(tiny_gguf, out, texts, n_ctx=128, threads=1)
    assert result.kl_mean < limit
    assert type_ in ("f16", "bf16", "f32") or out.stat().st_size < tiny_gguf.stat().st_size


def first_matrix(name: str) -> bool:
    return name.startswith(("blk.0.", "token_embd.")) and "norm" not in name


def test_types_are_constants_of_the_library() -> None:
    import llama_cpp

    known = {name for name in dir(llama_cpp) if name.startswith("LLAMA_FTYPE_")}
    assert {ftype_name(type_) for type_ in QUANT_TYPES} <= known
    # the gguf package or the quantizer itself does not have these yet
    left_out = known - {ftype_name(type_) for type_ in QUANT_TYPES} - {"LLAMA_FTYPE_GUESSED"}
    assert left_out <= {"LLAMA_FTYPE_MOSTLY_NVFP4", "LLAMA_FTYPE_MOSTLY_Q2_0"}


def test_two_bits_need_an_importance_matrix(tiny_gguf: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"requires an importance matrix! .*; give one made with: taibao convert imatrix"
    ):
        quantize(tiny_gguf, tmp_path / "q.gguf", "iq2_xs", threads=1)
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_makes_a_better_file_and_is_named_in_it(
    tiny_gguf: Path, tmp_path: Path, texts: list[str], matrix: ImportanceMatrix
) -> None:
    quantize(tiny_gguf, tmp_path / "plain.gguf", "q2_k", threads=1)
    quantize(tiny_gguf, tmp_path / "led.gguf", "q2_k", imatrix=matrix, imatrix_name="i.gguf", threads=1)
    plain, led = (
        compare(tiny_gguf, tmp_path / f"{name}.gguf", texts, n_ctx=128, threads=1).kl_mean for name in ("plain", "led")
    )
    assert led < 0.9 * plain  # measured: 0.142 and 0.173
    keys, _ = read_gguf(tmp_path / "led.gguf")
    assert {name: value for name, value in keys.items() if ".imatrix." in name} == {
        "quantize.imatrix.file": "i.gguf",
        "quantize.imatrix.dataset": "corpus",
        "quantize.imatrix.entries_count": 14,
        "quantize.imatrix.chunks_count": 7,
    }


def test_a_matrix_of_another_model_is_refused(tiny_gguf: Path, tmp_path: Path, matrix: ImportanceMatrix) -> None:
    sums = {**matrix.sums, "blk.0.ffn_down.weight": matrix.sums["blk.0.ffn_down.weight"][:-1]}
    with pytest.raises(ModelError, match=r"cannot quantize .*imatrix size"):
        quantize(tiny_gguf, tmp_path / "q.gguf", "q4_k_m", imatrix=replace(matrix, sums=sums), threads=1)


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
