from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.knowledge.words import index_words, is_single, query_words


def test_pairs_and_the_last_character() -> None:
    assert index_words("新颖性，PCT 申请") == ["新颖", "颖性", "性", "pct", "申请", "请"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("新颖性", ["新颖", "颖性"]),
        ("外观设计专利权的期限是多久？", ["外观", "观设", "设计", "计专", "专利", "利权", "期限"]),
        ("有效 时间", ["有效", "时间"]),
        ("罚", ["罚"]),
        ("How long is the term of utility models?", ["term", "utility", "model"]),
        ("怎么", ["怎么"]),
        ("  。！", []),
    ],
)
def test_words_of_a_query(query: str, words: list[str]) -> None:
    assert query_words(query) == words


def test_a_single_character_is_told_from_a_letter() -> None:
    assert is_single("罚")
    assert not is_single("a")
    assert not is_single("罚款")


@given(st.text(alphabet="专利权法 aB1，罚", min_size=1, max_size=20))
def test_a_piece_of_a_text_is_found_in_it(text: str) -> None:
    indexed = index_words(text)
    for word in query_words(text):
        assert any(one.startswith(word) for one in indexed) if is_single(word) else word in indexed
