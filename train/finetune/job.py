"""From files to a run: checkpoint, data, dev data; its manifest at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import InputError
from train import manifest
from train.finetune.architecture import read_architecture
from train.finetune.config import FineTune
from train.instructions.conversation import Conversation
from train.instructions.encode import Encoder
from train.instructions.formats import read_conversations
from train.instructions.pack import PackedData, pack_examples

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Material:
    """Everything a run reads, before a model is loaded."""

    config: FineTune
    checkpoint: Path
    encoder: Encoder
    data: PackedData
    dev: PackedData | None
    dev_rows: Sequence[Conversation]

    @property
    def key(self) -> str:
        """Names configuration, checkpoint (its configuration, names and sizes of its weights) and data."""
        weights = {path.name: path.stat().st_size for path in sorted(self.checkpoint.glob("*.safetensors"))}
        described = json.loads((self.checkpoint / "config.json").read_text(encoding="utf-8"))
        dev = None if self.dev is None else digest_of(self.dev)
        return manifest.digest([asdict(self.config), described, weights, digest_of(self.data), dev])


def read_material(config: FineTune, checkpoint: Path, data: Sequence[Path], dev: Sequence[Path]) -> Material:
    """Read and pack. The shape in `config` becomes that of the checkpoint.

    Raises:
        InputError: a file does not fit, nothing is left to train, or the packs are longer than the context.
    """
    shape = read_architecture(checkpoint)
    if config.pack_tokens > shape.context:
        raise InputError(f"pack_tokens is {config.pack_tokens}, over the context of {checkpoint}: {shape.context}")
    encoder = Encoder(checkpoint)
    packed = _packed(config, encoder, data)
    if not len(packed):
        raise InputError(f"every example is longer than pack_tokens ({config.pack_tokens})")
    held = [row for path in dev for row in read_conversations(path)]
    held_packs = _of_rows(config, encoder, held) if held else None
    if held_packs is not None and not len(held_packs):
        raise InputError(f"every dev example is longer than pack_tokens ({config.pack_tokens})")
    return Material(replace(config, architecture=shape), checkpoint, encoder, packed, held_packs, held)


def _packed(config: FineTune, encoder: Encoder, data: Sequence[Path]) -> PackedData:
    if len(data) == 1 and data[0].suffix == ".npz":
        packed = PackedData.load(data[0])
        if packed.tokens != config.pack_tokens:
            raise InputError(f"{data[0]}: packs of {packed.tokens} tokens, pack_tokens is {config.pack_tokens}")
        return packed
    return _of_rows(config, encoder, [row for path in data for row in read_conversations(path)])


def _of_rows(config: FineTune, encoder: Encoder, rows: Sequence[Conversation]) -> PackedData:
    return pack_examples(list(encoder.encode(row.messages for row in rows)), config.pack_tokens)


def digest_of(data: PackedData) -> str:
    """sha256 of tokens, labels and packs."""
    state = hashlib.sha256()
    for array in (data.ids, data.labelled, data.examples, data.packs):
        state.update(array.tobytes())
    return state.hexdigest()


def finetune(material: Material, out: Path, report: Any) -> Path | None:
    """Train, resuming what was interrupted; returns the adapter folder, on the first process alone. A finished run is
    left alone.

    Raises:
        InputError: `out` holds another run, or the checkpoint cannot be loaded.
        ModelError: the training diverged.
    """
    from train.finetune.run import Job, Run
    from train.finetune.score import questions_of

    path, key = out / MANIFEST, material.key
    if manifest.finished(path, key):
        return out / "adapter"
    config = material.config
    questions = questions_of(material.dev_rows, material.encoder, config.dev_rows) if config.stop_on == "score" else []
    job = Job(config, material.checkpoint, material.encoder, material.data, material.dev, questions, out, key)
    run = Run(job, report)
    adapter = run.run()
    if not run.main:
        return None
    with manifest.stage(path, "finetune", key, _inputs(material)) as results:
        results.update(_results(out, run.progress, str(run.dtype).removeprefix("torch."), run.checkpointing))
    return adapter


def _inputs(material: Material) -> dict[str, Any]:
    weights = sorted(material.checkpoint.glob("*.safetensors"))
    return {
        "config": asdict(material.config),
        "checkpoint": str(material.checkpoint),
        "weights": {path.name: manifest.file_digest(path) for path in weights},
        "tokenizer": manifest.file_digest(material.checkpoint / "tokenizer.json"),
        "template": hashlib.sha256(CHATML_TEMPLATE.encode()).hexdigest(),
        "data": {"packs": len(material.data), "tokens": len(material.data.ids), "sha256": digest_of(material.data)},
        "dev": None if material.dev is None else {"rows": len(material.dev_rows), "sha256": digest_of(material.dev)},
    }


def _results(out: Path, progress: Any, dtype: str, checkpointing: bool) -> dict[str, Any]:
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [row for row in rows if "loss" in row]
    evaluations = [row for row in rows if "dev_loss" in row]
    return {
        "steps": progress.step,
        "best_step": progress.best_step,
        "tokens": sum(row["tokens"] for row in steps),
        "seconds": round(sum(row["seconds"] for row in steps), 1),
        "first_loss": steps[0]["loss"],
        "last_loss": steps[-1]["loss"],
        "dev_before": evaluations[0] if evaluations else None,
        "dev_best": next((row for row in evaluations if row["step"] == progress.best_step), None),
        "precision": dtype,
        "checkpointing": checkpointing,
        "adapter_sha256": manifest.file_digest(out / "adapter" / "adapter_model.safetensors"),
    }
