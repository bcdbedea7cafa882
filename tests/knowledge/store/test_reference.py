from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.knowledge.store.facts import Law, law_named
from taibao_cli.knowledge.store.reference import Pinpoint, parse_pinpoint, pinpoint_en, pinpoint_zh, split_reference


def named(words: str) -> tuple[str, Pinpoint | None, str] | None:
    found: tuple[Law, Pinpoint | None, str] | None = split_reference(words, law_named)
    return (found[0].id, *found[1:]) if found else None


@pytest.mark.parametrize(
    "words",
    [
        "专利法第二十二条第三款",
        "《专利法》第22条第3款",
        "专利法22.3",
        "专利法 22(3)",
        "专利法 22 3",
        "中华人民共和国专利法 第二十二条 第三款",
        "Patent Law Article 22(3)",
        "Patent Law, Art. 22 (3)",
        "Article 22(3) of the Patent Law",
        "Art. 22(3) Chinese Patent Law",
    ],
)
def test_one_paragraph_in_many_ways(words: str) -> None:
    found = named(words)
    assert found is not None
    assert (found[0], found[2]) == ("patent-law", "")
    assert found[1] is not None
    assert (found[1].article, found[1].paragraph, found[1].item) == (22, 3, 0)


@pytest.mark.parametrize(
    ("words", "pinpoint"),
    [
        ("第二十二条", Pinpoint(22)),
        ("第三条之一", Pinpoint(3, 1)),
        ("第二十五条第一款第（二）项", Pinpoint(25, paragraph=1, item=2)),
        ("第四十七条第二项", Pinpoint(47, item=2)),
        ("Rule 42", Pinpoint(42)),
        ("Article 54a(2)", Pinpoint(54, 1, 2)),
        ("第二部分第三章2.1", Pinpoint(label="第二部分第三章2.1")),
        ("第2部分第3章第2.1节", Pinpoint(label="第二部分第三章2.1")),
        ("4.1.1.2", Pinpoint(label="4.1.1.2")),
        ("4.1", Pinpoint(4, paragraph=1, label="4.1")),
    ],
)
def test_places(words: str, pinpoint: Pinpoint) -> None:
    assert parse_pinpoint(words) == pinpoint


@pytest.mark.parametrize("words", ["", "新颖性", "第百零条", "第零条", "0", "22 岁"])
def test_words_that_name_no_place(words: str) -> None:
    assert parse_pinpoint(words) is None


def test_the_longest_name_wins() -> None:
    assert named("专利法实施细则23") == ("implementing-rules", Pinpoint(23, label="23"), "")
    assert named("专利法") == ("patent-law", None, "")
    assert named("专利法 关于宽限期") == ("patent-law", None, "关于宽限期")
    assert named("刑法第一条") is None


def test_places_in_words() -> None:
    place = Pinpoint(25, 1, 2, 3)
    assert pinpoint_zh(place) == "第二十五条之一第二款第（三）项"
    assert pinpoint_en(place) == "Article 25-1(2)(3)"
    assert pinpoint_zh(Pinpoint(label="第一部分1")) == pinpoint_en(Pinpoint(label="第一部分1")) == "第一部分1"


@settings(deadline=None)
@given(st.integers(1, 1260), st.integers(0, 9), st.integers(0, 20))
def test_a_place_written_out_is_read_back(article: int, paragraph: int, item: int) -> None:
    place = Pinpoint(article, paragraph=paragraph, item=item)
    assert parse_pinpoint(pinpoint_zh(place)) == place
    if paragraph or not item:
        assert parse_pinpoint(pinpoint_en(place)) == place


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_words_break_it(words: str) -> None:
    parse_pinpoint(words)
    split_reference(words, law_named)
