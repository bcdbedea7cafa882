"""Where errors reach a user, and where a program reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.__main__ import run
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import ModelError
from taibao_cli.repl.background import LoadingEngine
from tests.repl.talking import Talker


def test_the_session_tells_errors_in_its_language() -> None:
    def load() -> FakeEngine:
        raise ModelError("x.gguf: no such model file; give --model FILE.gguf")

    talker = Talker(LoadingEngine(load))  # type: ignore[arg-type]
    talker.say("/lang zh")
    assert talker.say("你好") == "\n没有模型文件 x.gguf；请用 --model FILE.gguf 指定\n"


def test_rows_keep_the_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAIBAO_ENGINE", "fake")
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": 5}\n', "utf-8")
    assert run(["--lang", "zh", "batch", str(rows), "--task", "title", "-o", str(tmp_path / "out.jsonl")]) == 3
    (row,) = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines())
    assert row["error"]["message"] == "line 1: text must be text, not int"


def test_the_locale_decides_where_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    run(["ipc", "show", "电池"])
    assert capsys.readouterr().err == "taibao: '电池' 不是 IPC 分类号；应写成 H、H04、H04L 或 H04L 65/1016\n"
