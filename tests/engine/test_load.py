from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.load import load_engine
from taibao_cli.models.registry import Model


@pytest.fixture
def model(tiny: Path) -> Model:
    return Model("tiny", tiny, "0" * 64, "full", None, {})


def test_loads_the_file_with_the_options(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAIBAO_ENGINE", raising=False)
    engine = load_engine(model, ctx=128, threads=1, width=2)
    assert isinstance(engine, LlamaCppEngine)
    (result,) = engine.run([Request("a", (Message("user", "x" * 100),), 16)])
    assert engine.context == 128
    assert result.error is not None
    assert "raise --ctx (up to 512)" in str(result.error)
    engine.close()


def test_the_environment_asks_for_the_fake(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAIBAO_ENGINE", "fake")
    engine = load_engine(model, ctx=64)
    assert isinstance(engine, FakeEngine)
    assert engine.context == 64
