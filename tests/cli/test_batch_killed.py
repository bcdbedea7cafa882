"""A real engine, killed and resumed: the same bytes as without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from random import Random

import pytest

from tests.cli.shell import environment
from tests.tiny import make_tiny_gguf

MORE_ANSWERS = range(1, 12)


def command(out: str) -> list[str]:
    options = ["--model", "tiny.gguf", "--threads", "1", "--max-tokens", "12", "--deterministic"]
    return [sys.executable, "-m", "taibao_cli", "batch", "in.jsonl", "-o", out, *options]


def keys_of(journal: Path) -> list[str]:
    """Of the whole lines after the first."""
    lines = journal.read_bytes().split(b"\n")[1:-1] if journal.exists() else []
    return [json.loads(line)["k"] for line in lines]


def kill_when(run: subprocess.Popen[bytes], journal: Path, answers: int) -> None:
    deadline = time.monotonic() + 120
    while len(keys_of(journal)) < answers and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    run.kill()
    run.wait()


def kill_and_compare(folder: Path, rows: int, moments: Iterable[int]) -> None:
    make_tiny_gguf(folder / "tiny.gguf")
    lines = [json.dumps({"id": n, "text": f"A pump, number {n}", "task": "chat"}) for n in range(rows)]
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n")
    options = {"cwd": folder, "env": environment(folder, TAIBAO_ENGINE=""), "stderr": subprocess.DEVNULL}
    journal = folder / "out.jsonl.journal"
    for more in moments:
        known = len(keys_of(journal))
        run = subprocess.Popen(command("out.jsonl"), **options)  # type: ignore[call-overload]
        kill_when(run, journal, known + more)
        assert run.returncode == -signal.SIGKILL
        found = keys_of(journal)
        assert known < len(found) == len(set(found)), "every answer once"
    for out in ("out.jsonl", "whole.jsonl"):
        assert subprocess.run(command(out), check=False, **options).returncode == 0  # type: ignore[call-overload]
    assert (folder / "out.jsonl").read_bytes() == (folder / "whole.jsonl").read_bytes()
    answers = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in answers] == list(range(rows))
    assert not os.path.exists(journal)


def test_killed_twice(tmp_path: Path) -> None:
    kill_and_compare(tmp_path, 30, (1, 8))


@pytest.mark.slow
def test_killed_ten_times(tmp_path: Path) -> None:
    random = Random(3)
    kill_and_compare(tmp_path, 200, [random.choice(MORE_ANSWERS) for _ in range(10)])
