"""Merging LoRA adapters exactly, and refusing what would not be exact."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from taibao_cli.cli.convert import convert
from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import InputError, ModelError
from tests.convert.families import make_family
from tests.tiny_hf import make_tiny_checkpoint
from train.merge import merge_adapter
from train.mergecheck import check_merge
from train.sft import TARGETS

PROMPTS = [[5, 9, 200, 31, 7, 7, 40], [100, 3, 8]]


def _adapter(base: Path, out: Path, *, rslora: bool = False) -> Path:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=TARGETS, use_rslora=rslora))
    for name, parameter in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    tuned.save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_checkpoint(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("rslora", [False, True])
def test_the_merged_model_is_base_and_adapter(base: Path, tmp_path: Path, rslora: bool) -> None:
    adapter = _adapter(base, tmp_path / "adapter", rslora=rslora)
    merge_adapter(base, adapter, tmp_path / "merged")
    check = check_merge(base, adapter, tmp_path / "merged", PROMPTS)
    assert (check.same_top1, check.tokens) == (1.0, 10)
    assert check.max_logit_difference < 1e-4
    before, after = load_file(base / "model.safetensors"), load_file(tmp_path / "merged" / "model.safetensors")
    assert set(before) == set(after)
    assert not torch.equal(before["model.layers.0.mlp.up_proj.weight"], after["model.layers.0.mlp.up_proj.weight"])


def test_a_merge_that_changed_the_model_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    merge_adapter(base, adapter, tmp_path / "merged")
    weights = load_file(tmp_path / "merged" / "model.safetensors")
    weights["model.layers.0.mlp.up_proj.weight"] += 0.01
    save_file(weights, tmp_path / "merged" / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="the merge changed the model"):
        check_merge(base, adapter, tmp_path / "merged", PROMPTS)


def _trained(base: Path, out: Path, **settings: Any) -> Path:
    """An adapter of peft's with every trainable number moved away from its start."""
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    tuned = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, **{"target_modules": TARGETS, **settings}))
    with torch.no_grad():
        for parameter in tuned.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.05)
    tuned.save_pretrained(out)
    return out


@pytest.mark.parametrize(
    "settings",
    [
        {"use_dora": True},
        {"use_dora": True, "use_rslora": True},
        {"rank_pattern": {"q_proj": 2}},
        {"trainable_token_indices": [2, 0]},
        {"modules_to_save": ["lm_head"]},
        {"trainable_token_indices": {"embed_tokens": [2, 0, 9], "lm_head": [2, 0]}},
    ],
    ids=str,
)
def test_what_peft_trains_besides(base: Path, untied: Path, tmp_path: Path, settings: dict[str, Any]) -> None:
    folder = untied if "lm_head" in str(settings) else base
    adapter = _trained(folder, tmp_path / "adapter", **settings)
    merge_adapter(folder, adapter, tmp_path / "merged")
    check = check_merge(folder, adapter, tmp_path / "merged", PROMPTS)
    assert check.max_logit_difference < 1e-4


@pytest.fixture(scope="module")
def untied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_checkpoint(tmp_path_factory.mktemp("untied"), tied=False)


def test_a_base_in_bfloat16_shards_becomes_float32_shards(tmp_path: Path) -> None:
    base = make_family(tmp_path / "base", "qwen2-tied")
    weights = {name: tensor for file in sorted(base.glob("*.safetensors")) for name, tensor in load_file(file).items()}
    for file in base.glob("*.safetensors"):
        save_file({name: tensor.bfloat16() for name, tensor in load_file(file).items()}, file, {"format": "pt"})
    b, a = torch.ones(64, 2), torch.full((2, 64), 1e-4)
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    prefix = "base_model.model.model.layers.1.self_attn.o_proj.lora"
    save_file({f"{prefix}_A.weight": a, f"{prefix}_B.weight": b}, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "lora_alpha": 2, "r": 2}')
    assert merge_adapter(base, adapter, tmp_path / "merged") == 1
    files = sorted((tmp_path / "merged").glob("*.safetensors"))
    merged = {name: tensor for file in files for name, tensor in load_file(file).items()}
    assert [file.name for file in files] == [file.name for file in sorted(base.glob("*.safetensors"))]
    changed = "model.layers.1.self_attn.o_proj.weight"
    for name, tensor in weights.items():
        expected = tensor.bfloat16().float()
        assert torch.equal(merged[name], expected + (b @ a if name == changed else 0)), name
    # a merge in bfloat16 would have lost a good part of so small a change
    rounded = (merged[changed].bfloat16().float() - weights[changed].bfloat16().float()).mean()
    assert abs(rounded / 2e-4 - 1) > 1e-3
    assert json.loads((tmp_path / "merged/config.json").read_text())["torch_dtype"] == "float32"


@pytest.mark.parametrize(("spread", "least"), [(1e-3, 0.02), (1e-4, 0.25)])
def test_float32_keeps_the_change_that_bfloat16_loses(tmp_path: Path, spread: float, least: float) -> None:
    """Weights of standard deviation 0.02, a change of rank 8 and standard deviation `spread`: the lost share of it."""
    torch.manual_seed(0)
    base = make_tiny_checkpoint(tmp_path / "base")
    name = "model.layers.0.mlp.up_proj.weight"
    weights = load_file(base / "model.safetensors")
    weights[name] = (torch.randn(512, 256) * 0.02).bfloat16().float()
    save_file(weights, base / "model.safetensors", {"format": "pt"})
    b, a = torch.randn(512, 8), torch.randn(8, 256) * spread / 8**0.5
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    prefix = f"base_model.model.{name.removesuffix('.weight')}.lora"
    save_file({f"{prefix}_A.weight": a, f"{prefix}_B.weight": b}, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "lora_alpha": 8, "r": 8}')
    merge_adapter(base, adapter, tmp_path / "merged")
    merged = load_file(tmp_path / "merged" / "model.safetensors")[name]
    change = b.double() @ a.double()

    def lost(kept: torch.Tensor) -> float:
        return float((kept.double() - weights[name].double() - change).norm() / change.norm())

    assert lost(merged) < 1e-4
    assert lost(merged.bfloat16().float()) > least


def test_memory_is_that_of_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = make_family(tmp_path / "base", "qwen2", ffn=40_000)  # six matrices of 10 MB
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    prefix = "base_model.model.model.layers.0.mlp.up_proj.lora"
    tensors = {f"{prefix}_A.weight": torch.randn(2, 64), f"{prefix}_B.weight": torch.randn(40_000, 2)}
    save_file(tensors, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "lora_alpha": 3, "r": 2}')
    monkeypatch.setattr("convert.safetensors.BLOCK", 1 << 16)
    tracemalloc.start()
    merge_adapter(base, adapter, tmp_path / "merged")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
    name = "model.layers.0.mlp.up_proj.weight"
    before, after = (_find(folder, name) for folder in (base, tmp_path / "merged"))
    change = 1.5 * tensors[f"{prefix}_B.weight"] @ tensors[f"{prefix}_A.weight"]
    assert torch.allclose(after, before + change, rtol=0, atol=1e-5)


def _find(folder: Path, name: str) -> torch.Tensor:
    return next(tensors[name] for file in folder.glob("*.safetensors") if name in (tensors := load_file(file)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"init_lora_weights": "pissa_niter_16"}, "which changed the base; save it again"),
        ({"alpha_pattern": {"q_proj": 4}}, "alpha_pattern"),
        ({"bias": "lora_only"}, "bias 'lora_only'"),
        ({"peft_type": "IA3"}, "IA3 adapters do not merge here"),
    ],
)
def test_adapters_that_are_refused(base: Path, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    (adapter / "adapter_config.json").write_text(json.dumps({**config, **changes}), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        merge_adapter(base, adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_quantized_base_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    quantized = tmp_path / "quantized"
    shutil.copytree(base, quantized)
    config = json.loads((base / "config.json").read_text())
    (quantized / "config.json").write_text(json.dumps({**config, "quantization_config": {"quant_method": "gptq"}}))
    with pytest.raises(InputError, match=r"is quantized \(gptq\); merge into the full-precision model"):
        merge_adapter(quantized, adapter, tmp_path / "merged")


def test_an_adapter_of_another_base_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    other = make_family(tmp_path / "other", "qwen3")
    with pytest.raises(InputError, match=r"does not fit model\.layers\.0"):
        merge_adapter(other, adapter, tmp_path / "merged")


def test_the_command_writes_only_what_agrees(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    texts = tmp_path / "texts.txt"
    texts.write_text("一种散热装置，包括基板。\n\nA device comprising a fan.\n", encoding="utf-8")
    arguments = ["merge", base, adapter, "-o", tmp_path / "merged", "--texts", texts]
    monkeypatch.setattr("train.changes.LowRank.apply", lambda self, rows, start: rows + 0.01)
    refused = CliRunner().invoke(convert, [str(argument) for argument in arguments])
    assert isinstance(refused.exception, ModelError)
    assert [path.name for path in tmp_path.iterdir() if "merged" in path.name] == []
    monkeypatch.undo()
    done = CliRunner().invoke(convert, [str(argument) for argument in arguments])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "same first token 100.00%" in done.stderr
    assert json.loads((tmp_path / "merged/config.json").read_text())["model_type"] == "qwen3"


def test_a_base_that_ends_otherwise_is_told_where_answers_end(base: Path, tmp_path: Path) -> None:
    """Never-ending answers after LoRA on a base model: hiyouga/LlamaFactory#563, QwenLM/Qwen3#1064."""
    folder = Path(shutil.copytree(base, tmp_path / "base"))
    for name, ends in (
        ("config.json", {"eos_token_id": 0}),
        ("generation_config.json", {"eos_token_id": 0}),
        ("tokenizer_config.json", {"eos_token": "<|endoftext|>"}),
    ):
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **ends}))
    adapter = _adapter(folder, tmp_path / "adapter")
    merge_adapter(folder, adapter, tmp_path / "as-it-was")
    assert json.loads((tmp_path / "as-it-was" / "config.json").read_text())["eos_token_id"] == 0
    (adapter / "chat_template.jinja").write_text(CHATML_TEMPLATE)
    merge_adapter(folder, adapter, tmp_path / "merged")
    config, generation, tokenizer = (
        json.loads((tmp_path / "merged" / name).read_text())
        for name in ("config.json", "generation_config.json", "tokenizer_config.json")
    )
    assert (config["eos_token_id"], generation["eos_token_id"]) == (2, [2, 0])
    assert (tokenizer["eos_token"], config["dtype"]) == ("<|im_end|>", "float32")
    damaged = json.loads((folder / "tokenizer.json").read_text())
    damaged["added_tokens"] = damaged["added_tokens"][:2]
    (folder / "tokenizer.json").write_text(json.dumps(damaged))
    with pytest.raises(InputError, match=r"tokenizer\.json has no <\|im_end\|>, which the adapter was trained"):
        merge_adapter(folder, adapter, tmp_path / "unended")


def test_an_existing_folder_is_not_touched(base: Path, tmp_path: Path) -> None:
    (tmp_path / "merged").mkdir()
    with pytest.raises(InputError, match="exists"):
        merge_adapter(base, tmp_path / "none", tmp_path / "merged")
