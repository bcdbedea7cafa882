"""Texts word by word."""

from __future__ import annotations

import pytest

from taibao_cli.patents.draft import draft
from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon

LEXICON = Lexicon(
    zh={"锂电池": ("lithium battery", "Li cell"), "的": ("of",), "包括": ("including",), "电极": ("electrode",)},
    en={
        "lithium battery": ("锂电池",),
        "the": ("所述的",),
        "comprises": ("包括",),
        "an": ("一个",),
        "electrode": ("电极",),
    },
)


@pytest.mark.parametrize(
    ("text", "source", "expected"),
    [
        ("锂电池的外壳", "zh", "Lithium battery of 外壳"),
        ("锂电池（1），包括电极（12）。", "zh", "Lithium battery (1), including electrode (12)."),
        ("电极；厚3.5mm", "zh", "Electrode; 厚3.5mm"),
        ("the lithium battery (1), comprises an electrode.", "en", "所述的锂电池(1)，包括一个电极。"),
        ("Lithium battery of 3,500 mAh foo bar", "en", "锂电池of 3,500 mAh foo bar"),
        ("the CO2 and 12mm", "en", "所述的CO2 and 12mm"),
        ("", "zh", ""),
        ("", "en", ""),
    ],
)
def test_terms_are_replaced_in_order_and_signs_follow_the_target_language(
    text: str, source: Lang, expected: str
) -> None:
    assert draft(LEXICON.match(text, source), source) == expected


def test_a_glossary_wins() -> None:
    assert draft(LEXICON.match("锂电池", "zh", {"锂电池": "Li-ion cell"}), "zh") == "Li-ion cell"
