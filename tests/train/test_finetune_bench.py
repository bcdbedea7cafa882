"""`taibao train bench`: both ways compute the same, and the table says what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from taibao_cli.cli.train_bench import render  # noqa: E402
from taibao_cli.errors import InputError  # noqa: E402
from tests.cli.shell import taibao  # noqa: E402
from tests.documented.place import BENCH  # noqa: E402
from train.finetune.bench import Measured, Report, Setting, bench, examples, measure  # noqa: E402
from train.finetune.config import load_finetune  # noqa: E402


def test_examples_are_those_of_instruction_data() -> None:
    setting = Setting(load_finetune("qwen3-0.6b"), 400, 300, 8, 1)
    made = examples(setting)
    sizes = [len(each) for each in made]
    assert max(sizes) <= 2048
    assert sum(sizes) / len(sizes) == pytest.approx(300, rel=0.15)
    assert sum(int(each.labelled.sum()) for each in made) / sum(sizes) == pytest.approx(0.4, abs=0.02)


def test_both_ways_train_the_same_examples(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(BENCH, encoding="utf-8")
    setting = Setting(load_finetune(str(tmp_path / "c.toml")), 4, 20, 2, 1)
    packed, plain = (measure(setting, way, torch.float32) for way in ("packed", "plain"))
    assert (packed.real_share, packed.checkpointing) == (1.0, False)
    assert 0.3 < plain.real_share < 1.0
    assert plain.checkpointing
    assert min(packed.tokens_per_s, plain.tokens_per_s) > 0


@pytest.mark.slow
def test_command_tells_both_ways(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(BENCH, encoding="utf-8")
    options = ("--examples", "4", "--length", "20", "--steps", "1", "--batch", "2", "--json")
    done = taibao("train", "bench", "c.toml", *options, home=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["packed"]["real_share"] == 1.0
    assert 0.3 < told["plain"]["real_share"] < 1.0
    assert (told["packed"]["checkpointing"], told["plain"]["checkpointing"]) == (False, True)
    for way in ("packed", "plain"):
        assert told[way]["mfu"] == pytest.approx(told[way]["tokens_per_s"] * told["operations"] / told["peak"])
        assert told[way]["peak_bytes"] > 1 << 20


def test_table_prints_the_formula() -> None:
    packed = Measured("packed", 12_000.0, 1.0, 50 << 30, False, "bfloat16")
    plain = Measured("plain", 4000.0, 0.5, 60 << 30, True, "bfloat16")
    report = Report((packed, plain), 28.9e9, 989e12, "NVIDIA H200")
    text = render(report, "en")
    assert "packed is 3.00 times as fast as plain" in text
    assert "MFU = tokens/s x 28.9 G useful operations a token / 989 T operations a second" in text
    assert "     12000   35.1%   100%   50.00 GiB  off" in text
    chinese = render(report, "zh").splitlines()
    assert chinese[1] == "             词元/秒     MFU   有效        内存  梯度检查点"
    assert chinese[4] == "packed 的速度是 plain 的 3.00 倍"


def test_what_does_not_fit_is_refused() -> None:
    config = load_finetune("qwen3-8b")
    huge = replace(config, architecture=replace(config.architecture, layers=4000))
    with pytest.raises(InputError, match="more than the device has"):
        bench(Setting(huge, 4, 100, 2, 1))
