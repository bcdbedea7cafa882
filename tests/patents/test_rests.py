"""What features of claims rest on."""

from __future__ import annotations

import pytest

from taibao_cli.patents.claims.rests import Rest, rests

ZH = "[0001] 本发明涉及水泵。\n[0002] 泵壳内设有叶轮。叶轮有六片叶片。\n[0003] 泵壳为铸铁。"
EN = "[0001] A pump is shown.\n[0002] An impeller sits in the casing. The impeller has six blades."


@pytest.mark.parametrize(
    ("claims", "source", "expected"),
    [
        (
            "1. 一种水泵，其特征在于，泵壳内设有叶轮；所述叶轮有六片叶片。",
            ZH,
            [
                Rest(1, "一种水泵", "0001", "本发明涉及水泵。", 1.0, True),
                Rest(1, "泵壳内设有叶轮", "0002", "泵壳内设有叶轮。", 1.0, True),
                Rest(1, "所述叶轮有六片叶片", "0002", "叶轮有六片叶片。", 1.0, True),
            ],
        ),
        (
            "1. A pump comprising an impeller in a casing; and a magnetic seal.",
            EN,
            [
                Rest(1, "A pump", "0001", "A pump is shown.", 1.0, True),
                Rest(1, "an impeller in a casing", "0002", "An impeller sits in the casing.", 1.0, True),
                Rest(1, "a magnetic seal", "", "", 0.0, False),
            ],
        ),
        ("1. 一种水泵。", "", [Rest(1, "一种水泵", "", "", 0.0, False)]),
        ("", ZH, []),
    ],
)
def test_features_with_their_sentences(claims: str, source: str, expected: list[Rest]) -> None:
    assert list(rests(claims, source)) == expected


def test_a_figure_that_the_text_has_not_is_no_support() -> None:
    (_, blades) = rests("1. 一种水泵，其特征在于，叶轮有12片叶片。", ZH)
    assert (blades.paragraph, blades.quote, blades.holds) == ("0002", "叶轮有六片叶片。", False)
