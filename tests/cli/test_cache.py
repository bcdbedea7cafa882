"""`--cache` and `taibao cache`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pexpect

from tests.cli.shell import environment, taibao

ROWS = "".join(f'{{"text":"pump {n}","task":"title"}}\n' for n in range(5))
WHERE = Path(".cache/taibao/answers.sqlite")


def cached(home: Path, *args: str, **extra: str) -> int:
    """How many of five rows a run finds in the cache."""
    done = taibao("batch", "-", "--stats-json", "stats.json", *args, home=home, stdin=ROWS, **extra)
    assert done.returncode == 0, done.stderr
    stats: dict[str, Any] = json.loads((home / "stats.json").read_bytes())
    return int(stats["cached"])


def test_it_is_off_until_it_is_asked_for(tmp_path: Path) -> None:
    assert [cached(tmp_path), cached(tmp_path)] == [0, 0]
    assert not (tmp_path / WHERE).exists()
    assert [cached(tmp_path, "--cache"), cached(tmp_path, "--cache")] == [0, 5]
    assert cached(tmp_path) == 0


def test_variable_and_setting_turn_it_on_and_options_win(tmp_path: Path) -> None:
    assert cached(tmp_path, TAIBAO_CACHE="1") == 0
    assert cached(tmp_path, TAIBAO_CACHE="1") == 5
    assert cached(tmp_path, "--no-cache", TAIBAO_CACHE="1") == 0
    assert b"answers are kept in " in taibao("cache", "on", home=tmp_path).stderr
    assert cached(tmp_path) == 5
    assert cached(tmp_path, TAIBAO_CACHE="0") == 0
    taibao("cache", "off", home=tmp_path)
    assert cached(tmp_path) == 0
    wrong = taibao("batch", "-", home=tmp_path, stdin=ROWS, TAIBAO_CACHE="maybe")
    assert (wrong.returncode, wrong.stderr) == (2, b"taibao: TAIBAO_CACHE is 'maybe'; set it to 1 or 0\n")


def test_files_and_commands_share_it(tmp_path: Path) -> None:
    for option in ((), ("-o", "out.jsonl")):
        expected = taibao("batch", "-", "--cache", *option, home=tmp_path, stdin=ROWS)
    assert b"5 rows, 0 failed" in expected.stderr
    assert json.loads((tmp_path / "out.jsonl.manifest.json").read_bytes())["cached"] == 5
    row = json.loads(taibao("title", "--cache", "--json", home=tmp_path, stdin="pump 3").stdout)
    assert row["usage"]["cached"] == row["usage"]["prompt"] > 0


def test_another_task_text_or_bound_is_another_answer(tmp_path: Path) -> None:
    cached(tmp_path, "--cache")
    assert cached(tmp_path, "--cache", "--max-tokens", "3") == 0
    assert cached(tmp_path, "--cache", "--task", "summarize") == 0
    assert cached(tmp_path, "--cache", "--temperature", "0.5") == 0
    assert cached(tmp_path, "--cache") == 5


def test_ls_and_clear(tmp_path: Path) -> None:
    assert taibao("cache", "ls", home=tmp_path).stderr == b"taibao: no answers are kept\n"
    assert not (tmp_path / WHERE).exists()
    cached(tmp_path, "--cache")
    (line,) = taibao("cache", "ls", home=tmp_path).stdout.decode().splitlines()
    assert line.startswith("fake@000000000000  5  ")
    (row,) = map(json.loads, taibao("cache", "ls", "--json", home=tmp_path).stdout.splitlines())
    assert (row["model"], row["answers"]) == ("fake@000000000000", 5)
    for args, count in ((("--older-than", "1"), 0), (("--model", "other"), 0), ((), 5), ((), 0)):
        assert taibao("cache", "clear", *args, home=tmp_path).stderr == f"taibao: removed {count} answers\n".encode()
    assert list((tmp_path / WHERE).parent.iterdir()) == []
    assert taibao("cache", "clear", "--model", "x", home=tmp_path).stderr == b"taibao: removed 0 answers\n"


def test_doctor_names_the_file(tmp_path: Path) -> None:
    cached(tmp_path, "--cache")
    assert f"kept: {tmp_path / WHERE} (" in taibao("doctor", home=tmp_path).stdout.decode()
    assert "; taibao cache clear removes)" in taibao("doctor", home=tmp_path).stdout.decode()


def test_a_dry_run_does_not_touch_it(tmp_path: Path) -> None:
    assert taibao("batch", "-", "--cache", "--dry-run", home=tmp_path, stdin=ROWS).returncode == 0
    assert not (tmp_path / WHERE).exists()


def test_a_damaged_cache_is_named_with_what_removes_it(tmp_path: Path) -> None:
    (tmp_path / WHERE).parent.mkdir(parents=True)
    (tmp_path / WHERE).write_bytes(b"x" * 9999)
    done = taibao("batch", "-", "--cache", home=tmp_path, stdin=ROWS)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"file is not a database; `taibao cache clear` removes it" in done.stderr
    assert taibao("cache", "clear", home=tmp_path).returncode == 0
    assert cached(tmp_path, "--cache") == 0


def test_private_turns_it_off(tmp_path: Path) -> None:
    done = taibao("--private", "hello", "--cache", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"echo: hello\n")
    assert not (tmp_path / WHERE).exists()


def test_the_session_uses_it_but_not_in_private(tmp_path: Path) -> None:
    variables = {**environment(tmp_path), "TERM": "dumb"}
    command = ["-m", "taibao_cli", "session", "--cache"]
    child = pexpect.spawn(sys.executable, command, cwd=str(tmp_path), env=variables, encoding="utf-8", timeout=30)
    said = {"hello": "echo: hello", "/private": "kept", "secret": "echo: secret"}
    for line, answer in said.items():
        child.expect("> ")
        child.send(f"{line}\r")
        child.expect(answer)
    child.expect("> ")
    child.send("/exit\r")
    child.expect(pexpect.EOF)
    (row,) = map(json.loads, taibao("cache", "ls", "--json", home=tmp_path).stdout.splitlines())
    assert row["answers"] == 1
