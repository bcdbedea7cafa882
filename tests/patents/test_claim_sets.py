"""Whole claim sets with the tree that a reader finds in them, both under tests/fixtures/claims.

A line of a tree is: number, category, "independent" or the claims it depends on, and after "cites" those it only names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.language import Lang

SETS = sorted((Path(__file__).parents[1] / "fixtures" / "claims").glob("*.txt"))
FEWEST = {"zh": 30, "en": 30}

Row = tuple[int, str, tuple[int, ...], tuple[int, ...]]
"""Number, category, depends on, only names."""


def expected(path: Path) -> list[Row]:
    return [_row(line) for line in path.with_suffix(".tree").read_text(encoding="utf-8").splitlines()]


def _row(line: str) -> Row:
    own, _, cites = line.partition(" cites ")
    number, category, refers = own.split()
    return int(number), category, () if refers == "independent" else _numbers(refers), _numbers(cites)


def _numbers(listed: str) -> tuple[int, ...]:
    return tuple(int(number) for number in listed.split(",") if number)


def parsed(text: str | list[str], lang: Lang | None = None) -> list[Row]:
    return [(claim.number, claim.category, claim.refers, claim.cites) for claim in parse_claims(text, lang)]


def test_there_are_enough_of_both_languages() -> None:
    counts = {lang: sum(path.name.startswith(lang) for path in SETS) for lang in FEWEST}
    assert all(counts[lang] >= least for lang, least in FEWEST.items()), counts


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_the_tree_is_what_a_reader_finds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert parsed(text) == expected(path)


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_line_ends_and_the_named_language_change_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lang: Lang = "zh" if path.name.startswith("zh") else "en"
    assert parsed(text.replace("\n", "\r\n"), lang) == expected(path)
