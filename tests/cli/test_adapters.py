"""`--adapter` and `--gpu-layers` as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import taibao
from tests.tiny import make_tiny_adapter, make_tiny_gguf

ROWS = '{"id":1,"text":"A pump","task":"chat"}\n{"id":2,"text":"A pump","task":"title"}\n'
FAST = ("--max-tokens", "8", "--threads", "1")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "in.jsonl").write_text(ROWS)
    make_tiny_adapter(tmp_path / "titles.gguf", seed=1)
    return make_tiny_gguf(tmp_path / "tiny.gguf")


def test_only_the_named_task_is_answered_with_the_adapter(tmp_path: Path, model: Path) -> None:
    args = ("batch", "in.jsonl", "--model", model, *FAST)
    plain, adapted = (
        [json.loads(line) for line in taibao(*args, *more, home=tmp_path, TAIBAO_ENGINE="").stdout.splitlines()]
        for more in ((), ("--adapter", "title=titles.gguf"))
    )
    assert adapted[0]["output"] == plain[0]["output"]
    assert adapted[1]["output"] != plain[1]["output"]
    assert adapted[0]["model"].startswith(plain[0]["model"] + "+titles@")


def test_another_adapter_never_mixes_with_the_answers_of_a_run(tmp_path: Path, model: Path) -> None:
    args = ("batch", "in.jsonl", "-o", "out.jsonl", "--model", model, *FAST)
    assert taibao(*args, home=tmp_path, TAIBAO_ENGINE="").returncode == 0
    done = taibao(*args, "--adapter", "titles.gguf", home=tmp_path, TAIBAO_ENGINE="")
    assert done.returncode == 1
    assert b"adapters was None, is ['=titles@" in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--adapter", "titel=titles.gguf"), 2, "--adapter: "),
        (("--adapter", "tiny.gguf"), 1, "tiny.gguf is no LoRA adapter; make one with taibao convert adapter"),
        (("--gpu-layers", "99"), 1, "was built without a GPU"),
        (("--adapter", "a.gguf", "--base-url", "http://127.0.0.1:9"), 2, "--adapter is for a model file"),
        (("--gpu-layers", "9", "--base-url", "http://127.0.0.1:9"), 2, "--gpu-layers is for a model file"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    tmp_path: Path, model: Path, options: tuple[str, ...], code: int, words: str
) -> None:
    named = () if "--base-url" in options else ("--model", model)
    done = taibao("title", *named, *options, *FAST[:2], home=tmp_path, stdin="A pump", TAIBAO_ENGINE="")
    assert done.returncode == code, done.stderr
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
