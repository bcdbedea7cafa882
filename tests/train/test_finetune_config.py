"""Presets of fine-tuning and the arithmetic on their shapes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import InputError
from tests.cli.shell import taibao
from train.finetune.architecture import hub_config, read_architecture
from train.finetune.config import is_finetune, load_finetune, presets
from train.finetune.estimate import GIB, PEAKS, memory, needs_checkpointing, operations, seconds, trained_parameters
from train.finetune.plan import ASSUMED_SHARE

ROOT = Path(__file__).parents[2]
PRESETS = ["qwen-7b", "qwen2.5-7b", "qwen3-0.6b", "qwen3-8b"]


def test_presets_are_those_of_the_documentation() -> None:
    assert [name for name in presets() if is_finetune(name)] == PRESETS


@pytest.mark.parametrize("name", [*PRESETS, "nano", "nano-further", "nano-settle", "mini"])
def test_parameters_are_those_of_the_model(name: str) -> None:
    transformers, torch = pytest.importorskip("transformers"), pytest.importorskip("torch")
    shape = load_finetune(name).architecture
    with torch.device("meta"):
        model: Any = transformers.AutoModelForCausalLM.from_config(hub_config(shape))
    assert shape.parameters == sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())


@pytest.mark.parametrize(
    ("kind", "distributed", "processes"),
    [("cards", "MULTI_GPU", 2), ("machines", "MULTI_GPU", 16), ("zero2", "DEEPSPEED", 2)],
)
def test_launch_prints_configurations_that_accelerate_reads(
    tmp_path: Path, kind: str, distributed: str, processes: int
) -> None:
    config_args = pytest.importorskip("accelerate.commands.config.config_args")
    path = tmp_path / "launch.yaml"
    path.write_bytes(taibao("train", "launch", kind, home=tmp_path).stdout)
    read = config_args.load_config_from_file(str(path))
    assert (read.distributed_type.value, read.num_processes) == (distributed, processes)
    if kind == "zero2":
        assert read.deepspeed_config["zero_stage"] == 2


@pytest.mark.parametrize("variable", ["ACCELERATE_USE_DEEPSPEED", "ACCELERATE_USE_FSDP"])
def test_engines_that_take_the_steps_are_refused(variable: str) -> None:
    run = pytest.importorskip("train.finetune.run")
    with pytest.raises(InputError, match="spread the weights with shard = true"):
        run.refuse_engines({variable: "true"})
    run.refuse_engines({variable: "false"})


def test_adapter_parameters_of_the_original_project() -> None:
    """All seven matrices of Qwen-7B at rank 8: 20.0 M with the fused c_attn apart as q, k and v."""
    shape = load_finetune("qwen-7b").architecture
    assert shape.adapter_parameters(8) == 19_988_480
    assert shape.adapter_parameters(8, token_rows=2) - shape.adapter_parameters(8) == 2 * 4096 * 2


def test_memory_decides_on_checkpointing() -> None:
    """The figures of docs/finetuning.md."""
    config = load_finetune("qwen3-8b")
    kept, again = memory(config, checkpointing=False), memory(config, checkpointing=True)
    assert round(kept.weights / GIB, 1) == 15.3
    assert (round(kept.total / GIB, 1), round(again.total / GIB, 1)) == (34.2, 19.8)
    assert (needs_checkpointing(config, 24 * GIB), needs_checkpointing(config, 80 * GIB)) == (True, False)


def test_tables_of_the_documentation_are_this_arithmetic() -> None:
    page = (ROOT / "docs/finetuning.md").read_text(encoding="utf-8")
    for name in PRESETS:
        config = load_finetune(name)
        kept, small = (memory(config, checkpointing=on) for on in (False, True))
        sizes = (f"{size / GIB:.1f}" for size in (kept.weights, kept.adapter, kept.activations, small.activations,
                                                  kept.head, kept.total, small.total))  # fmt: skip
        row = "{} | {} | {} or {} | {} | {} GiB | {} GiB |".format(*sizes)
        assert re.search(rf"^\| `{re.escape(name)}`[^|]*\| {re.escape(row)}$", page, re.MULTILINE), row
    config = load_finetune("qwen3-8b")
    for card, size in (("3090", 24), ("4090", 24), ("A6000", 48), ("A100", 80), ("H200", 141)):
        again = needs_checkpointing(config, size * GIB)
        each = operations(config, checkpointing=again)
        rate = 1 / seconds(1, each, peak=PEAKS[card], share=ASSUMED_SHARE)
        how = f"{each.total / 1e9:.1f} G{' (checkpointing)' if again else ''}"
        row = f"{PEAKS[card] / 1e12:.0f} T | {how} | {rate:,.0f} | {40e6 / rate / 3600:.1f} hours |"
        assert re.search(rf"^\|[^|]*{card}, {size} GB \| {re.escape(row)}$", page, re.MULTILINE), row


def test_four_bits_make_room_on_a_card_of_16_gb() -> None:
    config = load_finetune("qwen3-8b")
    small = replace(config, quantize="nf4")
    a = config.architecture
    whole, kept = (memory(each, checkpointing=True).weights for each in (config, small))
    assert whole - kept == pytest.approx((2 - 4.127 / 8) * a.block_matrix_parameters, rel=1e-4)
    assert round(memory(small, checkpointing=True).total / GIB, 1) == 10.2


def test_operations_of_a_token() -> None:
    config = load_finetune("qwen-7b")
    one = operations(config)
    assert 4 * config.architecture.block_matrix_parameters < one.useful < 1.2 * 4 * 7.1e9
    assert operations(config, checkpointing=True).recomputed > 2 * config.architecture.block_matrix_parameters
    assert seconds(1000, one, peak=1e15, share=0.5) == pytest.approx(1000 * one.useful / 0.5e15)
    assert trained_parameters(config) == config.architecture.adapter_parameters(16, token_rows=2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("epochs = 0", "epochs: 0; at least 1"),
        ('precision = "f16"', "precision: 'f16'; one of auto, bf16, f32"),
        ("pack_tokens = 99999", "over the context of 4096"),
        ("shard = true", 'set stop_on = "loss"'),
        ('quantize = "int8"', "quantize: 'int8'; one of none, nf4"),
        ('quantize = "nf4"\nstop_on = "loss"\nshard = true', "quantize: nf4 does not go with shard = true"),
        ("speed = 1", "speed: unknown key"),
    ],
)
def test_wrong_values_are_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f"{line}\n[architecture]\nhidden = 256\n", encoding="utf-8")
    with pytest.raises(InputError, match=said.replace("[", r"\[")):
        load_finetune(str(path))


def test_architecture_of_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"model_type": "qwen"}), encoding="utf-8")
    with pytest.raises(InputError, match="convert it first: taibao convert qwen1"):
        read_architecture(tmp_path)
    shape = load_finetune("qwen3-8b").architecture
    pytest.importorskip("transformers")
    hub_config(shape).save_pretrained(tmp_path)
    assert read_architecture(tmp_path) == shape
