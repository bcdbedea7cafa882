"""Where errors reach a user, and where a program reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.__main__ import run
from taibao_cli.batch.readers import parse_line
from taibao_cli.checks.rows import Options, check_row, unreadable
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import ModelError
from taibao_cli.messages.errors import in_words
from taibao_cli.repl.background import LoadingEngine
from tests.repl.talking import Talker, talk


def test_the_session_tells_errors_in_its_language() -> None:
    def load() -> FakeEngine:
        raise ModelError("x.gguf: no such model file; give --model FILE.gguf")

    talker = Talker(LoadingEngine(load))  # type: ignore[arg-type]
    talker.say("/lang zh")
    assert talker.say("你好") == "\n没有模型文件 x.gguf；请用 --model FILE.gguf 指定\n"


def test_an_error_of_an_answer_was_english_in_a_chinese_session() -> None:
    (shown,) = talk("电" * 9000, lang="zh")
    assert shown.splitlines()[1].startswith("提示有 ")


def test_an_error_in_a_finding_was_english_in_chinese() -> None:
    error = {"type": "bad_value", "message": "line 1: text must be text, not int", "retryable": False}
    (failed,) = check_row({"task": "title", "output": None, "error": error}, Options())
    assert (failed.zh, failed.en) == (
        "该行没有答案：第 1 行：text 应为文字，而不是 int",
        "the row has no answer: line 1: text must be text, not int",
    )
    record = parse_line(1, b"{broken")
    (broken,) = unreadable(record.error)
    assert broken.zh == "该行无法读取：第 2 列处不是 JSON：应有双引号中的键"
    assert broken.en == "the row cannot be read: not JSON: unexpected character, expected a string key at column 2"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a" 1}', "第 6 列处不是 JSON：键后应有冒号"),
        ('{"a": 1,}', "第 8 列处不是 JSON：末尾多了一个逗号"),
        ('{"a": 1 "b"}', "第 9 列处不是 JSON：应有逗号或 }"),
        ('{"a": nul}', "第 7 列处不是 JSON：应为 null"),
        ('{"a": "\\q"}', "第 8 列处不是 JSON：字符串中的转义无效"),
        ('{"a": "\x01"}', "第 8 列处不是 JSON：字符串中有未转义的控制字符"),
    ],
)
def test_what_is_no_json_was_half_english_in_chinese(line: str, said: str) -> None:
    assert in_words(parse_line(1, line.encode()).error, "zh") == said


def test_a_broken_setting_was_told_in_another_language_than_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAIBAO_CTX", "many")
    run(["--lang", "zh", "config", "show"])
    assert capsys.readouterr().err == "taibao: TAIBAO_CTX 是 'many'；应为 int 类型的值\n"


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
