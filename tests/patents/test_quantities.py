"""Numbers and quantities in one form for both languages."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.quantities import numbers, quantities
from taibao_cli.patents.quantities.numbers import folded, zh_value
from taibao_cli.patents.quantities.read import plain


def read(text: str) -> list[str]:
    return [str(quantity) for quantity in quantities(text)]


@pytest.mark.parametrize(
    ("zh", "en", "canonical"),
    [
        ("厚度为5mm", "a thickness of 5 mm", ["5 mm"]),
        ("厚度为５毫米", "5 millimeters thick", ["5 mm"]),
        ("直径10-20μm", "a diameter of 10 to 20 microns", ["10..20 μm"]),
        ("10～20微米", "from 10 µm to 20 µm", ["10..20 μm"]),
        ("介于5和8小时之间", "between 5 and 8 hours", ["5..8 h"]),
        ("含量≤5%", "a content of at most 5 percent", ["<=5 %"]),
        ("不超过百分之五", "not more than 5%", ["<=5 %"]),
        ("不小于３０％", "no less than 30 per cent", [">=30 %"]),
        ("100℃以上", "100 °C or more", [">=100 °C"]),
        ("100±5摄氏度", "100 ± 5 degrees C", ["100±5 °C"]),
        ("约3.50 kg", "about 3.5 kilograms", ["~3.5 kg"]),
        ("-20℃至80℃", "-20 °C to 80 °C", ["-20..80 °C"]),
        ("零下20℃", "minus 20 °C", ["-20 °C"]),
        ("10万转", "100,000 revolutions", ["100000 r"]),
        ("1.5亿", "150 million", ["150000000"]),
        ("三个叶片", "three blades", ["3"]),
        ("十二根", "twelve rods", ["12"]),
        ("长度的三分之二", "two thirds of the length", ["2/3"]),
        ("1/2", "½", ["0.5"]),
        ("质量比为1：2", "a mass ratio of 1:2", ["1:2"]),
        ("100×50×20mm", "100 x 50 x 20 mm", ["100×50×20 mm"]),
        ("流速为5m/s", "5 meters per second", ["5 m/s"]),
        ("5立方米", "5 cubic metres", ["5 m³"]),
        ("密度5千克/立方米", "5 kg/m3", ["5 kg/m³"]),
        ("1200转/分钟", "1,200 rpm", ["1200 r/min"]),
        ("30重量份", "30 parts by weight", ["30 part"]),
        ("30质量%", "30% by weight", ["30 wt%"]),
        ("2×10^5 Pa", "2 × 10⁵ Pa", ["200000 Pa"]),
        ("3倍", "3-fold", ["3 times"]),
        ("220伏", "220 V", ["220 V"]),
        ("5安培至8安培", "5 to 8 amperes", ["5..8 A"]),
    ],
)
def test_both_languages_have_one_form(zh: str, en: str, canonical: list[str]) -> None:
    assert read(zh) == canonical
    assert read(en) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "根据权利要求1至5中任一项所述的泵",
        "the pump of any one of claims 1 to 5",
        "如图1和图2所示",
        "as shown in FIGS. 1 and 2",
        "泵壳（1）与叶轮（2、3）",
        "the casing (1) and the impeller (2)",
        "2020年3月5日，实施例3，步骤2，第3层",
        "Example 3, step 2, on March 5, 2020",
        "CO2和H2O与LiFePO4",
        "SEQ ID NO: 3",
        "[0012] 一种泵，一个壳体，十字槽，万向节，四周，千分尺，三角形，每千克",
        "one end of the pump, a third wheel, one or more",
        "（1）混合；（2）搅拌",
        "1、混合\n2、搅拌",
    ],
)
def test_what_is_no_quantity(text: str) -> None:
    assert read(text) == []


def test_traps() -> None:
    assert read("当温度为50时，电流5安装置") == ["50", "5"]
    assert read("5千克和3千米") == ["5 kg", "3 km"]
    assert read("10、20和30mm") == ["10", "20", "30 mm"]
    assert read("壳体（1）厚5mm") == ["5 mm"]
    assert read("pH为6-8") == ["6..8"]
    assert read("(101,102,103) of 100,000 parts") == ["101", "102", "103", "100000 part"]


def test_places() -> None:
    text = "厚度为５毫米，长百分之三十"
    assert [text[found.start : found.end] for found in quantities(text)] == ["５毫米", "百分之三十"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("二百五十", 250),
        ("三万五千", 35000),
        ("十", 10),
        ("一百零二", 102),
        ("十二", 12),
        ("两千", 2000),
        ("一亿二千万", 120000000),
    ],
)
def test_chinese_numerals(word: str, value: int) -> None:
    assert zh_value(word) == value


def test_what_is_no_chinese_numeral() -> None:
    assert zh_value("二三") is None
    assert zh_value("零点二五") == Fraction(1, 4)


@given(st.decimals(min_value=0, max_value=10**6, places=3))
def test_any_decimal_is_read_exactly(value: object) -> None:
    (found,) = numbers(f"厚{value}mm")
    assert found.value == Fraction(str(value))
    assert Fraction(plain(found.value)) == found.value


@given(st.text(alphabet="0123456789.,，/-~至到 个mm%℃三十百万()（）×^²⁵½abFIG图第", max_size=40))
def test_any_text_has_ordered_places(text: str) -> None:
    assert len(folded(text)) == len(text)
    for found in (numbers(text), quantities(text)):
        ends = [0, *(each.end for each in found)]
        assert all(end <= each.start < each.end <= len(text) for end, each in zip(ends, found, strict=False))
