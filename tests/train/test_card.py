from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from train.card import render_card

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
