"""Tiny checkpoints and files made once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from convert.gguf import convert_checkpoint
from tests.tiny_hf import CORPUS, make_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tied Qwen3 checkpoint; copy it before changing it."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "checkpoint")


@pytest.fixture(scope="session")
def tiny_gguf(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny` as f16."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    convert_checkpoint(tiny, path, dtype="f16")
    return path


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Ten bilingual paragraphs of about 60 tokens."""
    rng = random.Random(0)
    return ["".join(rng.sample(sorted(set(CORPUS)), 3)) for _ in range(10)]
