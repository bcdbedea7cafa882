"""Escape sequences, control characters and bidirectional overrides reach the terminal as signs only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import taibao
from tests.tiny import make_tiny_gguf

NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2066\x08\x7f"
FORBIDDEN = ("\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\x08", "\x7f")
TEXT = f"1. 一种泵{NASTY}，包括壳体（1）和叶轮（2）。\n2. 根据权利要求1所述的泵{NASTY}，还包括滤网（3）。\n"
NAME = "a\x1b[2J\u202eb.txt"


def is_safe(shown: bytes) -> bool:
    text = shown.decode()
    return not any(sign in text for sign in FORBIDDEN)


@pytest.mark.parametrize(
    "words",
    [
        ("translate", NAME),
        ("title", NAME),
        ("title", NAME, "--json"),
        ("classify", NAME),
        ("tree", NAME),
        ("check", NAME),
        ("tree", NAME + "gone"),
        ("chat", f"hello {NASTY}"),
        ("chat", f"hello {NASTY}", "--json"),
        ("ask", f"专利{NASTY}期限"),
        ("judge", f"专利{NASTY}期限为二十年"),
        ("compare", "--by", "similarity", NAME, NAME),
        ("batch", NAME),
        ("kb", "add", NAME),
        ("kb", "search", NASTY),
        ("ipc", "show", NASTY),
        ("models", "add", NAME),
        ("models", "pull", NASTY),
        ("doctor", "--model", NAME),
        ("config", "show", NASTY),
        (f"trans{NASTY}",),
        ("--profile", NASTY, "config", "show"),
    ],
    ids=lambda words: " ".join(word for word in words if word.isprintable()),
)
def test_nothing_a_user_is_given_drives_the_terminal(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / NAME).write_text(TEXT, "utf-8")
    done = taibao(*words, home=tmp_path)
    assert done.stdout + done.stderr != b""
    assert is_safe(done.stdout), done.stdout
    assert is_safe(done.stderr), done.stderr


def test_what_a_model_says_of_itself(tmp_path: Path) -> None:
    path = make_tiny_gguf(tmp_path / "m.gguf")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"general.basename", b"general.basename").replace(b"tiny", b"t\x1b[y"))
    for words in (("models", "show", "m.gguf"), ("models", "add", "m.gguf"), ("doctor", "--model", "m.gguf")):
        done = taibao(*words, home=tmp_path)
        assert is_safe(done.stdout + done.stderr)


def test_answers_in_files_are_data(tmp_path: Path) -> None:
    row = {"id": NASTY, "task": "title", "text": f"一种泵{NASTY}"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    done = taibao("batch", "rows.jsonl", "-o", "out.jsonl", home=tmp_path)
    assert done.returncode == 0
    assert is_safe(done.stderr)
    (answered,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert answered["id"] == NASTY, "ids come back as they are"
