"""LoRA adapters in the engine: each request is computed with its own, whatever runs beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.errors import ModelError
from tests.tiny import make_tiny_adapter, make_tiny_gguf

TEXTS = ["一种电机", "A battery housing", "一种电机的控制方法", "A battery with a lid"]


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("adapters")
    return {name: make_tiny_adapter(folder / f"{name}.gguf", seed=seed) for seed, name in enumerate("ab", 1)}


def requests(adapter: str | None) -> list[Request]:
    return [Request(f"{text}/{adapter}", (Message("user", text),), 16, adapter=adapter) for text in TEXTS]


def answers(engine: LlamaCppEngine, asked: list[Request]) -> dict[str, str]:
    results = list(engine.run(asked))
    assert [result.error for result in results] == [None] * len(asked)
    return {result.key: result.text for result in results}


def test_rows_with_different_adapters_do_not_touch_each_other(tiny: Path, adapters: dict[str, Path]) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=1, adapters=adapters)
    alone = {adapter: answers(engine, requests(adapter)) for adapter in (None, "a", "b")}
    assert len({tuple(texts.values()) for texts in alone.values()}) == 3, "each adapter changes the answers"
    mixed = [request for rows in zip(*map(requests, alone), strict=True) for request in rows]
    assert answers(engine, mixed) == {key: text for texts in alone.values() for key, text in texts.items()}
    engine.close()


def test_answers_with_adapters_do_not_depend_on_the_width(tiny: Path, adapters: dict[str, Path]) -> None:
    mixed = [request for adapter in (None, "a", None, "b", "a") for request in requests(adapter)[:2]]
    mixed = list({request.key: request for request in mixed}.values())
    found = []
    for width in (1, 8):
        engine = LlamaCppEngine(tiny, threads=1, width=width, adapters=adapters)
        found.append(answers(engine, mixed))
        engine.close()
    assert found[0] == found[1]


def test_nothing_computed_with_one_adapter_is_taken_over_by_another(tiny: Path, adapters: dict[str, Path]) -> None:
    engine = LlamaCppEngine(tiny, threads=1, adapters=adapters)
    long = "the same beginning, much longer than what is worth sharing"
    cached = []
    for adapter in (None, None, "a", "a", None):
        (result,) = engine.run([Request("1", (Message("user", long),), 2, adapter=adapter)])
        cached.append(result.usage.cached > 0)
    assert cached == [False, True, False, True, False]
    engine.close()


def test_an_adapter_the_engine_does_not_have_is_an_error_of_the_row(engine: LlamaCppEngine) -> None:
    (result,) = engine.run([Request("1", (Message("user", "x"),), 2, adapter="c")])
    assert result.error is not None
    assert str(result.error) == "the engine has no adapter c"


def test_an_adapter_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    model = make_tiny_gguf(tmp_path / "m.gguf")
    other = make_tiny_adapter(tmp_path / "a.gguf", seed=1, architecture="llama")
    with pytest.raises(ModelError, match=r"a\.gguf: the adapter does not fit the model"):
        LlamaCppEngine(model, threads=1, adapters={"a": other})


def test_without_a_gpu_layers_cannot_go_there(tiny: Path) -> None:
    with pytest.raises(ModelError, match="was built without a GPU"):
        LlamaCppEngine(tiny, gpu_layers=4)
