"""What Chinese leaves out of an English text."""

from __future__ import annotations

import pytest

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.articles import without_articles


def kept(text: str, *, claim: bool = False) -> str:
    """What stays of pieces that are words, or several words joined by underscores."""
    pieces = [Match(word.replace("_", " "), ()) for word in text.split()]
    return " ".join(piece.source for piece in without_articles(pieces, claim=claim))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A pump with a housing", "A pump with housing"),
        ("an oven", "an oven"),
        ("1 . A pump", "1 . A pump"),
        ("The pump has the housing", "pump has housing"),
        ("the_invention_discloses a pump for a ship", "the invention discloses a pump for ship"),
        ("the pump , wherein the housing holds a coil", "the pump , wherein the housing holds coil"),
        ("a pump comprising a coil and the core", "a pump comprising coil and the core"),
        ("the coil of claim 1", "the coil of claim 1"),
        ("pump is fixed and is round", "pump fixed and is round"),
        ("valves are connected_to the pump", "valves connected to pump"),
        ("an axis ( A )", "an axis ( A )"),
        ("", ""),
        ("the", ""),
    ],
)
def test_articles_stay_where_chinese_says_them(text: str, expected: str) -> None:
    assert kept(text) == expected


def test_the_stays_in_a_text_of_a_claim_that_does_not_show_it() -> None:
    assert kept("the pump has a coil", claim=True) == "the pump has coil"
