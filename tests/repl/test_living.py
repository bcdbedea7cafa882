"""What happens to a session at a terminal: pastes, new sizes, interrupts, sudden death."""

from __future__ import annotations

import time
from pathlib import Path

import pexpect
import pytest

from tests.repl.screen import Screen, kill
from tests.repl.slow import WORDS

CLAIM = (
    "1. 一种锂离子电池，其特征在于，包括：" + "".join(f"第{n}电极，设于壳体内；" for n in range(1, 170)) + "以及隔膜。"
)
LOADING = """
import sys, time
import taibao_cli.engine.fake
from taibao_cli.__main__ import main
taibao_cli.engine.fake.FakeEngine = lambda **_: time.sleep(60)
sys.argv[0] = "taibao"
main()
"""
SLOW = "import runpy; runpy.run_module('tests.repl.slow', run_name='__main__')"


def test_a_pasted_claim_of_2000_characters_is_folded_and_sent_whole(tmp_path: Path) -> None:
    assert 2000 < len(CLAIM) < 2400
    with Screen(tmp_path, LANG="zh_CN.UTF-8") as screen:
        screen.prompt()
        screen.paste(CLAIM)
        screen.wait(f"[粘贴 {len(CLAIM):,} 字 #1]")
        screen.type(" 概括\r")
        screen.wait("echo: 1. 一种锂离子电池")
        screen.say("/export talk.json")
        assert CLAIM in (tmp_path / "talk.json").read_text("utf-8")


def test_chinese_comes_through_a_bracketed_paste(tmp_path: Path) -> None:
    with Screen(tmp_path, columns=60) as screen:
        screen.prompt()
        screen.paste("一种泵，\r\n包括壳体。")
        screen.wait("  包括壳体。")
        screen.type("\r")
        screen.wait("echo: 一种泵， 包括壳体。")


def test_an_answer_survives_new_sizes_of_the_window(tmp_path: Path) -> None:
    with Screen(tmp_path, program=SLOW) as screen:
        screen.prompt()
        screen.type("count\r")
        screen.wait("15 16")
        screen.resize(40, 120)
        screen.wait("55 56")
        screen.resize(24, 80)
        screen.prompt()
        text = screen.all
        assert f"{WORDS - 1} {WORDS}" in text
        assert text.count("191 192 193") == 1
        assert screen.say("/tokens").rstrip().count("tokens (") >= 1


def test_a_line_typed_during_an_answer_waited_for_another_enter(tmp_path: Path) -> None:
    with Screen(tmp_path, program=SLOW) as screen:
        screen.prompt()
        screen.type("count\r")
        screen.wait("5 6 7")
        screen.type("/lang zh\r")
        screen.wait("界面语言：中文")
        screen.prompt()


def test_ctrl_c_stops_an_answer_at_once_and_keeps_the_part(tmp_path: Path) -> None:
    with Screen(tmp_path, program=SLOW) as screen:
        screen.prompt()
        screen.type("count\r")
        screen.wait("5 6 7")
        begun = time.monotonic()
        screen.type("\x03")
        screen.wait("(stopped)")
        screen.prompt()
        assert time.monotonic() - begun < 0.7, "0.2 s, and what the busy machine and reading the screen take"
        screen.say("/save part.txt")
        assert (tmp_path / "part.txt").read_text().startswith("1 2 3 4 5 6 7")


@pytest.mark.parametrize("leave", ["/exit\r", "\x04"])
def test_leaving_waited_for_the_model_to_be_loaded(tmp_path: Path, leave: str) -> None:
    with Screen(tmp_path, program=LOADING) as screen:
        screen.wait("loading")
        screen.prompt()
        before = set(tmp_path.rglob("*"))
        begun = time.monotonic()
        screen.type(leave)
        screen.child.expect(pexpect.EOF, timeout=30)
        assert time.monotonic() - begun < 10, "of the minute that loading takes"
        screen.child.close()
        assert screen.child.exitstatus == 0
        assert "Traceback" not in screen.child.before
        assert {path for path in set(tmp_path.rglob("*")) - before if path.name != "history"} == set()


def test_killed_in_mid_answer_it_goes_on_from_there(tmp_path: Path) -> None:
    with Screen(tmp_path, program=SLOW) as screen:
        screen.prompt()
        screen.type("count for me\r")
        screen.wait("55 56")
        kill(screen)
    with Screen(tmp_path, "-c", program=SLOW) as screen:
        screen.prompt()
        assert "going on: count for me (2 messages)" in screen.text
        assert "41 42 43 44" in screen.text, "all but the last quarter of a second"
    kept = [path for path in tmp_path.rglob("talks.sqlite*") if path.stat().st_mode & 0o077]
    assert kept == []


def test_keys_of_the_prompt(tmp_path: Path) -> None:
    with Screen(tmp_path) as screen:
        screen.prompt()
        screen.type("dropped\x03")
        screen.prompt()
        screen.type("\x03")
        screen.read(0.1)
        screen.type("\x03")
        screen.wait("Ctrl-D leaves")
        screen.say("/set multiline on")
        screen.type("one\rtwo\x1b\r")
        screen.wait("echo: one two")
        screen.prompt()
        screen.type("\x12one")
        screen.wait("I-search backward: one")
        screen.type("\x07\x03")
        screen.prompt()
        screen.type("\x04")
        screen.child.expect("\\Z")
    with Screen(tmp_path) as screen:
        screen.wait("multiline")


def test_nothing_from_files_models_or_names_drives_the_terminal(tmp_path: Path) -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\x00"
    (tmp_path / "claims.txt").write_text(f"1. 一种泵{nasty}，包括壳体。\n", "utf-8")
    (tmp_path / "a\x1b[2Jname.txt").write_text("x", "utf-8")
    (tmp_path / "b\u202ename.txt").write_text("x", "utf-8")
    with Screen(tmp_path) as screen:
        for line in (
            "see @claims.txt",
            "/tree @claims.txt",
            "/doc claims.txt",
            "/title",
            "/check",
            "/doc gone\x1b[31m.txt",
            "/search 泵",
            "/resume 1",
            "/sides",
            "/system \u202e",
        ):
            screen.say(line.replace("\x1b", "").replace("\u202e", ""))
        screen.paste(f"shown {nasty}")
        screen.read(0.3)
        screen.type("\x03")
        screen.prompt()
        screen.type("/doc \t")
        screen.read(0.5)
        screen.type("\x03")
        screen.prompt()
        raw = screen.raw
    for forbidden in ("\x1b]0;", "\x1b[2J\x9b", "\x9b", "\u202e", "\u2066", "\x00", "31m\u202e"):
        assert forbidden not in raw
