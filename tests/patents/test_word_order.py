"""Nouns and what belongs to them, in the order of the other language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order import in_order


def english(text: str) -> str:
    pieces = [Match(word, (word.upper(),)) for word in re.findall(r"one of|\w+|[^\s\w]", text)]
    return " ".join(piece.renderings[0] for piece in in_order(pieces, "en"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the end of the shaft", "THE SHAFT 的 END"),
        ("the end of the shaft of a motor is fixed", "A MOTOR 的 SHAFT 的 END IS FIXED"),
        ("a device for cutting steel", "A FOR CUTTING STEEL 的 DEVICE"),
        ("a method for cutting the edge of a sheet", "A FOR CUTTING A SHEET 的 EDGE 的 METHOD"),
        ("a motor for a more-electric aircraft", "A FOR A MORE - ELECTRIC AIRCRAFT 的 MOTOR"),
        ("brake of wheel and motor of car", "WHEEL 的 BRAKE AND CAR 的 MOTOR"),
        ("the pump has one of the valves", "THE PUMP HAS THE VALVES ONE OF"),
        ("for cutting , of steel", "FOR CUTTING , OF STEEL"),
        ("the of steel", "THE OF STEEL"),
        ("consists of steel", "CONSISTS OF STEEL"),
        ("a ring of", "A RING OF"),
        ("a ring of 3 mm", "A RING OF 3 MM"),
        ("", ""),
    ],
)
def test_english(text: str, expected: str) -> None:
    assert english(text) == expected


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["所述", "泵", "的", "壳体", "设有", "叶轮"], ["所述", "壳体", "的", "所述", "泵", "设有", "叶轮"]),
        (["所述", "泵", "的", "外", "壳体"], ["所述", "泵", "的", "外", "壳体"]),
        (["多个", "泵", "的", "壳体"], ["多个", "泵", "的", "壳体"]),
        (["所述", "泵", "的", "所述", "壳体"], ["所述", "泵", "的", "所述", "壳体"]),
        (["所述", "泵", "的"], ["所述", "泵", "的"]),
    ],
)
def test_chinese(pieces: list[str], expected: list[str]) -> None:
    found = in_order([Match(piece, ("x",)) for piece in pieces], "zh")
    assert [piece.source for piece in found] == expected


MOVED = st.sampled_from(["of", "for", "one of", "the", "a", "pump", "steel", "3", "is", ",", "的", "所述"])


@given(st.lists(MOVED))
def test_only_articles_are_lost_and_nothing_comes_twice(words: list[str]) -> None:
    for lang in ("zh", "en"):
        found = [piece.source for piece in in_order([Match(word, (word,)) for word in words], lang)]
        left_out = ("the", "a", "of") if lang == "en" else ("所述",)
        kept, shown = ([word for word in each if word not in left_out] for each in (words, found))
        assert sorted(shown) == sorted(kept)
