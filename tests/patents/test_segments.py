"""Sentences of patent texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.segments import rejoin, segments, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本发明公开了一种泵。它包括壳体；叶轮。", ["本发明公开了一种泵。", "它包括壳体；", "叶轮。"]),
        ("A pump is disclosed. It turns; The end.", ["A pump is disclosed.", "It turns;", "The end."]),
        ("1. A pump as in Fig. 2.\n2. The pump of claim 1.", ["1. A pump as in Fig. 2.", "2. The pump of claim 1."]),
        ("1. 一种泵。\n\n2. 根据权利要求1所述的泵。", ["1. 一种泵。", "2. 根据权利要求1所述的泵。"]),
        ("The value is 3.5 mm, e.g. 4 mm.", ["The value is 3.5 mm, e.g. 4 mm."]),
        ("（见图1。）参见“图2。”和图3。", ["（见图1。）参见“图2。”和图3。"]),
        ("U.S. Pat. No. 5,123,456 by Dr. Smith. See it.", ["U.S. Pat. No. 5,123,456 by Dr. Smith.", "See it."]),
        ("式为$a；b。c$，a为1,000。其后。", ["式为$a；b。c$，a为1,000。", "其后。"]),
        ("It is $x. Y; Z$ mm. The end.", ["It is $x. Y; Z$ mm.", "The end."]),
        ("一种泵", ["一种泵"]),
        ("", []),
    ],
)  # fmt: skip
def test_a_text_is_cut_at_its_sentences(text: str, expected: list[str]) -> None:
    assert [segment.text for segment in segments(text, 160)] == expected


def test_a_long_sentence_is_cut_at_commas_and_filled_up() -> None:
    assert [s.text for s in segments("甲乙，丙丁，戊己，庚辛。", 6)] == ["甲乙，丙丁，", "戊己，庚辛。"]
    assert [s.text for s in segments("没有逗号的很长的一句话。", 4)] == ["没有逗号的很长的一句话。"]
    assert [s.text for s in segments("ab, cd, ef.", 3)] == ["ab, cd,", "ef."]
    assert [s.text for s in segments("a housing; a rotor; and a motor.", 5)] == [
        "a housing;",
        "a rotor;",
        "and a motor.",
    ]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (r"满足\(f(x, y) = a_i, n > 0\)，且n为整数。", 4, [r"满足\(f(x, y) = a_i, n > 0\)，", "且n为整数。"]),
        ("<math><mi>a</mi>, <mi>b</mi></math>, then c", 2, ["<math><mi>a</mi>, <mi>b</mi></math>,", "then c"]),
        ("1,3-butadiene, N,N-dimethylformamide, 1,234 g", 2, ["1,3-butadiene,", "N,N-dimethylformamide,", "1,234 g"]),
    ],
)
def test_formulas_and_numbers_were_cut(text: str, limit: int, expected: list[str]) -> None:
    assert [segment.text for segment in segments(text, limit)] == expected


def test_answers_are_joined_as_the_target_language_writes_them() -> None:
    cut = segments("1. 一种泵，包括壳体。它转动。\n2. 一种阀。", 160)
    assert rejoin(cut, ["1. A pump. ", "It turns.", "2. A valve."], "en") == "1. A pump. It turns.\n2. A valve."
    assert rejoin(segments("A pump. It turns.", 160), ["一种泵。", "它转动。"], "zh") == "一种泵。它转动。"


@given(st.text(alphabet="甲乙，。；\n a,.;A1(", max_size=60), st.integers(1, 20))
def test_nothing_is_lost_and_only_what_has_no_comma_is_too_long(text: str, limit: int) -> None:
    cut = segments(text, limit)
    assert "".join(segment.text + segment.gap for segment in cut) == text
    assert all(not segment.gap.strip() for segment in cut)
    assert all(size(s.text) <= limit or len([s for s in segments(s.text, 0) if s.text]) == 1 for s in cut)
