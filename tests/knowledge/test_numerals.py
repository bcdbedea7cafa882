from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.knowledge.numerals import NUMERAL, from_han, to_han


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (101, "一百零一"), (110, "一百一十"), (115, "一百一十五"),
     (1001, "一千零一"), (1010, "一千零一十"), (1185, "一千一百八十五"), (9999, "九千九百九十九")],
)  # fmt: skip
def test_both_ways(number: int, text: str) -> None:
    assert to_han(number) == text
    assert from_han(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("一〇三", 103), ("一百〇三", 103), ("一百十", 110), ("一十二", 12), ("22", 22), ("２２", 22), ("二二", 22)],
)
def test_other_ways_of_writing(text: str, number: int) -> None:
    assert from_han(text) == number


@pytest.mark.parametrize("text", ["", "零", "0", "十百", "一百五", "百零", "一二十", "甲", "12345", "-1", "二千三"])
def test_what_is_no_numeral(text: str) -> None:
    assert from_han(text) is None


@given(st.integers(1, 9999))
def test_every_number_comes_back(number: int) -> None:
    assert from_han(to_han(number)) == from_han(str(number)) == number


@given(st.text(alphabet=NUMERAL + "0123", max_size=6))
def test_any_string_has_one_value_or_none(text: str) -> None:
    value = from_han(text)
    assert value is None or 1 <= value <= 9999


@pytest.mark.parametrize("number", [0, -1, 10000])
def test_numbers_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 9999"):
        to_han(number)
