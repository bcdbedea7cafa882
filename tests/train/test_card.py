from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.errors import InputError
from tests.cli.shell import taibao
from train.card import render_card
from train.evaluation.evaluate import report_on
from train.evaluation.reports import SCHEMA
from train.evaluation.rows import EvalRow
from train.evaluation.sets import EvalSet
from train.finetune.card import render_card as render_tuned

RESULTS: dict[str, dict[str, Any]] = {
    "base": {"steps": 2, "tokens": 1000, "first_loss": 9.0, "last_loss": 3.0, "tokens_per_s": 10.0, "hours": 0.03},
    "data": {"data": {"kinds": [{"kind": "title", "trees": 3, "tokens": 900}]}},
    "merge": {},
    "quantize": {"bytes": 1_000_000},
    "verify": {
        "f16": {"kl_mean": 1e-9, "top1": 1.0, "tokens": 50},
        "quantized": {"kl_mean": 1e-4, "top1": 0.99, "tokens": 50},
        "tokenizer": {"paragraphs": 20, "different": 0},
        "positions": [{"start": 0, "end": 512, "perplexity": 31.26, "tokens": 4088}],
    },
}
SHAPE = {"hidden": 256, "head_dim": 64, "heads": 4, "kv_heads": 2, "intermediate": 768, "layers": 2}
INPUTS: dict[str, dict[str, Any]] = {
    "base": {"shape": {**SHAPE, "vocabulary": 1000, "context": 512}},
    "merge": {"name": "taibao-tiny", "version": "0.1"},
    "quantize": {"type": "q8_0"},
}


def test_the_card_has_the_scores_and_samples_of_the_report(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    for stage, results in {**RESULTS, "sft": RESULTS["base"]}.items():
        manifest = {"inputs": INPUTS.get(stage, {}), "results": results, "versions": {"python": "3.12"}}
        (tmp_path / "manifests" / f"{stage}.json").write_text(json.dumps(manifest), encoding="utf-8")
    sample = {"id": "1", "source": {"text": "一种泵"}, "answer": "A pump", "gold": "Pump"}
    score = {"metric": "chrF", "value": 41.5, "interval": [40.0, 43.0], "baselines": []}
    found = {"name": "translate zh-en", "task": "translate", "kind": "gold", "rows": 200, "scores": [score]}
    card = render_card(tmp_path, {"sets": [{**found, "samples": [sample]}]})
    assert "| translate zh-en | gold | 200 | chrF | 41.5 | 40.0 – 43.0 |" in card
    assert "| 0 – 512 | 31.3 | 4088 |" in card
    assert "- 一种泵\n  - answer: A pump\n  - gold: Pump" in card


def _labelled(right: int) -> dict[str, Any]:
    """A report on 200 rows of which the first `right` were answered well."""
    rows = tuple(
        EvalRow(f"r{n}", {"task": "labels", "text": f"一种泵{n}", "labels": ["a", "b"], "lang": "zh"}, "ab"[n % 2])
        for n in range(200)
    )
    made = EvalSet("labels zh", "labels", "zh", ("accuracy",), "gold", "made", rows)
    labels = [str(row.gold) if at < right else "x" for at, row in enumerate(rows)]
    answered = [
        {"output": label, "error": None, "finish": "label", "labels": [{"label": label, "p": 0.9}]} for label in labels
    ]
    return {"schema": SCHEMA, "sets": [report_on(made, answered, {}, seconds=1.0, samples=0).as_json()]}


def test_a_card_compares_with_an_earlier_model(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "manifest.json").write_text(json.dumps(TUNED), encoding="utf-8")
    for name, right in (("before", 100), ("after", 140)):
        (tmp_path / f"{name}.json").write_text(json.dumps(_labelled(right)), encoding="utf-8")
    done = taibao("train", "card", "run", "--report", "after.json", "--before", "before.json", home=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert "## Before and after" in lines
    (line,) = (line for line in lines if line.startswith("| labels zh | accuracy | 200 |"))
    assert line.startswith("| labels zh | accuracy | 200 | 0.500 | 0.700 | +0.200 | ")
    assert line.endswith(" | 0.000 | 40 | 0 | better |")
    alone = taibao("train", "card", "run", "--before", "before.json", home=tmp_path)
    assert (alone.returncode, "--before needs --report" in alone.stderr.decode()) == (2, True)


DIGEST = "0123456789abcdef" * 4
TUNED: dict[str, Any] = {
    "stage": "finetune",
    "versions": {"torch": "2.13"},
    "inputs": {
        "config": {"base": "Qwen/Qwen3-8B", "adapter": {"kind": "rslora", "rank": 8}, "architecture": {}},
        "checkpoint": "/models/Qwen3-8B",
        "weights": {"model.safetensors": DIGEST},
        "tokenizer": DIGEST,
        "template": DIGEST,
        "data": {"packs": 7, "tokens": 9000, "sha256": DIGEST},
        "dev": {"rows": 20, "sha256": DIGEST},
    },
    "results": {
        "steps": 40, "best_step": 30, "tokens": 18000, "seconds": 1800.0, "first_loss": 2.5, "last_loss": 1.25,
        "precision": "bfloat16",
        "dev_before": {"dev_loss": 2.0, "score": 0.25, "scores": {"ipc": 0.125, "title": 0.375}},
        "dev_best": {"dev_loss": 1.5, "score": 0.75, "scores": {"ipc": 0.625, "title": 0.875}},
    },
}  # fmt: skip
FORMATS = {
    "recommended": "q4_k_m",
    "rows": [{"type": "q4_k_m", "bytes": 5e6, "ppl_ratio": 1.01, "kl": 0.02, "top1": 0.95, "rows_per_s": 3.0,
              "peak_bytes": 7e6}],
}  # fmt: skip


def test_the_card_of_a_fine_tuning_has_each_task_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(TUNED), encoding="utf-8")
    score = {"metric": "chrF", "value": 41.5, "interval": [40.0, 43.0], "baselines": []}
    report = {"sets": [{"name": "translate zh-en", "kind": "gold", "rows": 200, "scores": [score]}]}
    card = render_tuned(tmp_path, report, None, FORMATS, notes="Trained on our own files.")
    for line in (
        "base_model: Qwen/Qwen3-8B",
        "# Qwen/Qwen3-8B, fine-tuned on patents",
        "Trained on our own files.",
        "| train | 9000 tokens in 7 packs | `0123456789abcdef` |",
        "| 40 | step 30 | 0.02 M | 0.50 | 2.500 → 1.250 | 0.0002 | 32 | bfloat16 | 1 |",
        "| dev loss | 2.000 | 1.500 |",
        "| ipc | 0.125 | 0.625 |",
        "| mean of the tasks | 0.250 | 0.750 |",
        "| q4_k_m | 5.0 | 1.0100 | 0.02 | 95.00% | 3 | 7 |",
        "| translate zh-en | gold | 200 | chrF | 41.5 | 40.0 – 43.0 |  |  |  |",
    ):
        assert line in card.splitlines()
    assert "rslora of rank 8" in card


def test_folders_without_a_finished_run(tmp_path: Path) -> None:
    done = taibao("train", "card", ".", home=tmp_path)
    assert (done.returncode, "give --report" in done.stderr.decode()) == (2, True)
    with pytest.raises(InputError, match=r"manifest\.json: not the manifest of a finished fine-tuning"):
        render_tuned(tmp_path)
