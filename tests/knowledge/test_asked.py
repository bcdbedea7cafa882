from __future__ import annotations

import pytest

from taibao_cli.knowledge.asked import Asked

ASKED = Asked.of(
    [
        ("fee", "交多少钱？｜年费迟交了｜how much is the annuity"),
        ("term", "保护多少年｜term of a patent"),
        ("owner", "归谁｜公司还是员工｜who owns it"),
    ]
)


@pytest.mark.parametrize(
    ("question", "place"),
    [("要交钱吗", "fee"), ("员工的", "owner"), ("Patents: the terms", "term"), ("Annuities", "fee"), ("保护", "term")],
)
def test_the_nearest_place(question: str, place: str) -> None:
    near = ASKED.near(question)
    assert max(near, key=lambda one: near[one].score) == place


def test_how_much_of_the_question_is_held() -> None:
    assert ASKED.near("年费")["fee"].coverage == pytest.approx(1)
    assert set(ASKED.near("年费")) == {"fee", "term"}  # 多少年
    assert 0 < ASKED.near("年费 火星")["fee"].coverage < 0.5
    assert ASKED.near("what is the") == ASKED.near("，？") == ASKED.near("火星 volcano") == {}


def test_every_unknown_word_counts() -> None:
    one, two = (ASKED.near(f"annuity {unknown}")["fee"].coverage for unknown in ("volcano", "volcano marathon"))
    assert 0 < two < one < 1


def test_words_do_not_reach_over_the_end_of_a_question() -> None:
    asked = Asked.of([("one", "甲乙｜丙丁"), ("two", "丁戊"), ("three", "己")])
    apart, together = asked.near("乙丙")["one"], asked.near("甲乙")["one"]
    assert apart.coverage < together.coverage == pytest.approx(1)
    assert asked.near("丁")["one"].coverage == pytest.approx(1)
