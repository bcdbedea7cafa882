"""A batch outlives its engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.shell import environment
from tests.tiny import make_tiny_gguf


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the engine's process")
def test_the_death_of_the_engine_does_not_end_the_run(tmp_path: Path) -> None:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    rows = [{"id": number, "text": f"row {number}", "task": "chat"} for number in range(60)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["batch", "in.jsonl", "-o", "out.jsonl", "--model", "tiny.gguf", "--threads", "1", "--width", "4"]
    run = subprocess.Popen(
        [sys.executable, "-m", "taibao_cli", *arguments, "--max-tokens", "60"],
        cwd=tmp_path,
        env=environment(tmp_path, TAIBAO_ENGINE=""),
        stderr=subprocess.PIPE,
    )
    journal = tmp_path / "out.jsonl.journal"
    for _ in range(600):
        if journal.exists() and journal.stat().st_size > 2000:
            break
        time.sleep(0.02)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 0, stderr
    assert b"the engine died (SIGKILL); it was started again, the run goes on\n" in stderr
    answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in answers] == list(range(60))
    assert {row["error"] for row in answers} == {None}
