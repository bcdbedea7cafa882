"""The whole road: the stages of `train.stages` one after the other.

Each stage has a key made of its configuration and of the stages before it. A stage whose manifest carries the same key
is finished and is not run again; one that was interrupted goes on from its last saved step.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict
from typing import Any

from taibao_cli.batch.lock import lock
from taibao_cli.errors import InputError
from taibao_cli.tasks.registry import builtin_tasks
from train import manifest
from train.config import TrainConfig
from train.data.corpora import Corpora
from train.stages import STAGES, Run


def run_until(run: Run, last: str) -> None:
    """Run every unfinished stage up to and with `last`, with the folder for itself.

    Raises:
        InputError: the corpora cannot be read, or saved state does not fit the configuration.
        TaibaoError: another run is writing there.
    """
    run.out.mkdir(parents=True, exist_ok=True)
    with (run.out / ".lock").open("ab") as file:
        lock(file, run.out)
        _run_until(run, last)


def _run_until(run: Run, last: str) -> None:
    key = manifest.digest(["taibao", _fingerprint(run.corpora)])
    names = list(STAGES)
    for name in names[: names.index(last) + 1]:
        inputs = _inputs(run.config, name)
        if name == "tokenizer" and run.start is not None:
            inputs["start"] = manifest.file_digest(run.start)
        key = manifest.digest([key, name, inputs])
        path = run.out / "manifests" / f"{name}.json"
        if manifest.finished(path, key):
            run.report(name, {"state": "already done"})
            continue
        run.report(name, {"state": "started"})
        _drop_foreign_state(run, name, key)
        with manifest.stage(path, name, key, inputs) as results:
            STAGES[name](run, results)
        run.report(name, {"state": "done"})


def _drop_foreign_state(run: Run, name: str, key: str) -> None:
    """A half-finished stage goes on only when it was begun with the same key; otherwise its folder is emptied."""
    begun = run.out / "manifests" / f"{name}.begun"
    if not begun.is_file() or begun.read_text(encoding="utf-8") != key:
        shutil.rmtree(run.out / name, ignore_errors=True)
        begun.parent.mkdir(parents=True, exist_ok=True)
        begun.write_text(key, encoding="utf-8")


def _fingerprint(corpora: Corpora) -> dict[str, str]:
    """Names and digests of the corpora files: what decides whether finished stages still hold."""
    files = sorted(corpora.folder.glob("*.jsonl.xz"))
    if not files:
        raise InputError(f"{corpora.folder}: no corpora (*.jsonl.xz) there; docs/training.md describes the layout")
    return {path.name: manifest.file_digest(path) for path in files}


def _inputs(config: TrainConfig, name: str) -> dict[str, Any]:
    """The part of the configuration that a stage depends on."""
    c = config
    parts: dict[str, dict[str, Any]] = {
        "tokenizer": {"vocabulary": c.shape.vocabulary, "chars": c.tokenizer_chars, "context": c.shape.context},
        "lexicon": {},
        "data": {
            "tasks": {name: task.digest for name, task in builtin_tasks().items()},
            "lengths": c.lengths,
            "mixture": asdict(c.mixture),
            "sft_mixture": asdict(c.sft_mixture),
        },
        "embeddings": {"hidden": c.shape.hidden, "steps": c.base.embed_steps, "std": c.base.embed_std},
        "base": {"shape": asdict(c.shape), "base": asdict(c.base)},
        "sft": asdict(c.sft),
        "merge": {"name": c.export.name, "version": c.export.version},
        "average": {"start_share": c.start_share},
        "quantize": {"type": c.export.quantize},
    }
    return {"seed": c.seed, **parts.get(name, {})}
