"""The whole road on made-up corpora, through the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from taibao_cli.batch.lock import lock
from taibao_cli.cli.train import train
from taibao_cli.engine.base import Message, Request
from taibao_cli.engine.load import load_engine
from taibao_cli.errors import TaibaoError
from taibao_cli.models.registry import resolve
from tests.tiny_corpora import make_corpora
from train.stages import STAGES


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pipeline")
    command = ["pipeline", "tiny", "--data", str(make_corpora(root / "corpora")), "-o", str(root / "run")]
    result = CliRunner().invoke(train, command, catch_exceptions=False)
    assert result.exit_code == 0
    again = CliRunner().invoke(train, command, catch_exceptions=False)
    assert again.stderr.count("already done") == len(STAGES)
    return root / "run"


def test_two_runs_never_write_one_folder(tmp_path: Path) -> None:
    """A second one, begun while the first still ran, wrote the same log and the same states."""
    run = tmp_path / "run"
    run.mkdir()
    with (run / ".lock").open("ab") as held:
        lock(held, run)
        command = ["pipeline", "tiny", "--data", str(make_corpora(tmp_path / "corpora")), "-o", str(run)]
        result = CliRunner().invoke(train, command)
    assert isinstance(result.exception, TaibaoError)
    assert str(result.exception) == f"{run} is in use: another run is writing this output"
    assert [path.name for path in run.iterdir()] == [".lock"]


def _manifest(run: Path, stage: str) -> dict[str, dict[str, object]]:
    return json.loads((run / "manifests" / f"{stage}.json").read_text(encoding="utf-8"))


def test_every_stage_leaves_a_manifest(finished: Path) -> None:
    for stage in STAGES:
        manifest = _manifest(finished, stage)
        assert manifest["stage"] == stage
        assert {"key", "inputs", "versions", "wall_s", "results"} <= set(manifest)
    assert _manifest(finished, "base")["results"]["steps"] == 12


def test_the_merge_is_exact_and_the_gguf_agrees_with_the_checkpoint(finished: Path) -> None:
    assert _manifest(finished, "merge")["results"]["same_top1"] == 1.0
    verify = _manifest(finished, "verify")["results"]
    assert verify["f16"]["kl_mean"] < 1e-5  # type: ignore[index]
    assert verify["tokenizer"]["different"] == 0  # type: ignore[index]


def test_the_engine_runs_the_quantized_model(finished: Path) -> None:
    model = resolve(str(finished / "taibao-tiny-q8_0.gguf"))
    assert (model.prompt, model.lexicon) == ("brief", finished / "lexicon.tsv.xz")
    engine = load_engine(model, threads=1)
    [result] = engine.run([Request("1", (Message("user", "一种电机"),), 8)])
    assert result.error is None
    assert result.usage.prompt > 0
    engine.close()
