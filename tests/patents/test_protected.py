"""Formulas, symbols, dates and labels of a text."""

from __future__ import annotations

import pytest

from taibao_cli.patents.protected import GAP, protected, without


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"其中 $E = mc^2$ 成立", [("formula", "$E = mc^2$")]),
        (r"where \(x_1 < 3\) holds", [("formula", r"\(x_1 < 3\)")]),
        ("it costs $5 and $10", []),
        ("LiFePO4与CO2反应", [("symbol", "LiFePO4"), ("symbol", "CO2")]),
        ("LiNi0.8Co0.1Mn0.1O2粉末", [("symbol", "LiNi0.8Co0.1Mn0.1O2")]),
        ("步骤S101之后，C1-C6烷基", [("symbol", "S101"), ("symbol", "C1-C6")]),
        ("10 mm2, 5 kg/m3, 3平方m2", []),
        ("SEQ ID NO: 3 and 4", [("sequence", "SEQ ID NO: 3 and 4")]),
        ("[0012] 本发明", [("paragraph", "[0012]")]),
        ("公开号CN101985000A的文献", [("publication", "CN101985000A")]),
        ("按GB/T 1234-2010测定", [("standard", "GB/T 1234-2010")]),
        ("2019年3月5日提交", [("date", "2019年3月5日")]),
        ("filed on March 5, 2019", [("date", "March 5, 2019")]),
        ("步骤3和第2个，Example 4", [("label", "步骤3"), ("label", "第2"), ("label", "Example 4")]),
        ("版本1.2.3", [("version", "1.2.3")]),
        ("the pump of claim1 and step 2", [("label", "step 2")]),
        ("厚度为5.5 mm，比例为3", []),
    ],
)
def test_protected(text: str, found: list[tuple[str, str]]) -> None:
    assert [(span.kind, text[span.start : span.end]) for span in protected(text)] == found


def test_without_keeps_offsets() -> None:
    assert without("abcdef", [(1, 3)]) == f"a{GAP}{GAP}def"
