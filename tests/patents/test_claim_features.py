"""Claims cut into the features of a claim chart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.claims.features import features

SETS = sorted((Path(__file__).parents[1] / "fixtures" / "claims").glob("*.txt"))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (
            "一种水泵，其特征在于，包括泵壳和叶轮，所述叶轮设在所述泵壳内，所述泵壳由铸铁制成。",
            ["一种水泵", "包括泵壳和叶轮", "所述叶轮设在所述泵壳内", "所述泵壳由铸铁制成"],
        ),
        (
            "A pump comprising:\na casing 10;\nan impeller in the casing; and\na seal (made of rubber; soft).",
            ["A pump", "a casing 10", "an impeller in the casing", "a seal (made of rubber; soft)"],
        ),
        (
            "A pump comprising a casing, an impeller in the casing, and a seal, wherein the seal is soft.",
            ["A pump", "a casing", "an impeller in the casing", "a seal", "wherein the seal is soft"],
        ),
        ("根据权利要求1所述的水泵，还包括阀。", ["根据权利要求1所述的水泵", "阀"]),
        ("一种合金，由铝和镁组成，其中镁占5%。", ["一种合金", "由铝和镁组成", "其中镁占5%"]),
        (
            "一种除尘器，包括阳极板和阴极线，其特征在于：所述阳极板接地；集尘区由热管组成。",
            ["一种除尘器", "包括阳极板和阴极线", "所述阳极板接地", "集尘区由热管组成"],
        ),
        ("Use of compound X for treating pain.", ["Use of compound X for treating pain"]),
    ],
)
def test_features(claim: str, expected: list[str]) -> None:
    (parsed,) = parse_claims(f"1. {claim}").claims
    assert [feature.text for feature in features(parsed)] == expected


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_features_stand_in_the_claim_in_order_and_leave_only_signs_and_the_transition_out(path: Path) -> None:
    for claim in parse_claims(path.read_text(encoding="utf-8")):
        at, left = 0, ""
        for feature in features(claim):
            assert claim.text[feature.start : feature.start + len(feature.text)] == feature.text
            assert feature.start >= at
            left += claim.text[at : feature.start] + " "
            at = feature.start + len(feature.text)
        left += claim.text[at:]
        left = re.sub(
            re.escape(claim.transition) if claim.transition else "$^", " ", " ".join(left.split()), flags=re.I
        )
        assert re.fullmatch(
            r"(?:[\s,，;；:：、.。]|\b(?:and|or)\b|[和及与且]|以及|[(（]?[a-zA-Z\d]{1,2}[)）])*", left
        ), left
