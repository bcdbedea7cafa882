"""A number of the source that the answer lacks, where words or other numbers could hide it; and what must not be called so."""  # noqa: E501

from __future__ import annotations

import pytest

from taibao_cli.checks.registry import check_translation
from taibao_cli.checks.translation.ones import ones_lost
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.numerals import lone_numerals

PARTS = "壳体2内有风机3，壳体2与风机3相连，"
PARTS_EN = "The fan 3 is in the casing 2, the casing 2 bears the fan 3, "


def said(source: str, answer: str) -> set[tuple[str, str]]:
    found = check_translation(Translation.of(source, answer))
    return {(each.check, each.state) for each in found if each.check in ("numerals", "quantities")} - {
        ("numerals", "PASS"),
        ("quantities", "PASS"),
        ("numerals", "not checked"),
    }


@pytest.mark.parametrize(
    ("source", "answer", "expected"),
    [
        # a 1 that is said as a value
        ("KD值小于1×10^-9 M。", "a KD value of less than 1×10^-9 M.", set()),
        (
            "与PD-L1结合，KD值小于1×10^-9 M。",
            "binding PD-L1, with a KD value of less than ×10^-9 M.",
            {("quantities", "REVIEW")},
        ),
        ("其中R2为氢，n为1。", "wherein R2 is hydrogen and n is 1.", set()),
        ("其中R2为氢，n为1。", "wherein R2 is hydrogen and n is .", {("quantities", "REVIEW")}),
        ("摩尔比为3:1。", "in a molar ratio of 3:1.", set()),
        ("其为1个泵，由1根轴驱动。", "It is a pump driven by a shaft.", set()),
        ("The ratio n is 1 and k is 0, 1 or 2.", "比值n为1，k为0、1或2。", set()),
        ("The ratio n is 1 and k is 0, 1 or 2.", "比值n为1，k为0、或2。", {("quantities", "REVIEW")}),
        # numerals without parentheses that stand once, beside others
        (PARTS + "信号器1，用于报警。", PARTS_EN + "a signal device 1 warns.", set()),
        (
            PARTS + "信号器1，用于报警。",
            PARTS_EN + "a signal device warns.",
            {("numerals", "REVIEW")},
        ),
        (
            PARTS_EN + "a wheel 12 turns.",
            "风机3在壳体2内，壳体2承载风机3，轮转动。",
            {("numerals", "REVIEW"), ("quantities", "FIX")},
        ),
        (PARTS_EN + "a wheel 12 turns.", "风机3在壳体2内，壳体2承载风机3，轮12转动。", set()),
        # "vertical" for 90 degrees, and for 垂直
        ("转向90度，与轴成直角。", "It is turned to be perpendicular, at a right angle to the shaft.", set()),
        ("可进行90度转向，提供垂直方向的升力。", "It can be steered 90 degrees and provides vertical lift.", set()),
        (
            "可进行90度转向，提供垂直方向的升力。",
            "It can be steered and provides vertical lift.",
            {("quantities", "FIX")},
        ),
        ("It is turned by 90 degrees with a vertical shaft.", "转动，轴为垂直。", {("quantities", "FIX")}),
        ("It is turned by 90 degrees.", "转到垂直位置。", set()),
    ],
)
def test_numbers(source: str, answer: str, expected: set[tuple[str, str]]) -> None:
    assert said(source, answer) == expected


def test_ones_are_counted_outside_of_references() -> None:
    assert ones_lost("根据权利要求1所述的泵，n为1。", "The pump according to claim 1, wherein n is .") == 1
    assert ones_lost("根据权利要求1所述的泵，n为1。", "The pump according to claim 1, wherein n is 1.") == 0
    assert ones_lost("根据权利要求1所述的泵。", "The pump.") == 0


def test_a_sign_that_stands_once_may_be_a_numeral_only_beside_others() -> None:
    assert [each.sign for each in lone_numerals(PARTS + "信号器1，用于报警。")] == ["1"]
    assert lone_numerals("信号器1，用于报警。") == ()
    assert lone_numerals("壳体（2）内有信号器1。") == ()
