"""A model between the one that a training started from and the one it ended with."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file, save_file  # noqa: E402

from taibao_cli.errors import InputError  # noqa: E402
from train.average import average  # noqa: E402

NAME = "model.layers.0.mlp.up_proj.weight"


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "merged"
    folder.mkdir()
    save_file({NAME: torch.tensor([[1.0, -2.0], [0.0, 4.0]])}, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text('{"model_type": "qwen3"}', encoding="utf-8")
    return folder


def test_each_weight_is_the_weighted_mean_and_the_rest_is_the_trained_one(trained: Path, tmp_path: Path) -> None:
    start = {NAME: torch.tensor([[3.0, 2.0], [1.0, -4.0]]), "lm_head.weight": torch.zeros(1)}
    average(start, trained, 0.25, tmp_path / "average")
    found = load_file(tmp_path / "average" / "model.safetensors")
    assert found.keys() == {NAME}
    assert found[NAME].tolist() == [[1.5, -1.0], [0.25, 2.0]]
    assert (tmp_path / "average" / "config.json").read_bytes() == (trained / "config.json").read_bytes()
    assert load_file(trained / "model.safetensors")[NAME][0, 0] == 1.0


@pytest.mark.parametrize("start", [{}, {NAME: torch.zeros(2, 3)}], ids=["missing", "of another shape"])
def test_a_start_that_does_not_fit_is_named(start: dict[str, torch.Tensor], trained: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=rf"has no {NAME} of shape \(2, 2\)"):
        average(start, trained, 0.5, tmp_path / "average")
    assert not (tmp_path / "average").exists()
