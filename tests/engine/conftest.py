from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.engine.base import Engine
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.openvino.engine import OpenVinoEngine
from tests.tiny import make_tiny_gguf
from tests.tiny_openvino import make_tiny_folder, require_openvino

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def engine(tiny: Path) -> Iterator[LlamaCppEngine]:
    engine = LlamaCppEngine(tiny, threads=1)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(checkpoint, folder in OpenVINO's form)."""
    require_openvino()
    return make_tiny_folder(tmp_path_factory.mktemp("openvino"))


@pytest.fixture(scope="session")
def folder(exported: tuple[Path, Path]) -> Path:
    return exported[1]


@pytest.fixture(scope="module", params=["llamacpp", "openvino"])
def make(request: pytest.FixtureRequest) -> Make:
    """Makes an engine of each kind on a tiny model, with one thread, exact; it takes the options of the engine."""
    if request.param == "llamacpp":
        path = request.getfixturevalue("tiny")
        return lambda **options: LlamaCppEngine(path, threads=options.pop("threads", 1), **options)
    path = request.getfixturevalue("folder")
    return lambda **options: OpenVinoEngine(
        path, threads=options.pop("threads", 1), precision=options.pop("precision", "f32"), **options
    )


@pytest.fixture(scope="module")
def any_engine(make: Make) -> Iterator[Engine]:
    """One engine of each kind, shared by the tests of a module."""
    engine = make()
    yield engine
    engine.close()
