"""Files that are named in what is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.repl.talking import Talker, said, talk


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "claim.txt").write_text("一种泵\n", "utf-8")
    (tmp_path / "权利要求.txt").write_text("一种阀\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "sent"),
    [
        ("概括@claim.txt的内容", "概括一种泵的内容"),
        ("@权利要求.txt，译成英文", "一种阀，译成英文"),
        ("(@claim.txt)", "(一种泵)"),
        ('读@"claim.txt"吧', "读一种泵吧"),
        ("mail a@claim.txt", "mail a@claim.txt"),
        ("0.2C@3.0V, 1C @25 and @and/or", "0.2C@3.0V, 1C @25 and @and/or"),
    ],
)
def test_a_file_name_between_chinese_words_was_left_as_it_stood(line: str, sent: str) -> None:
    assert talk(line, engine=said()) == [f"{sent}\n"]


@pytest.mark.parametrize("line", ["/title @gone.txt", "概括@gone.txt的内容", 'see @"gone.txt"', "/file gone.txt"])
def test_the_name_of_a_file_that_is_missing_was_worked_on_as_text(line: str) -> None:
    talker = Talker(said())
    assert talker.say(line) == "there is no file gone.txt\n"
    assert talker.session.talk.turns == []
    talker.say("/lang zh")
    assert talker.say(line) == "没有文件 gone.txt\n"


@pytest.mark.parametrize("name", ["claim.txt", '"claim.txt"', "@claim.txt"])
def test_the_bare_name_of_a_file_was_translated_itself(name: str) -> None:
    """`/translate claims.txt` gave 声明.txt, as if the name were the text; a shell's user means the file."""
    assert "一种泵" in talk(f"/title {name}", engine=said())[0]


def test_a_name_of_no_file_is_a_text() -> None:
    assert "pump.v2" in talk("/title pump.v2", engine=said())[0]


def test_a_long_question_about_a_document_was_an_unexpected_error() -> None:
    talker = Talker(said())
    talker.say("/doc claim.txt")
    question = "哪一项" * 120 + "？"
    assert question in talker.say(f"/doc {question}")
    assert talk("@" + "x" * 300, engine=said()) == ["@" + "x" * 300 + "\n"]


@pytest.mark.parametrize("command", ["/doc ~nobody-of-this-name/x.txt", "/file ~nobody-of-this-name/x.txt"])
def test_the_folder_of_an_unknown_user_was_an_unexpected_error(command: str) -> None:
    assert talk(command) == ["there is no file ~nobody-of-this-name/x.txt\n"]


def test_what_is_no_text_is_named_in_the_language_of_the_session(here: Path) -> None:
    (here / "damaged.txt").write_bytes("一种泵".encode() * 9 + b"\xff\xfe\x00")
    talker = Talker(lang="zh")
    talker.say("x")
    assert talker.say("/save gone/x.txt") == "无法写入 gone/x.txt：No such file or directory\n"
    assert talker.say("@damaged.txt 概括") == "damaged.txt 第 82 字节起不是 UTF-8 文本\n"
