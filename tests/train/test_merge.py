"""Merging LoRA adapters exactly, and refusing what would not be exact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from taibao_cli.errors import InputError, ModelError
from tests.tiny_hf import make_tiny_checkpoint
from train.merge import check_merge, merge_adapter
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


def test_dora_is_refused(base: Path, tmp_path: Path) -> None:
    adapter = _adapter(base, tmp_path / "adapter")
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    (adapter / "adapter_config.json").write_text(json.dumps({**config, "use_dora": True}), encoding="utf-8")
    with pytest.raises(InputError, match="only plain LoRA"):
        merge_adapter(base, adapter, tmp_path / "merged")


def test_an_existing_folder_is_not_touched(base: Path, tmp_path: Path) -> None:
    (tmp_path / "merged").mkdir()
    with pytest.raises(InputError, match="exists"):
        merge_adapter(base, tmp_path / "none", tmp_path / "merged")
