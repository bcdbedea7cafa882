"""Nouns and what belongs to them, in the order of the other language."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.draft import draft
from taibao_cli.patents.lexicon import Lexicon, Match
from taibao_cli.patents.word_order import in_order


def english(text: str) -> str:
    pieces = [Match(word, (word.upper(),)) for word in re.findall(r"one of|\w+|[^\s\w]", text)]
    return " ".join(piece.renderings[0] if piece.renderings else piece.source for piece in in_order(pieces, "en"))


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
        ("the end (2) of the shaft (31a) is fixed", "THE SHAFT (31a) 的 END (2) IS FIXED"),
        ("a ring of", "A RING OF"),
        ("the pump is connected to the housing (2) .", "THE PUMP 与 THE HOUSING (2) 连接 ."),
        ("electrically connected with a coil", "ELECTRICALLY 与 A COIL 连接"),
        ("a ring of 3 mm", "A RING OF 3 MM"),
        ("", ""),
    ],
)
def test_english(text: str, expected: str) -> None:
    assert english(text) == expected


WORDS = """
所述=the, 该=the, 一种=a, 泵=pump, 壳体=housing, 叶轮=impeller, 一端=one end, 的=of,
设有=provided with, 由=by, 钢=steel, 铜=copper, 和=and, 制成=made, 组成=composed,
与=and, 固定连接=fixedly connected, 位于=located, 设置在=arranged on, 内=within,
在=in, 之间=between, 之间的=between, 间隙=gap, 为=is, 用于=for, 切割=cutting,
装置=device, 还包括=further comprises, 设于=provided at, 进水口=water inlet,
滤网=filter screen, 多个=several, 柔性=flexible, 具有=having, 基于=based on, 采用=adopting"""
CHINESE = Lexicon({zh: (en,) for zh, en in (word.split("=") for word in re.split(r",\s+", WORDS.strip()))}, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("所述泵的壳体设有叶轮", "The housing of the pump provided with impeller"),
        ("所述泵（1）的壳体（2）为钢", "The housing (2) of the pump (1) is steel"),
        ("多个泵的壳体", "Housing of several pump"),
        ("所述泵的所述壳体", "The pump of the housing"),
        ("所述泵的", "The pump of"),
        ("叶轮由钢制成。", "The impeller is made of steel."),
        ("由钢、铜和X组成", "Consisting of steel, copper and X"),
        ("由钢，泵组成", "By steel, the pump is composed"),
        ("由组成", "By composed"),
        ("所述泵的一端与叶轮固定连接", "The one end of the pump fixedly connected with impeller"),
        ("叶轮设置在所述壳体内。", "The impeller is arranged in the housing."),
        ("叶轮位于泵与壳体之间", "Impeller located between pump and housing"),
        ("在壳体内", "In housing"),
        ("泵在内", "Pump in within"),
        ("一种用于切割钢的装置", "A device for cutting steel"),
        ("泵的壳体", "Housing of pump"),
        ("一种泵的壳体", "A housing of pump"),
        ("柔性的泵", "Flexible pump"),
        ("一种具有叶轮的泵", "A pump having impeller"),
        ("叶轮具有泵的壳体", "Impeller having housing of pump"),
        ("所述泵采用基于滤网的装置", "The pump adopting device based on filter screen"),
        ("用于切割，泵的装置", "For cutting, the device of the pump"),
        ("还包括设于进水口的滤网（5）。", "Further comprises a filter screen (5) provided at a water inlet."),
        ("泵设于进水口的滤网", "Pump provided at filter screen of water inlet"),
        ("所述泵（4）与所述叶轮（2）之间的间隙为2 mm", "Gap between the pump (4) and the impeller (2) is 2 mm"),
        ("叶轮之间的间隙", "Impeller between gap"),
        ("泵与叶轮之间，间隙", "The pump and the impeller between, the gap"),
        ("所述泵（1）内设有叶轮（2）", "In the pump (1) there is provided impeller (2)"),
        ("所述泵与叶轮之间设有滤网", "Between the pump and impeller there is provided filter screen"),
        ("为钢，壳体内设有滤网", "Is steel, in a housing there is provided a filter screen"),
        ("内设有滤网", "Within provided with filter screen"),
    ],
)
def test_chinese(text: str, expected: str) -> None:
    assert draft(CHINESE.match(text, "zh"), "zh") == expected


ENGLISH = ["of", "for", "one of", "the", "a", "pump", "steel", "3", "(", ")", "is", ",", "-"]
MOVED = st.sampled_from(
    [*ENGLISH, "的", "所述", "由", "组成", "与", "连接", "在", "内", "之间", "用于", "泵", "（2）", "，"]
)


@given(st.lists(MOVED))
def test_only_articles_are_lost_and_nothing_comes_twice(words: list[str]) -> None:
    for lang in ("zh", "en"):
        found = [piece.source for piece in in_order([Match(word, (word,)) for word in words], lang)]
        left_out = ("the", "a", "of") if lang == "en" else ("所述", "的", "由", "与", "在", "用于")
        kept, shown = ([word for word in each if word not in left_out] for each in (words, found))
        assert sorted("".join(shown).replace("内侧", "内")) == sorted("".join(kept))
