"""The file of conversations."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from taibao_cli.errors import TaibaoError
from taibao_cli.repl.store import Talks
from taibao_cli.repl.talk import TITLE, Talk, Turn


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    talk = Talk(
        turns=[Turn("user", "prompt", "title", shown="一种\n泵 \ud7ff"), Turn("assistant", "泵", "title", "loop")]
    )
    talks = Talks(tmp_path / "t.sqlite")
    for place in (0, 1, 1):
        talks.keep(talk, place)
    talks.close()
    again = Talks(tmp_path / "t.sqlite")
    assert again.load(1) == talk
    assert talk.title == "一种 泵 \ud7ff"
    assert (tmp_path / "t.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_long_beginning_is_cut_to_a_title() -> None:
    talks, talk = Talks(None), Talk(turns=[Turn("user", "x" * 99)])
    talks.keep(talk, 0)
    assert talk.title == "x" * (TITLE - 1) + "…"


def test_turns_are_forgotten_from_a_place_on() -> None:
    talks, talk = Talks(None), Talk(turns=[Turn("user", str(n)) for n in range(4)])
    for place in range(4):
        talks.keep(talk, place)
    talks.cut(talk, 1)
    assert talks.load(1) == talk == Talk(1, "0", [Turn("user", "0")])


@pytest.mark.parametrize("content", [b"no database", b""])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.sqlite"
    path.write_bytes(content)
    if content:
        with pytest.raises(TaibaoError, match=r"t\.sqlite: conversations cannot be kept there: file is not a database"):
            Talks(path)
        assert path.read_bytes() == content
    else:
        assert Talks(path).recent() == []


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.sqlite"
    Talks(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 2")
    with pytest.raises(TaibaoError, match="made by a later taibao"):
        Talks(path)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(TaibaoError, match="conversations cannot be kept there"):
        Talks(tmp_path / "missing" / "t.sqlite")
