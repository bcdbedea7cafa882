"""Models of Qwen's shape with its published tokenizers: checkpoint, LoRA, merge, GGUF, quantized, answer."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from convert.calibrate import importance_matrix  # noqa: E402
from convert.compare import compare  # noqa: E402
from convert.gguf import convert_checkpoint  # noqa: E402
from convert.quantize import QUANT_TYPES, quantize  # noqa: E402
from taibao_cli.engine.base import Message, Request  # noqa: E402
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine  # noqa: E402
from taibao_cli.models.gguf import read_metadata  # noqa: E402
from tests.convert.test_quantize import EXPECTED, NEED_IMATRIX  # noqa: E402
from train.finetune.config import load_finetune  # noqa: E402
from train.finetune.job import finetune, read_material  # noqa: E402
from train.mergecheck import merge_and_check  # noqa: E402

TOKENIZERS = Path(__file__).parents[2] / "../shared/data/tokenizers"
ROWS = 151_936
QUESTION, ANSWER = "给出分类号：一种锂离子电池的正极材料。", "H01M 4/505"
TEXTS = ["本发明公开了一种锂离子电池，包括壳体和设于所述壳体内的散热片。", f"{QUESTION}\n{ANSWER}"]
CONFIG = """
pack_tokens = 64
batch_tokens = 64
epochs = 30
lr = 0.01
precision = "f32"
save_every = 1000
[adapter]
rank = 8
alpha = 16
[architecture]
hidden = 256
"""


def make_qwen(folder: Path, family: str, tokenizer: Path) -> Path:
    """A random model of width 256 with the rows that the published ones have."""
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config: Any = AutoConfig.for_model(
        family, vocab_size=ROWS, hidden_size=256, intermediate_size=512, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=64, max_position_embeddings=512, tie_word_embeddings=True,
        initializer_range=0.1, bos_token_id=151643, eos_token_id=151645,
    )  # fmt: skip
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(tokenizer / name, folder / name)
    return folder


def train(base: Path, folder: Path) -> Path:
    """An adapter that has learned one answer."""
    said = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": ANSWER}]
    (folder / "data.jsonl").write_text(json.dumps({"messages": said}) + "\n", encoding="utf-8")
    (folder / "c.toml").write_text(CONFIG, encoding="utf-8")
    material = read_material(load_finetune(str(folder / "c.toml")), base, [folder / "data.jsonl"], [])
    adapter = finetune(material, folder / "run", lambda facts: None)
    assert adapter is not None
    return adapter


MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


def types_of(path: Path) -> dict[str, str]:
    """Of the embeddings and of the matrices of the first layer, as the file states them. The gguf package takes a
    minute for a vocabulary of this size."""
    from gguf import GGMLQuantizationType

    data = path.read_bytes()
    found = {}
    for name in ("token_embd", *(f"blk.0.{matrix}" for matrix in MATRICES)):
        entry = f"{name}.weight".encode()
        at = data.index(struct.pack("<Q", len(entry)) + entry) + 8 + len(entry)
        (rank,) = struct.unpack_from("<I", data, at)
        (kind,) = struct.unpack_from("<I", data, at + 4 + 8 * rank)
        found[name.split(".")[-1]] = GGMLQuantizationType(kind).name
    return found


def answered(path: Path) -> str:
    engine = LlamaCppEngine(path, ctx=128, threads=1)
    try:
        (result,) = engine.run([Request("1", (Message("user", QUESTION),), max_tokens=12)])
    finally:
        engine.close()
    assert result.error is None
    return result.text if result.finish == "stop" else f"{result.text} …"


@pytest.mark.parametrize(
    ("name", "family", "types"),
    [
        ("qwen3", "qwen3", ("q8_0", "q4_k_m")),
        pytest.param("qwen2.5", "qwen2", tuple(QUANT_TYPES), marks=pytest.mark.slow),
        pytest.param("qwen3", "qwen3", tuple(QUANT_TYPES), marks=pytest.mark.slow),
    ],
    ids=["qwen3", "qwen2.5 in all types", "qwen3 in all types"],
)
def test_from_checkpoint_to_answer(tmp_path: Path, name: str, family: str, types: tuple[str, ...]) -> None:
    if not (TOKENIZERS / name).is_dir():
        pytest.skip("needs the published tokenizers in ../shared/data/tokenizers")
    base = make_qwen(tmp_path / "base", family, TOKENIZERS / name)
    adapter = train(base, tmp_path)
    merged, full = tmp_path / "merged", tmp_path / "f16.gguf"
    check = merge_and_check(base, adapter, merged, TEXTS)
    assert check.same_top1 == 1.0
    convert_checkpoint(merged, full, dtype="f16")
    assert compare(merged, full, TEXTS, n_ctx=128, threads=1).kl_mean < 1e-5
    keys = read_metadata(full)
    assert (keys["tokenizer.ggml.tokens"].length, keys["tokenizer.ggml.eos_token_id"]) == (ROWS, 151645)
    assert answered(full) == ANSWER
    led = set(types) & set(NEED_IMATRIX)
    matrix = importance_matrix(merged, TEXTS, dataset="texts", chunk_size=64, threads=1) if led else None
    for type_ in types:
        out = tmp_path / "quantized.gguf"
        quantize(full, out, type_, imatrix=matrix if type_ in led else None, threads=2, overwrite=True)
        file_type, usual, others, _ = EXPECTED[type_]
        assert read_metadata(out)["general.file_type"] == file_type
        assert types_of(out) == dict.fromkeys(("token_embd", *MATRICES), usual) | others, type_
        if type_ in ("q8_0", "q6_k", "q5_k_m", "q4_k_m"):
            assert answered(out) == ANSWER, type_
