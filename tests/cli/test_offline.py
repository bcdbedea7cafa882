"""Nothing goes to the network unasked: every command is run where no socket can be opened."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from taibao_cli.cli.root import COMMANDS
from tests.cli.shell import taibao

TEXT = "1. 一种泵，包括壳体（1）和叶轮（2）。\n2. 根据权利要求1所述的泵，还包括滤网（3）。\n"
ROWS = '{"id":"a","task":"title","text":"一种泵，包括壳体。"}\n'

CALLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "batch": (("-",), ("rows.jsonl", "-o", "out.jsonl"), ("rows.jsonl", "--dry-run")),
    "translate": (("claims.txt",),),
    "summarize": (("claims.txt",),),
    "classify": (("claims.txt",), ("--by", "type", "claims.txt")),
    "title": (("claims.txt",),),
    "abstract": (("claims.txt",),),
    "claims": (("claims.txt",),),
    "tree": (("claims.txt",),),
    "check": (("claims.txt",),),
    "compare": (("--by", "similarity", "claims.txt", "claims.txt"),),
    "entail": (("--text", "a", "b"),),
    "ask": (("发明专利权的期限是多久？",),),
    "judge": (("外观设计专利权的期限为十五年。",),),
    "kb": (("add", "law.md"), ("list",), ("search", "期限")),
    "chat": (("hello",),),
    "ipc": (("show", "H04L"), ("search", "battery")),
    "tasks": (("list",), ("show", "title")),
    "models": (("list", "--all"), ("show",), ("verify",), ("add", "none.gguf")),
    "cache": (("ls",), ("on",), ("off",)),
    "config": (("show", "--origin"), ("path",)),
    "doctor": ((), ("--json",)),
    "completion": (("bash",),),
    "session": (("概括",),),
}
"""Of each command, what it is for. The others are called for their help: what they do has tests of its own."""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the network, every call of which fails."""
    asked: list[str] = []

    def deny(name: str) -> Any:
        def refuse(*arguments: object, **_: object) -> None:
            asked.append(f"{name} {arguments[-1:]}")
            raise OSError("no network here")

        return refuse

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, deny(name))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, deny(name))
    return asked


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_opens_a_connection(tmp_path: Path, opened: list[str], command: str) -> None:
    (tmp_path / "claims.txt").write_text(TEXT, "utf-8")
    (tmp_path / "rows.jsonl").write_text(ROWS, "utf-8")
    (tmp_path / "law.md").write_text("# 中华人民共和国专利法\n\n第四十二条 发明专利权的期限为二十年。\n", "utf-8")
    for arguments in CALLS.get(command, (("--help",),)):
        words = arguments if command == "session" else (command, *arguments)
        done = taibao(*words, home=tmp_path, stdin=ROWS if "-" in arguments else "")
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 1, 3), (arguments, done.stderr)
    assert opened == []


def test_pull_and_base_url_are_the_ones_that_would(tmp_path: Path, opened: list[str]) -> None:
    assert taibao("models", "pull", "qwen3-0.6b", "--dry-run", "--timeout", "1", home=tmp_path).returncode == 1
    assert opened != []
    opened.clear()
    assert taibao("chat", "x", "--base-url", "http://127.0.0.1:9/v1", home=tmp_path).returncode == 1
    assert opened != []


def test_the_fixture_denies(opened: list[str]) -> None:
    with pytest.raises(OSError, match="no network here"):
        socket.create_connection(("127.0.0.1", 9))
    assert len(opened) == 1
