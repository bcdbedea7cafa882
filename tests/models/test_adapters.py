"""Adapters named on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.errors import ModelError, UsageError
from taibao_cli.models.registry import resolve
from tests.tiny import make_tiny_adapter, make_tiny_gguf


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return make_tiny_gguf(tmp_path / "m.gguf")


def test_a_task_is_answered_with_its_own_adapter_else_the_common_one(model: Path, tmp_path: Path) -> None:
    titles, common = (make_tiny_adapter(tmp_path / f"{name}.gguf", seed=1) for name in ("titles", "common"))
    found = resolve(str(model), adapters=[f"title, abstract={titles}", str(common)])
    own, rest = (adapter.label for adapter in found.adapters)
    assert own.startswith("titles@")
    assert [found.adapter(task) for task in ("title", "abstract", "ipc")] == [own, own, rest]
    assert found.label == f"tiny@{found.sha256[:12]}+{own}+{rest}"
    assert resolve(str(model)).adapter("title") is None


def test_a_file_whose_name_looks_like_tasks(model: Path, tmp_path: Path) -> None:
    odd = make_tiny_adapter(tmp_path / "title=a.gguf", seed=1)
    assert resolve(str(model), adapters=[str(odd)]).adapters[0].tasks == ()


def test_two_adapters_for_one_task_are_one_too_many(model: Path, tmp_path: Path) -> None:
    file = make_tiny_adapter(tmp_path / "a.gguf", seed=1)
    with pytest.raises(UsageError, match=r"^--adapter: two adapters for task title; give one$"):
        resolve(str(model), adapters=[f"title={file}", f"ipc,title={file}"])
    with pytest.raises(UsageError, match=r"^--adapter: two adapters for all tasks; give one$"):
        resolve(str(model), adapters=[str(file), str(file)])


def test_what_is_no_fitting_adapter_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.gguf is no LoRA adapter"):
        resolve(str(model), adapters=[str(model)])
    with pytest.raises(ModelError, match=r"is no LoRA adapter"):
        resolve(str(model), adapters=[str(make_tiny_adapter(tmp_path / "c.gguf", seed=1, kind="control_vector"))])
    with pytest.raises(ModelError, match=r"is an adapter for llama models, this model is qwen3"):
        resolve(str(model), adapters=[str(make_tiny_adapter(tmp_path / "l.gguf", seed=1, architecture="llama"))])
    with pytest.raises(ModelError, match=r"nowhere\.gguf"):
        resolve(str(model), adapters=[str(tmp_path / "nowhere.gguf")])
