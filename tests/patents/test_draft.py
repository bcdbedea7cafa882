"""Texts word by word."""

from __future__ import annotations

import pytest

from taibao_cli.patents.draft import draft, keeps_to
from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon, Match

LEXICON = Lexicon(
    zh={
        "锂电池": ("lithium battery", "Li cell"),
        "的": ("of",),
        "包括": ("including",),
        "电极": ("electrode",),
        "了": ("",),
        "E": ("e",),
        "D": ("d",),
    },
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
        ("锂电池（1），包括电极（12）。", "zh", "The lithium battery (1), including an electrode (12)."),
        ("电极；厚3.5mm", "zh", "The electrode; 厚3.5mm"),
        ("the lithium battery (1), comprises an electrode.", "en", "锂电池(1)，包括电极。"),
        ("Lithium battery of 3,500 mAh foo bar", "en", "锂电池of 3,500 mAh foo bar"),
        ("the CO2 and 12mm", "en", "CO2 and 12mm"),
        ("electrode-lithium battery", "en", "电极锂电池"),
        ("electrode-foo", "en", "电极-foo"),
        ("an electrode (A)", "en", "一个电极(A)"),
        ("锂电池消除了电极", "zh", "Lithium battery 消除 electrode"),
        ("LED电极（D1）", "zh", "LED electrode (D1)"),
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


SOURCE, DRAFT = "温度为20℃至30℃。", "Temperature is 20℃ to 30℃."


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("The temperature is 20℃ to 30℃.", True),
        ("The temperature is 20℃ to 30m154.", False),
        ("The temperature is 20℃ to 20℃.", False),
        ("The 温度 is 20℃ to 30℃.", False),
        ("20℃ to 30℃.", False),
        ("The temperature is 20℃ to 30℃, " * 2, False),
    ],
)
def test_what_an_answer_must_keep_of_its_draft(answer: str, kept: bool) -> None:
    assert keeps_to(DRAFT, answer, SOURCE, 0.7, translated=True) is kept


def test_a_number_in_words_may_be_in_the_draft_alone() -> None:
    assert keeps_to("3 pumps run", "The 3 pumps run", "三台泵运行", 0.7, translated=True)
    assert not keeps_to("pumps run", "The 3 pumps", "三台泵运行", 0.7, translated=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a electrode", "An electrode"),
        ("the a one", "The a one"),
        ("is a user", "Is a user"),
        ("is a unit", "Is a unit"),
        ("an a umbrella", "An an umbrella"),
    ],
)
def test_the_article_before_a_vowel(words: str, expected: str) -> None:
    assert draft([Match(word, (word,)) for word in words.split()], "zh") == expected


def test_a_title_may_have_a_word_of_its_text() -> None:
    assert keeps_to("一种灯", "一种LED灯", "本发明公开了一种LED灯。", 0.2, translated=False)
    assert not keeps_to("一种灯", "一种OLED灯", "本发明公开了一种LED灯。", 0.2, translated=False)
    assert not keeps_to("一种灯", "一种LED灯", "an LED lamp", 0.2, translated=True)
