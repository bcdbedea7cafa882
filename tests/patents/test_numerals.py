"""Reference numerals: occurrences, names, conflicts."""

from __future__ import annotations

import pytest

from taibao_cli.patents.numerals import conflicts, expand, numeral_table, numerals


def signs(text: str) -> list[tuple[str, str]]:
    return [(found.sign, found.name) for found in numerals(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("所述泵壳（1）和叶轮(2)", [("1", "泵壳"), ("2", "叶轮")]),
        ("螺栓（12a、12b）", [("12a", "螺栓"), ("12b", "螺栓")]),
        ("壳体（101-103）", [("101", "壳体"), ("102", "壳体"), ("103", "壳体")]),
        ("第一齿轮（3'）", [("3'", "第一齿轮")]),
        ("the centrifugal pump (1) with a drive shaft (2)", [("1", "centrifugal pump"), ("2", "drive shaft")]),
        ("bolts (12a, 12b and 13)", [("12a", "bolts"), ("12b", "bolts"), ("13", "bolts")]),
        ("the arms (4a-4c)", [("4a", "arms"), ("4b", "arms"), ("4c", "arms")]),
        ("步骤（1）、式（2）、化合物（3）", []),
        ("包括（1）外壳；（2）叶轮；", []),
        ("step (1), formula (2), a content (5%), a length (5 mm), Smith et al. (2010)", []),
        ("二氧化碳（CO2），厚度（5mm）", []),
        ("电阻3与电容5相连，电阻3发热，电容5不发热", [("3", "电阻"), ("5", "电容"), ("3", "电阻"), ("5", "电容")]),
        ("温度为30，厚度为30，2020年，2020年", []),
        (
            "The pump 10 drives the wheel 12. The wheel 12 and the pump 10 turn.",
            [("10", "pump"), ("12", "wheel")] * 1 + [("12", "wheel"), ("10", "pump")],
        ),
        ("By Theorem 2 and Lemma 3, Theorem 2 holds; at position 121 and position 121, t 4 and t 4.", []),
        ("根据定理2和定理2，对比例3与对比例3", []),
        ("it has 3 wheels and has 3 arms, at 90 at 90, in 2010 in 2010", []),
    ],
)
def test_numerals(text: str, found: list[tuple[str, str]]) -> None:
    assert signs(text) == found


def test_expand() -> None:
    assert expand("1, 3-5、7a") == ("1", "3", "4", "5", "7a")
    assert expand("10a至10c") == ("10a", "10b", "10c")
    assert expand("1-900") == ("1", "900")


def test_table() -> None:
    text = "泵壳（1）内有叶轮（2），所述泵壳（1）与电机固接轴（3），轴（3）"
    assert numeral_table(numerals(text)) == {"1": ("泵壳",), "2": ("叶轮",), "3": ("轴",)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("泵壳（1）与叶轮（1）", [("one-sign-two-names", ("泵壳", "叶轮"), ("1",))]),
        ("叶轮（2）；所述叶轮（3）", [("one-name-two-signs", ("叶轮",), ("2", "3"))]),
        ("the casing (1) and the impeller (1)", [("one-sign-two-names", ("casing", "impeller"), ("1",))]),
        ("an impeller (2), the impeller (3)", [("one-name-two-signs", ("impeller",), ("2", "3"))]),
        ("螺栓（1，2），螺栓（1）", []),
        ("第一齿轮（1）与第二齿轮（2）", []),
        ("齿轮（1a）与齿轮（1b）", []),
        ("the casings (1), said casing (1), a pump casing (1)", []),
        ("估计模块（1）与内插模块（2）；估计模块（1）、内插模块（2）；该模块（1）和模块（2）", []),
    ],
)
def test_conflicts(text: str, found: list[tuple[str, tuple[str, ...], tuple[str, ...]]]) -> None:
    assert [(each.kind, each.names, each.signs) for each in conflicts(numerals(text))] == found


def test_places() -> None:
    text = "泵壳（1，2）"
    assert [text[found.start : found.end] for found in numerals(text)] == ["（1，2）", "（1，2）"]
