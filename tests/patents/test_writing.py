"""Abstracts and first claims by rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.writing import ABSTRACT_EN, ABSTRACT_ZH, abstract_draft, claim_draft, title_draft


@pytest.mark.parametrize(
    ("claims", "lang", "expected"),
    [
        (
            "1. 一种水泵，包括壳体（1），其特征在于，壳体（1）内设有叶轮。\n2. 根据权利要求1所述的水泵。",
            "zh",
            "本发明公开了一种水泵，包括壳体（1），壳体（1）内设有叶轮。",
        ),
        ("1、一种水泵，其特征是：包括壳体。", "zh", "本发明公开了一种水泵，包括壳体。"),
        (
            "1. A pump comprising\na housing (1).\n2. The pump of claim 1.",
            "en",
            "Disclosed is a pump comprising a housing (1).",
        ),
        ("1. LED lamp with a base.", "en", "Disclosed is LED lamp with a base."),
    ],
)
def test_an_abstract_out_of_the_first_claim(claims: str, lang: str, expected: str) -> None:
    assert abstract_draft(claims, lang) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("abstract", "lang", "expected"),
    [
        (
            "本发明公开了一种水泵，包括壳体和叶轮，结构简单。本发明效果好。",
            "zh",
            "1. 一种水泵，其特征在于，包括壳体和叶轮，结构简单。",
        ),
        (
            "本实用新型涉及水利技术领域，尤其涉及一种水泵。该水泵包括壳体和叶轮。成本低。",
            "zh",
            "1. 一种水泵，其特征在于，该水泵包括壳体和叶轮。",
        ),
        ("一种水泵，其特征在于包括壳体、叶轮和设置在壳体上的进水口与出水口。", "zh", None),
        (
            "The invention discloses a pump, which includes a housing and an impeller in the housing. It is cheap.",
            "en",
            "1. A pump comprising a housing and an impeller in the housing.",
        ),
        ("A pump comprises a housing. The impeller has vanes.", "en", "1. A pump comprising a housing."),
        (
            "The application relates to a pump. The pump includes a housing. It is cheap.",
            "en",
            "1. A pump, the pump comprising a housing.",
        ),
    ],
)  # fmt: skip
def test_a_claim_out_of_an_abstract(abstract: str, lang: str, expected: str | None) -> None:
    assert claim_draft(abstract, lang) == (expected or f"1. {abstract}")  # type: ignore[arg-type]


def test_lengths_of_the_offices_are_kept_at_the_end_of_a_clause() -> None:
    zh = abstract_draft("1. 一种水泵，包括" + "一个很长的零件，" * 60 + "和壳体。", "zh")
    assert len(zh) <= ABSTRACT_ZH
    assert zh.endswith("零件。")
    en = abstract_draft("1. A pump comprising " + "a very long part, " * 60 + "and a housing.", "en")
    assert len(en.split()) <= ABSTRACT_EN
    assert en.endswith("part.")


@given(st.text(max_size=80), st.sampled_from(["zh", "en"]))
def test_any_text_gives_a_draft_or_none(text: str, lang: str) -> None:
    drafted = claim_draft(text, lang)  # type: ignore[arg-type]
    assert (drafted == "") is (not text.split())
    if drafted:
        assert parse_claims(drafted).claims
    assert isinstance(abstract_draft(text, lang), str)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("本发明公开了一种水泵，包括壳体。", "zh", "一种水泵"),
        ("1. 一种水泵，其特征在于，包括壳体。", "zh", "一种水泵"),
        ("The invention relates to a water pump comprising a housing.", "en", "A water pump"),
        ("A pump. It is cheap.", "en", "A pump"),
    ],
)
def test_a_title_out_of_the_first_clause(text: str, lang: str, expected: str) -> None:
    assert title_draft(text, lang) == expected  # type: ignore[arg-type]
