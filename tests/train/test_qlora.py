"""Training on a base in 4 bits: refused in words without bitsandbytes; with it a run learns and merges."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from taibao_cli.errors import MissingExtraError  # noqa: E402
from tests.cli.shell import environment, taibao  # noqa: E402
from tests.tiny_hf import make_tiny_checkpoint  # noqa: E402
from tests.train.test_finetune_run import losses, write_data  # noqa: E402
from train.finetune import model as models  # noqa: E402
from train.finetune.architecture import read_architecture  # noqa: E402
from train.finetune.config import load_finetune  # noqa: E402
from train.finetune.estimate import memory  # noqa: E402

CONFIG = """
pack_tokens = 64
batch_tokens = 128
epochs = 2
lr = 0.002
precision = "f32"
quantize = "nf4"
save_every = 2
evaluate_every = 4
stop_on = "loss"
[adapter]
rank = 4
alpha = 8
[architecture]
hidden = 256
"""


def test_without_bitsandbytes_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"bitsandbytes is not installed; run: pip install 'taibao\[qlora\]'"):
        models.four_bits(torch.float32)


def test_a_run_in_four_bits_learns_and_merges(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    make_tiny_checkpoint(tmp_path / "base")
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    write_data(tmp_path / "data.jsonl", 24)
    write_data(tmp_path / "dev.jsonl", 4)
    asked = ("train", "finetune", "c.toml", "--checkpoint", "base", "--data", "data.jsonl", "--dev", "dev.jsonl")
    extra = {key: value for key, value in environment(tmp_path).items() if key == "PYTHONPATH"}
    done = taibao(*asked, "-o", "run", home=tmp_path, **extra)
    assert done.returncode == 0, done.stderr.decode()
    steps = losses(tmp_path / "run")
    assert steps[-1][1] < steps[0][1] - 0.3
    stated = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert stated["inputs"]["config"]["quantize"] == "nf4"
    (tmp_path / "held.txt").write_text("本发明公开了一种散热装置。\nA heat sink.\n", encoding="utf-8")
    merged = taibao("convert", "merge", "base", "run/adapter", "-o", "merged", "--texts", "held.txt", home=tmp_path)
    assert merged.returncode == 0, merged.stderr.decode()


def test_the_memory_of_the_weights_is_the_stated_one(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    base = make_tiny_checkpoint(tmp_path / "base")
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    loaded: Any = models.load_base(base, torch.float32, torch.device("cpu"), quantize="nf4")
    stored = 0.0
    for weight in loaded.parameters():
        state = getattr(weight, "quant_state", None)
        stored += weight.numel() * weight.element_size()
        if state is not None:
            stored += state.absmax.numel() * state.absmax.element_size() + state.state2.absmax.numel() * 4
    config = replace(load_finetune(str(tmp_path / "c.toml")), architecture=read_architecture(base))
    assert stored == pytest.approx(memory(config, checkpointing=True, weight_bytes=4).weights, rel=0.01)
