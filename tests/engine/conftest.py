from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from tests.tiny import make_tiny_gguf


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[LlamaCppEngine]:
    engine = LlamaCppEngine(tiny, threads=1)
    yield engine
    engine.close()
