"""Openings of claims by rule, placeholders, ends of pieces, frozen terms."""

from __future__ import annotations

import pytest

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.openings import opening_of
from taibao_cli.patents.document.patent import Paragraph, Patent, Section
from taibao_cli.patents.language import Lang, other
from taibao_cli.translation.pieces import SMALL, pieces_of
from taibao_cli.translation.shield import fragments, joined, shielded
from taibao_cli.translation.terms import as_term, terms_of
from taibao_cli.translation.wording import ended

CLAIM_ONE = {"zh": "1. 一种泵，包括壳。\n", "en": "1. A pump comprising a casing.\n"}


@pytest.mark.parametrize(
    ("lang", "text", "title", "expected"),
    [
        (
            "zh",
            "根据权利要求1所述的泵，其特征在于，所述壳为钢。",
            "pump",
            "The pump according to claim 1, characterized in that",
        ),
        ("zh", "如权利要求1或2所述的泵，其中壳为钢。", "pump", "The pump according to claim 1 or 2, wherein"),
        (
            "zh",
            "根据权利要求1至3中任一项所述的泵，还包括阀。",
            "pump",
            "The pump according to any one of claims 1 to 3,",
        ),
        (
            "zh",
            "根据权利要求1、3-5任一项所述的泵，其特征在于：壳为钢。",
            "pump",
            "The pump according to any one of claims 1 and 3 to 5, characterized in that",
        ),
        ("en", "The pump of claim 1, wherein the casing is steel.", "泵", "根据权利要求1所述的泵，其中，"),
        (
            "en",
            "A pump according to any one of claims 1 to 3, characterised in that it is steel.",
            "泵",
            "根据权利要求1至3中任一项所述的泵，其特征在于，",
        ),
        ("en", "The pump as claimed in claim 1 or 2, further comprising a valve.", "泵", "根据权利要求1或2所述的泵，"),
    ],
)
def test_openings(lang: Lang, text: str, title: str, expected: str) -> None:
    claim = parse_claims(CLAIM_ONE[lang] + f"6. {text}", lang).claims[1]
    opening = opening_of(claim)
    assert opening is not None
    assert claim.text == opening.text + claim.text[opening.end :]
    assert opening.rendered(title, other(lang)) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("zh", "一种实施权利要求1所述方法的装置，包括壳。"),
        ("zh", "根据权利要求1和2所述的泵，其特征在于，壳为钢。"),
        ("en", "A boat comprising the pump of claim 1."),
    ],
)
def test_other_claims_have_no_opening_by_rule(lang: Lang, text: str) -> None:
    assert opening_of(parse_claims(CLAIM_ONE[lang] + f"2. {text}", lang).claims[1]) is None


def test_placeholders_come_back_or_the_answer_is_refused() -> None:
    shield = shielded("按公式 $E=mc^2$ 计算，用权利要求1至3中任一项所述的方法，序列为SEQ ID NO: 5。", "zh", "en")
    assert shield.values == ("$E=mc^2$", "any one of claims 1 to 3", "SEQ ID NO: 5")
    assert shield.text == "按公式 X701 计算，用X702所述的方法，序列为X703。"
    assert shield.filled("By X701, with the method of X702 and X703.") == (
        "By $E=mc^2$, with the method of any one of claims 1 to 3 and SEQ ID NO: 5."
    )
    assert shield.filled("By X701 and X703.") is None
    assert shield.filled("By X701, X702, X702, X703.") is None
    assert fragments(shield) == ["按公式 ", " 计算，用", "所述的方法，序列为", "。"]
    assert joined(shield, ["By", "calculated, with", "the method, sequence", "."], "en") == (
        "By $E=mc^2$ calculated, with any one of claims 1 to 3 the method, sequence SEQ ID NO: 5."
    )


def test_a_text_without_them_stays_as_it_is() -> None:
    assert shielded("壳（1）厚5 mm。", "zh", "en").text == "壳（1）厚5 mm。"
    assert shielded("型号X701的壳，见权利要求1。", "zh", "en").values == ()


@pytest.mark.parametrize(
    ("source", "answer", "to", "expected"),
    [
        ("壳为钢；", "the casing is steel.", "en", "the casing is steel;"),
        ("壳为钢。", "The casing is steel", "en", "The casing is steel."),
        ("泵", "Pump.", "en", "Pump"),
        ("It is steel.", "壳为钢", "zh", "壳为钢。"),
        ("It is steel;", "壳为钢。", "zh", "壳为钢；"),
        ("式（1）", "formula (1)", "en", "formula (1)"),
        ("壳。", "", "en", ""),
    ],
)
def test_ends_of_pieces(source: str, answer: str, to: Lang, expected: str) -> None:
    assert ended(source, answer, to) == expected


@pytest.mark.parametrize(
    ("answer", "to", "expected"),
    [("The Centrifugal pump.", "en", "centrifugal pump"), ("DNA probe", "en", "DNA probe"), ("叶轮。", "zh", "叶轮")],
)
def test_terms_as_a_glossary_has_them(answer: str, to: Lang, expected: str) -> None:
    assert as_term(answer, to) == expected


def patent() -> Patent:
    claims = parse_claims(
        "1. 一种离心泵，包括泵壳（1）和叶轮（2）。\n2. 根据权利要求1所述的离心泵，其特征在于，所述叶轮（2）为钢。"
    )
    paragraphs = (
        Paragraph("0001", "本发明涉及一种离心泵。"),
        Paragraph("0002", "泵壳1内有叶轮2。叶轮2转动，泵壳1不动。"),
    )
    return Patent("离心泵", "一种离心泵。", claims, (Section("field", "技术领域", paragraphs),), lang="zh")


def test_pieces_have_ids_and_lose_nothing() -> None:
    pieces = list(pieces_of(patent(), SMALL))
    assert [piece.id for piece in pieces] == [
        "title",
        "abstract/1",
        "claim-1/1",
        "claim-2/0",
        "claim-2/1",
        "h0",
        "p0.0/1",
        "p0.1/1",
        "p0.1/2",
    ]
    assert [piece.number for piece in pieces if piece.part == "paragraph"] == ["0001", "0002", "0002"]
    assert "".join(piece.text for piece in pieces if piece.unit == "claim-2") == patent().claims.claims[1].text


def test_terms_are_names_with_numerals_and_subjects() -> None:
    assert sorted(terms_of(patent())) == ["叶轮", "泵壳", "离心泵"]
