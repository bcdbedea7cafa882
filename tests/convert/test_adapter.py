"""peft adapters as GGUF: llama.cpp computes with them what the merged model computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from convert.adapter import convert_adapter
from convert.gguf import convert_checkpoint
from taibao_cli.cli import convert as commands
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.errors import ModelError
from tests.tiny_hf import Family, make_tiny_checkpoint, read_gguf

MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
F16 = 5e-4
"""What the rounding of keys and values to f16 makes of probabilities."""
LABELS = ("发明", "实用新型", "外观设计", "device", "device and method")


def make_adapter(base: Path, folder: Path, *, seed: int = 1, **options: Any) -> Any:
    """Save a random LoRA adapter that changes the model much; return the model with it."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    settings = {"r": 4, "lora_alpha": 8, "target_modules": MODULES, **options}
    model: Any = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(**settings))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return model


def merged_gguf(base: Path, model: Any, folder: Path) -> Path:
    merged = make_tiny_checkpoint(folder / "merged", family=model.config.model_type)
    model.merge_and_unload().save_pretrained(merged)
    convert_checkpoint(merged, folder / "merged.gguf", dtype="f32")
    return folder / "merged.gguf"


def probabilities(engine: LlamaCppEngine, adapter: str | None) -> list[tuple[str, float]]:
    (result,) = engine.run([Request("1", (Message("user", "一种电机"),), 8, labels=LABELS, adapter=adapter)])
    assert result.error is None
    return sorted((score.label, score.p) for score in result.labels or ())


@pytest.mark.parametrize(("family", "rslora"), [("qwen3", False), ("qwen3", True), ("llama", False)])
def test_a_converted_adapter_changes_the_model_as_merging_does(tmp_path: Path, family: Family, rslora: bool) -> None:
    base = make_tiny_checkpoint(tmp_path / "base", family=family)
    tuned = make_adapter(base, tmp_path / "adapter", use_rslora=rslora)
    assert convert_adapter(tmp_path / "adapter", base, tmp_path / "a.gguf") == 2 * len(MODULES)
    convert_checkpoint(base, tmp_path / "base.gguf", dtype="f32")
    with_adapter = LlamaCppEngine(tmp_path / "base.gguf", threads=1, adapters={"a": tmp_path / "a.gguf"})
    merged = LlamaCppEngine(merged_gguf(base, tuned, tmp_path), threads=1)
    expected = probabilities(merged, None)
    assert probabilities(with_adapter, "a") == [(label, pytest.approx(p, abs=F16)) for label, p in expected]
    plain = probabilities(with_adapter, None)
    assert max(abs(p - q) for (_, p), (_, q) in zip(plain, expected, strict=True)) > 0.01
    assert probabilities(with_adapter, "a") == [(label, pytest.approx(p, abs=F16)) for label, p in expected]
    for engine in (with_adapter, merged):
        engine.close()


@pytest.mark.parametrize("rslora", [False, True])
def test_logits_with_a_converted_adapter_are_those_of_peft(tiny: Path, tmp_path: Path, rslora: bool) -> None:
    """The scale of rsLoRA, alpha/sqrt(rank), is written as an alpha that llama.cpp divides by the rank."""
    import llama_cpp
    import torch

    tuned = make_adapter(tiny, tmp_path / "adapter", use_rslora=rslora).eval()
    convert_adapter(tmp_path / "adapter", tiny, tmp_path / "a.gguf")
    convert_checkpoint(tiny, tmp_path / "base.gguf", dtype="f32")
    ids = [(7 * n * n + 3 * n) % 500 + 3 for n in range(64)]
    with torch.inference_mode():
        expected = torch.log_softmax(tuned(input_ids=torch.tensor([ids])).logits[0].double(), -1)
    model = llama_cpp.Llama(
        str(tmp_path / "base.gguf"), lora_path=str(tmp_path / "a.gguf"), n_ctx=128, n_threads=1, logits_all=True,
        verbose=False,
    )  # fmt: skip
    model.eval(ids)
    found = torch.log_softmax(torch.from_numpy(model.scores[: len(ids)].copy()).double(), -1)
    model.close()
    assert float((expected.exp() * (expected - found)).sum(-1).mean()) < 1e-5


def test_the_file_says_what_it_is(tiny: Path, tmp_path: Path) -> None:
    make_adapter(tiny, tmp_path / "adapter", target_modules=["q_proj"])
    out = tmp_path / "ipc.gguf"
    arguments = ["adapter", tmp_path / "adapter", "--base", tiny, "-o", out, "--type", "f16"]
    result = CliRunner().invoke(commands.convert, [str(argument) for argument in arguments])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 modules" in result.stderr
    keys, tensors = read_gguf(out)
    assert {name: keys[name] for name in keys if name.startswith(("general.", "adapter."))} == {
        "general.architecture": "qwen3",
        "general.type": "adapter",
        "general.name": "ipc",
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    assert {name: (tensor.tensor_type.name, tuple(tensor.shape)) for name, tensor in tensors.items()} == {
        f"blk.{layer}.attn_q.weight.lora_{part}": ("F16", shape)
        for layer in (0, 1)
        for part, shape in (("a", (256, 4)), ("b", (4, 256)))
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"use_dora": True}, "use_dora True cannot be converted"),
        ({"bias": "all"}, "bias 'all' cannot be converted"),
        ({"alpha_pattern": {"q_proj": 3}}, "alpha_pattern"),
        ({"modules_to_save": ["embed_tokens"]}, "modules_to_save"),
        ({"peft_type": "IA3"}, "IA3 cannot be converted"),
        ({"lora_alpha": 0}, "lora_alpha must be a number above 0"),
    ],
)
def test_what_gguf_cannot_express_is_refused(tiny: Path, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    make_adapter(tiny, tmp_path / "adapter", target_modules=["q_proj"])
    path = tmp_path / "adapter" / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}))
    with pytest.raises(ModelError, match=words):
        convert_adapter(tmp_path / "adapter", tiny, tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()


def test_an_adapter_of_another_model_is_refused(tiny: Path, tmp_path: Path) -> None:
    make_adapter(tiny, tmp_path / "adapter")
    config = json.loads((tiny / "config.json").read_text("utf-8"))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text(json.dumps({**config, "intermediate_size": 768}))
    with pytest.raises(ModelError, match=r"layer 0, mlp.down_proj: shapes .* do not fit the base model"):
        convert_adapter(tmp_path / "adapter", tmp_path / "other", tmp_path / "a.gguf")
    (tmp_path / "other" / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 1}))
    with pytest.raises(ModelError, match=r"layers.1.* has no place in a qwen3 model"):
        convert_adapter(tmp_path / "adapter", tmp_path / "other", tmp_path / "a.gguf")
