"""What is typed in private, or forgotten, is nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.repl.store import Talks
from tests.repl.screen import Screen
from tests.repl.talking import Talker, said
from tests.repl.test_terminal import typed


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_state_dir", lambda *_, **__: str(tmp_path / "state"))
    monkeypatch.setenv("TERM", "xterm-256color")
    return tmp_path / "state"


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_lines_typed_after_private_stood_in_the_history_file(state: Path) -> None:
    talks = Talks(state.parent / "talks.sqlite")
    typed("open\r/private\ra secret pump\r/private\ropen again\r", talks)
    kept = [line for line in (state / "history").read_text().splitlines() if line.startswith("+")]
    assert kept == ["+open", "+/private", "+open again"]
    assert b"a secret pump" not in everything(state.parent)


def test_a_session_opened_private_said_that_it_keeps_again(state: Path) -> None:
    assert typed("/private\r") == "the session was opened with --private; nothing of it is ever kept\n"


def test_what_was_computed_in_private_is_not_kept_for_another_conversation(tmp_path: Path) -> None:
    talker = Talker(said(), Talks(tmp_path / "talks.sqlite"))
    talker.say("open")
    for line in ("/private", "a secret pump", "/private", "/resume 1"):
        talker.say(line)
    assert talker.session.timing is None, "without an answer since, nothing is written when the session ends"


def test_a_forgotten_conversation_stood_in_the_file_still(tmp_path: Path) -> None:
    talker = Talker(said(), Talks(tmp_path / "talks.sqlite"))
    talker.say("a secret pump " * 400)
    talker.say("/clear")
    talker.say("another")
    assert talker.say("/forget 1") == "conversation 1 is gone\n"
    stored = everything(tmp_path)
    assert b"another" in stored
    assert b"secret" not in stored


def test_a_message_that_failed_left_an_empty_conversation(tmp_path: Path) -> None:
    talker = Talker(said(), Talks(tmp_path / "talks.sqlite"))
    talker.say("/set max_tokens 9999")
    assert "over the context" in talker.say("x")
    assert talker.say("/resume") == "no conversations\n"


def test_a_pasted_text_came_back_from_history_as_its_mark(state: Path) -> None:
    talks, claim = Talks(state.parent / "talks.sqlite"), "1. 一种泵，包括：\n" + "壳体；\n" * 100
    typed(f"\x1b[200~{claim}\x1b[201~ 是几项？\r", talks)
    assert typed("\x1b[A\r", talks) == f"{claim} 是几项？\n"


def test_the_editor_opened_on_the_mark_of_a_pasted_text(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/壳体/阀体/ "$1"\n', "utf-8")
    editor.chmod(0o755)
    with Screen(tmp_path, EDITOR=str(editor), LANG="zh_CN.UTF-8") as screen:
        screen.prompt()
        screen.paste("一种泵，包括壳体。" + "a" * 500)
        screen.wait("[粘贴 509 字 #1]")
        screen.type("\x18\x05")
        screen.wait("一种泵，包括阀体。aaaa")


def test_a_dumb_terminal_got_escape_sequences(tmp_path: Path) -> None:
    with Screen(tmp_path, TERM="dumb") as screen:
        screen.wait(">")
        screen.type("一种泵\r")
        screen.wait("echo: 一种泵")
        screen.type("/copy\r")
        screen.wait("this terminal cannot copy; use /save FILE")
        screen.type("/exit\r")
        screen.read(1)
        assert "\x1b" not in screen.raw
