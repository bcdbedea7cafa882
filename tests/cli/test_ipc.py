"""`taibao ipc` as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import taibao


def test_a_valid_symbol_with_what_is_above_it(tmp_path: Path) -> None:
    done = taibao("ipc", "show", "H04L65/1016", home=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0] == "H04L 65/1016  valid in 2026.01"
    assert [line.split()[0] for line in lines[1:]] == ["H", "H04", "H04L"]
    assert all(line.endswith("]") for line in lines[1:]), "each title with its own edition"


@pytest.mark.parametrize(
    ("symbol", "code", "words"),
    [
        ("H01L21/00", 1, "H01L 21/00  withdrawn: H01L was last seen in 2025.01; its contents went to H10"),
        ("A01B 99/99", 1, "A01B 99/99  unknown: 2026.01 has no A01B 99/00"),
        (
            "E05F15/20",
            1,
            "E05F 15/20  withdrawn: E05F 15/20 was last seen in 2014.01; "
            "where its contents went is not in the shipped table",
        ),
        ("C01G 1/99", 0, "C01G 1/99  not checked: the shipped table of 2026.01 does not reach C01G 1/99"),
    ],
)
def test_a_symbol_that_is_not_simply_there(tmp_path: Path, symbol: str, code: int, words: str) -> None:
    done = taibao("ipc", "show", symbol, home=tmp_path)
    assert (done.returncode, done.stdout.decode().splitlines()[0]) == (code, words)


@pytest.mark.parametrize("typed", [["H04L", "65/1016"], ["H04L 65/1016"], ["h04l65/1016"], ["H04L", "65", "/1016"]])
def test_a_symbol_may_have_a_space_in_it(tmp_path: Path, typed: list[str]) -> None:
    done = taibao("ipc", "show", *typed, home=tmp_path)
    assert (done.returncode, done.stdout.decode().splitlines()[0]) == (0, "H04L 65/1016  valid in 2026.01")


@pytest.mark.parametrize("typed", [["Y02E 10/50"], ["Y02E", "10/50"], ["H04L", "H04W"], []])
def test_what_is_no_symbol(tmp_path: Path, typed: list[str]) -> None:
    done = taibao("ipc", "show", *typed, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")


def test_json(tmp_path: Path) -> None:
    row = json.loads(taibao("ipc", "show", "--json", "F24J 2/00", home=tmp_path).stdout)
    assert (row["state"], row["last_edition"], row["successors"]) == ("withdrawn", "2017.01", ["F24S", "F24T", "F24V"])
    found = [json.loads(line) for line in taibao("ipc", "search", "--json", "电池", home=tmp_path).stdout.splitlines()]
    assert found[0].keys() == {"symbol", "score", "zh", "en"}


def test_search_in_the_language_of_the_messages(tmp_path: Path) -> None:
    done = taibao("--lang", "zh", "ipc", "search", "播种", "--top", "1", home=tmp_path)
    assert done.stdout.decode() == "A01C  种植；播种；施肥\n"
    nothing = taibao("ipc", "search", "qwertyuiop", home=tmp_path)
    assert (nothing.returncode, nothing.stderr) == (1, b"taibao: no title says any of these words\n")
