"""`taibao train dpo` with TRL: the proved answer becomes the more probable one, and the way from the start is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from taibao_cli.engine.chatml import CHATML_TEMPLATE  # noqa: E402
from tests.cli.shell import taibao  # noqa: E402
from tests.tiny_hf import make_tiny_checkpoint  # noqa: E402

CONFIG = """
pack_tokens = 96
batch_tokens = 384
precision = "f32"
checkpointing = "off"
[adapter]
rank = 4
alpha = 8
[architecture]
hidden = 256
"""


def pairs(path: Path, count: int) -> Path:
    rows: list[dict[str, Any]] = []
    for number in range(count):
        asked = [{"role": "user", "content": f"写权利要求{number}"}]
        right, wrong = ([{"role": "assistant", "content": f"根据权利要求{at}所述"}] for at in (1, 3))
        rows.append({"prompt": asked, "chosen": right, "rejected": wrong})
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_preferences_are_learnt_and_the_distance_is_told(tmp_path: Path) -> None:
    make_tiny_checkpoint(tmp_path / "base")
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    pairs(tmp_path / "data.jsonl", 12)
    pairs(tmp_path / "dev.jsonl", 4)
    asked = ("train", "dpo", "c.toml", "--checkpoint", "base", "--data", "data.jsonl", "--dev", "dev.jsonl")
    done = taibao(*asked, "-o", "one", "--lr", "0.003", "--epochs", "3", home=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    results = json.loads((tmp_path / "one" / "manifest.json").read_text(encoding="utf-8"))["results"]
    assert results["before"]["kl"] == pytest.approx(0.0, abs=1e-7)
    assert results["after"]["kl"] > 0.0
    assert results["after"]["preferred"] == 1.0
    assert results["log"][-2]["loss"] < 0.69
    assert (tmp_path / "one" / "adapter" / "chat_template.jinja").read_text(encoding="utf-8") == CHATML_TEMPLATE
    stated = (tmp_path / "one" / "manifest.json").read_bytes()
    repeated = taibao(*asked, "-o", "one", "--lr", "0.003", "--epochs", "3", home=tmp_path)
    assert (repeated.returncode, (tmp_path / "one" / "manifest.json").read_bytes()) == (0, stated)
    more = taibao(*asked, "--adapter", "one/adapter", "-o", "two", "--lr", "0.003", home=tmp_path)
    assert more.returncode == 0, more.stderr.decode()
    again = json.loads((tmp_path / "two" / "manifest.json").read_text(encoding="utf-8"))["results"]
    assert again["before"]["kl"] == pytest.approx(0.0, abs=1e-7)
    assert again["before"]["preferred"] == 1.0


def claims(path: Path, things: str) -> Path:
    """Examples whose answers are claim sets that pass the checks, one for each character."""
    rows = []
    for thing in things:
        said = (
            f"1. 一种{thing}，包括壳体和叶轮。\n2. 根据权利要求1所述的{thing}，其特征在于，所述壳体由钢制成。\n"
            f"3. 根据权利要求2所述的{thing}，其特征在于，所述叶轮有五片。"
        )
        talk = [{"role": "user", "content": f"写权利要求：{thing}"}, {"role": "assistant", "content": said}]
        rows.append({"messages": talk, "task": "claims"})
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_what_the_checks_prefer_is_learnt(tmp_path: Path) -> None:
    """From claim sets to pairs, and from pairs to an adapter that goes on from another and fits the same model."""
    make_tiny_checkpoint(tmp_path / "base")
    (tmp_path / "c.toml").write_text(CONFIG.replace("pack_tokens = 96", "pack_tokens = 320"), encoding="utf-8")
    asked = ("--checkpoint", "base", "--data", "train.jsonl", "--dev", "dev.jsonl", "-o", "run")
    claims(tmp_path / "train.jsonl", "泵阀机车船灯"), claims(tmp_path / "dev.jsonl", "门窗")
    tuned = taibao("train", "finetune", "c.toml", *asked, home=tmp_path)
    assert tuned.returncode == 0, tuned.stderr.decode()
    for name in ("train", "dev"):
        made = taibao("train", "data", "preferences", f"{name}.jsonl", "-o", f"{name}-pairs.jsonl", home=tmp_path)
        assert made.returncode == 0, made.stderr.decode()
    made = [json.loads(line) for line in (tmp_path / "train-pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(made) == 6
    assert all(row["failed"] for row in made)
    asked = ("--checkpoint", "base", "--adapter", "run/adapter", "--data", "train-pairs.jsonl")
    done = taibao("train", "dpo", "c.toml", *asked, "--dev", "dev-pairs.jsonl", "-o", "dpo", "--lr", "0.003",
                  "--epochs", "4", home=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    results = json.loads((tmp_path / "dpo" / "manifest.json").read_text(encoding="utf-8"))["results"]
    assert results["before"]["kl"] == pytest.approx(0.0, abs=1e-7)
    assert results["after"]["kl"] > 0.0
    assert f"KL to the reference: {results['after']['kl']:.4g} nats a token" in done.stderr.decode()
    merged = taibao("convert", "merge", "base", "dpo/adapter", "-o", "merged", "--texts", "train.jsonl", home=tmp_path)
    assert merged.returncode == 0, merged.stderr.decode()


def test_bad_pairs_are_named(tmp_path: Path) -> None:
    make_tiny_checkpoint(tmp_path / "base")
    (tmp_path / "c.toml").write_text(CONFIG, encoding="utf-8")
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prompt": []}\n', encoding="utf-8")
    done = taibao(
        "train", "dpo", "c.toml", "--checkpoint", "base", "--data", bad, "--dev", bad, "-o", "x", home=tmp_path
    )  # fmt: skip
    assert (done.returncode, f"{bad}:1: not a preference" in done.stderr.decode()) == (4, True)
