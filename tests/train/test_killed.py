"""Killed at any change it makes to the disk, or at any moment, and run again, a command ends with what an undisturbed
run writes.

What stands under the name of the output after a kill is whole, or is nothing, or is what the command goes on from.
"""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

from convert.gguf import convert_checkpoint
from tests.cli.shell import environment
from tests.convert.test_adapter import make_adapter
from tests.tiny_hf import make_tiny_checkpoint
from tests.train.test_finetune_run import config, write_data

ADAPTER = "run/adapter/adapter_model.safetensors"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, an adapter, a GGUF file, data and texts."""
    place = tmp_path_factory.mktemp("killed")
    base = make_tiny_checkpoint(place / "base")
    make_adapter(base, place / "adapter")
    convert_checkpoint(base, place / "base.gguf", dtype="f16")
    write_data(place / "data.jsonl", 8)
    write_data(place / "dev.jsonl", 2)
    text = config(place / "c.toml").read_text(encoding="utf-8").replace("epochs = 3", "epochs = 2")
    (place / "c.toml").write_text(text, encoding="utf-8")
    (place / "held.txt").write_text("本发明公开了一种散热装置。\nA heat sink.\n", encoding="utf-8")
    with (place / "patents.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["pub_no", "title", "abstract", "ipc"])
        for n in range(40):
            table.writerow(
                [f"CN1{n:08d}A", f"一种散热装置{n}", f"本发明公开了一种散热装置{n}，包括基板。", "H05K 7/20"]
            )
    return place


COMMANDS: dict[str, tuple[int, list[str]]] = {
    "data": (3, ["train", "data", "build", "patents.csv", "-o", "data", "--dev", "0.1"]),
    "pack": (2, ["train", "data", "pack", "data.jsonl", "--tokenizer", "base", "--tokens", "64", "-o", "packs.npz"]),
    "train": (4, ["train", "finetune", "c.toml", "--checkpoint", "base", "--data", "data.jsonl",
                   "--dev", "dev.jsonl", "-o", "run"]),
    "merge": (3, ["convert", "merge", "base", "adapter", "-o", "merged", "--texts", "held.txt"]),
    "convert": (2, ["convert", "gguf", "base", "-o", "out.gguf"]),
    "quantize": (2, ["convert", "quantize", "base.gguf", "-o", "q.gguf", "--type", "q4_0", "--threads", "1"]),
}  # fmt: skip
"""About how many changes to the disk are tried, and what is run."""


@pytest.fixture(scope="module", params=[(1, 0), pytest.param((8, 12), marks=pytest.mark.slow)], ids=["few", "many"])
def found(folder: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of each command what became of the runs that were killed: so many times as many as stated, and at so many random
    moments."""
    times, moments = request.param
    asked = [(points * times, moments, line) for points, line in COMMANDS.values()]
    command = [sys.executable, "-m", "tests.train.killing", str(folder), json.dumps(asked)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, check=False,
        env={**environment(folder), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(COMMANDS, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("step", COMMANDS)
def test_a_command_that_is_killed_ends_alike_when_it_is_run_again(found: dict[str, Any], step: str) -> None:
    one, (points, _) = found[step], COMMANDS[step]
    assert one["code"] == 0, one["stderr"]
    planned = [run["killed"] for run in one["runs"] if not run["random"]]
    assert len(planned) >= min(points, one["changes"]) > 1
    assert set(planned) == {-signal.SIGKILL}
    surprised = [run["killed"] for run in one["runs"] if run["random"]]
    assert set(surprised) <= {-signal.SIGKILL, 0}, "dead, or done before"
    assert surprised.count(-signal.SIGKILL) >= len(surprised) / 2
    for run in one["runs"]:
        place = f"after a kill at {run['at']}"
        assert run["again"] == 0 or "exists" in run["said"], (place, run["said"])
        if step == "train":  # manifest and log hold times; a run that was begun is gone on from
            assert run["again"] == 0, (place, run["said"])
            assert run["left"].get(ADAPTER) in (None, one["whole"][ADAPTER]), place
            assert run["after"][ADAPTER] == one["whole"][ADAPTER], place
            assert run["after"].keys() == one["whole"].keys(), place
        else:
            assert run["left"] in ({}, one["whole"]), place
            assert run["after"] == one["whole"], place
