"""What a run says of its engine, and how that is set."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.shell import taibao
from tests.tiny import make_tiny_gguf

ROWS = "".join(json.dumps({"id": number, "task": "title", "text": f"row {number}"}) + "\n" for number in range(5))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    make_tiny_gguf(tmp_path / "tiny.gguf")
    (tmp_path / "in.jsonl").write_text(ROWS)
    return tmp_path


def test_stats_tell_the_engine_and_its_tuning(source: Path) -> None:
    options = ("--model", "tiny.gguf", "--threads", "1", "--max-tokens", "4", "--stats")
    done = taibao("batch", "in.jsonl", "-o", "out.jsonl", *options, home=source, TAIBAO_ENGINE="")
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode().splitlines()
    tuned = r"width=\1,ubatch=\d+,flash=(auto|off),kv=\w+"
    engine = r"taibao: engine: kind llama\.cpp, width (\d+), threads 1, tuning " + tuned
    assert any(re.fullmatch(engine, line) for line in said)
    figures = r"taibao: [\d.]+ rows/s; (\d+) prompt tokens, (\d+) of them from the KV cache, (\d+) in answers"
    assert re.fullmatch(figures, said[-1])
    manifest = json.loads((source / "out.jsonl.manifest.json").read_text())
    assert manifest["engine"]["tuning"].startswith("width=")


def test_a_run_is_tuned_as_told_and_answers_stay(source: Path) -> None:
    options = ("--model", "tiny.gguf", "--threads", "1", "--max-tokens", "4", "--stats", "--width", "2")
    outputs = []
    for tune in ("kv=split", "kv=unified,flash=off,ubatch=32"):
        done = taibao("batch", "in.jsonl", *options, "--tune", tune, home=source, TAIBAO_ENGINE="")
        assert done.returncode == 0, done.stderr
        assert all(part in done.stderr.decode() for part in tune.split(","))
        outputs.append([json.loads(line)["output"] for line in done.stdout.splitlines()])
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--tune", "kv=both"), "--tune kv=both: give kv=split|unified, flash=on|off|auto or ubatch=32…512"),
        (("--tune", "kv=split", "--base-url", "http://127.0.0.1:1/v1"), "--tune is for a model file on this machine"),
    ],
)
def test_what_cannot_be_tuned(source: Path, options: tuple[str, ...], complaint: str) -> None:
    done = taibao("batch", "in.jsonl", "--model", "tiny.gguf", *options, home=source, TAIBAO_ENGINE="")
    assert (done.returncode, done.stdout) == (2, b"")
    assert complaint in done.stderr.decode()
