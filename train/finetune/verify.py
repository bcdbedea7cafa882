"""A manifest read back: are adapter, base, tokenizer, template and data those of the run?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.chatml import CHATML_TEMPLATE
from taibao_cli.errors import InputError
from train import manifest
from train.finetune.config import FineTune
from train.finetune.job import MANIFEST, read_material
from train.tables import build

PARTS: Final = ("adapter", "tokenizer", "template", "data")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the manifest has a digest of: one of `PARTS`, or a file of the base."""

    what: str
    same: bool


def verify(run: Path, checkpoint: Path | None, data: Sequence[Path], dev: Sequence[Path]) -> list[Line]:
    """Compare the manifest in `run` with the files.

    Args:
        run: folder of a finished fine-tuning.
        checkpoint: the base; None: the folder that the manifest names.
        data: training files; with them the key of the whole run is made again from its configuration.
        dev: evaluation files, as `data`.

    Raises:
        InputError: no manifest of a fine-tuning, or a file of the base or of the data cannot be read.
    """
    stated = read_manifest(run)
    return list(_lines(stated, run, checkpoint or Path(stated["inputs"]["checkpoint"]), data, dev))


def read_manifest(run: Path) -> dict[str, Any]:
    """Raises InputError without the manifest of a finished fine-tuning."""
    path = run / MANIFEST
    try:
        stated: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if stated["stage"] != "finetune" or "config" not in stated["inputs"]:
            raise ValueError("it is of another stage")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the manifest of a finished fine-tuning: {error}") from None
    return stated


def _lines(
    stated: dict[str, Any], run: Path, checkpoint: Path, data: Sequence[Path], dev: Sequence[Path]
) -> Iterator[Line]:
    inputs = stated["inputs"]
    yield Line("adapter", _is(run / "adapter" / "adapter_model.safetensors", stated["results"]["adapter_sha256"]))
    for name, digest in inputs["weights"].items():
        yield Line(f"{checkpoint}/{name}", _is(checkpoint / name, digest))
    yield Line("tokenizer", _is(checkpoint / "tokenizer.json", inputs["tokenizer"]))
    yield Line("template", hashlib.sha256(CHATML_TEMPLATE.encode()).hexdigest() == inputs["template"])
    if data:
        config: FineTune = build(FineTune, inputs["config"], str(run / MANIFEST))
        yield Line("data", read_material(config, checkpoint, data, dev).key == stated["key"])


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and manifest.file_digest(path) == digest
