"""Random weights in a known shape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convert.shaped import models_of
from convert.shapes import SHAPES, Shape, make_checkpoint
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine

pytest.importorskip("safetensors")
SMALL = Shape(128, 2, 4, 2, 256, vocabulary=22_016, context=1024)


def test_the_shapes_have_the_size_of_their_names() -> None:
    def parameters(shape: Shape) -> float:
        size = shape.hidden // shape.heads
        attention = 2 * shape.hidden * shape.heads * size + 2 * shape.hidden * shape.kv_heads * size
        block = attention + 3 * shape.hidden * shape.feed_forward
        return (shape.layers * block + shape.vocabulary * shape.hidden * (1 if shape.tied else 2)) / 1e9

    found = {name: round(parameters(shape), 2) for name, shape in SHAPES.items()}
    assert found == {"qwen2.5-0.5b": 0.49, "qwen2.5-1.5b": 1.54, "qwen2.5-3b": 3.09, "qwen2.5-7b": 7.62}


def test_a_chinese_character_is_one_token(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    make_checkpoint(tmp_path / "a", SMALL)
    make_checkpoint(tmp_path / "b", SMALL)
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()
    tokenizer = tokenizers.Tokenizer.from_file(str(tmp_path / "a" / "tokenizer.json"))
    text = "所述电机（10），转动。ab"
    ids = tokenizer.encode(text).ids
    assert len(ids) == len(text)
    assert tokenizer.decode(ids) == text
    assert json.loads((tmp_path / "a/config.json").read_text("utf-8"))["vocab_size"] == 22_016


def test_models_are_made_once_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gguf")
    monkeypatch.setattr("convert.shaped._is_installed", lambda module: False)
    told: list[str] = []
    gguf, folder = models_of(SMALL, "small", tmp_path, threads=1, tell=told.append)
    assert (gguf, folder) == (tmp_path / "small-q4_0.gguf", None)
    assert [path.name for path in tmp_path.iterdir()] == ["small-q4_0.gguf"]
    assert models_of(SMALL, "small", tmp_path, threads=1, tell=told.append) == (gguf, None)
    assert told == [f"making small with random weights in {tmp_path}"]
    engine = LlamaCppEngine(gguf, threads=1)
    (result,) = engine.run([Request("1", (Message("user", "所述电机"),), 8)])
    assert (result.error, engine.context) == (None, 1024)
    engine.close()
