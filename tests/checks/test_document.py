"""Checks of documents by themselves, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from taibao_cli.checks.base import Skipped, worst
from taibao_cli.checks.document import document_of, document_of_text
from taibao_cli.checks.ipc import check_symbols
from taibao_cli.checks.lengths import characters, words
from taibao_cli.checks.registry import check_document
from taibao_cli.patents.claims.defects import MESSAGES, REPAIRS, Office
from tests.checks.pairs import CATHODE_EN, PUMP_EN, PUMP_ZH


def found(row: dict[str, Any], office: Office | None = None) -> list[tuple[str, str, str | None]]:
    findings = check_document(document_of(row, office))
    return [
        (each.check, each.state, each.place.label("en") if each.place else None)
        for each in findings
        if each.state in ("FIX", "REVIEW")
    ]


@pytest.mark.parametrize("text", [PUMP_ZH, PUMP_EN, CATHODE_EN])
def test_sound_claims(text: str) -> None:
    assert found({"claims": text}) == []
    assert worst(check_document(document_of_text(text))) == "PASS"


def test_defects_of_claims_are_findings() -> None:
    claims = ["1. 一种泵，包括壳。", "2. 根据权利要求3所述的泵。", "4. 根据权利要求1所述的风扇，还包括阀。其为蝶阀。"]
    assert found({"claims": claims}) == [
        ("claim-numbers", "FIX", "claim 4"),
        ("claim-references", "FIX", "claim 2"),
        ("claim-sentence", "FIX", "claim 4"),
        ("claim-subject", "REVIEW", "claim 4"),
    ]


def test_defects_of_claims_had_no_repair() -> None:
    assert REPAIRS.keys() == MESSAGES.keys()
    claims = [
        "1. 一种泵。",
        "2. 根据权利要求1所述的泵。",
        "3. 根据权利要求1或2所述的泵。",
        "4. 根据权利要求1至3中任一项所述的泵。",
    ]
    (multiple,) = [each for each in check_document(document_of({"claims": claims})) if each.state == "FIX"]
    assert (multiple.office, multiple.repair_zh) == ("cn", "改为引用非多项从属的权利要求，或拆成几项")
    assert multiple.repair_en == "let it depend on claims that are not multiple dependent, or split it"


@pytest.mark.parametrize(
    ("title", "office", "states"),
    [
        ("一种离心泵", None, []),
        ("泵" * 25, None, []),
        ("泵" * 26, None, ["REVIEW"]),
        ("泵" * 61, None, ["FIX"]),
        ("一种基于CNN-LSTM的" + "泵" * 15, None, ["REVIEW"]),
        ("pump " * 110, "us", ["FIX"]),
        ("pump " * 110, "ep", []),
    ],
)
def test_title_length(title: str, office: Office | None, states: list[str]) -> None:
    assert [state for check, state, _ in found({"title": title.strip()}, office) if check == "title-length"] == states


@pytest.mark.parametrize(
    ("abstract", "office", "states"),
    [
        ("泵。" * 150, None, []),
        ("泵。" * 151, None, ["FIX"]),
        ("泵。" * 149 + "CNN", None, ["REVIEW"]),
        ("pump " * 150, None, []),
        ("pump " * 151, None, ["REVIEW"]),
        ("pump " * 49, "us", ["REVIEW"]),
        ("pump " * 49, "ep", []),
    ],
)
def test_abstract_length(abstract: str, office: Office | None, states: list[str]) -> None:
    found_here = found({"abstract": abstract.strip()}, office)
    assert [state for check, state, _ in found_here if check == "abstract-length"] == states


def test_both_counts() -> None:
    assert characters("一种CNN-LSTM泵，3 mm。") == (16, 8)
    assert characters("一种CNN-LSTM泵，3 mm。", punctuation=False) == (16, 6)
    assert words("A pump (1), 3.5 mm long; it's well-kept.") == 8


def test_numerals_and_figures() -> None:
    row = {
        "claims": ["1. 一种泵，包括泵壳（1）和叶轮（9）。"],
        "description": "图1为主视图，图3为剖视图。叶轮在轴2上，泵壳1与轴2相连，轴2转动，泵壳1不动。",
    }
    assert found(row) == [("numerals-described", "REVIEW", "claim 1"), ("figure-sequence", "REVIEW", "description")]
    assert found({"abstract": "泵壳（1）与叶轮（1）。"}) == [("numeral-names", "REVIEW", "abstract")]
    assert found({"claims": ["1. A pump (1) with a wheel (2).", "2. The pump (1) of claim 1 with a seal (2)."]}) == [
        ("numeral-names", "REVIEW", "claim")
    ]


@pytest.mark.parametrize(
    ("symbol", "state"),
    [
        ("H04L", "PASS"),
        ("h04l65/1016", "PASS"),
        ("H04L 65/9999", "FIX"),
        ("H01L 21/00", "REVIEW"),
        ("H98Z", "FIX"),
        ("A98", "FIX"),
        ("Y02E 10/50", "FIX"),
        ("pump", "FIX"),
    ],
)
def test_symbols(symbol: str, state: str) -> None:
    findings = check_document(document_of({"ipc": [symbol]}))
    assert {each.check: each.state for each in findings}["ipc-symbol"] == state


def test_no_symbols_are_not_checked() -> None:
    assert isinstance(check_symbols([]), Skipped)


@pytest.mark.parametrize(
    ("row", "field"), [({"title": 3}, "title"), ({"claims": "x", "ipc": "H04L"}, "ipc"), ({"claims": [1]}, "claims")]
)
def test_fields_of_another_type(row: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        document_of(row)


def test_a_text_without_claims_is_a_description() -> None:
    document = document_of_text("图1为主视图。")
    assert (document.claims.claims, document.description) == ((), "图1为主视图。")
