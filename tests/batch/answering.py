"""Rows answered by a fake engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from taibao_cli.batch import run
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.models.registry import Model

MODEL = Model(name="fake", path=Path(), sha256="ab" * 32, prompt="brief", lexicon=None, metadata={})
LARGE = replace(MODEL, prompt="full")


def answer_all(
    rows: Iterable[Any], *, engine: Any = None, model: Model = MODEL, task: str | None = "title", **options: Any
) -> list[Any]:
    return list(run(rows, engine=engine or FakeEngine(), model=model, default_task=task, **options))
