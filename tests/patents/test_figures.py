"""References to figures in both languages."""

from __future__ import annotations

import pytest

from taibao_cli.patents.figures import figure_set, figures, order


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("如图1所示", ["1"]),
        ("如图 2a 至图 2c 所示", ["2A", "2B", "2C"]),
        ("图1-3为示意图", ["1", "2", "3"]),
        ("图1和图3", ["1", "3"]),
        ("图1、2和4所示", ["1", "2", "4"]),
        ("图3（a）和图3（b）", ["3A", "3B"]),
        ("附图5", ["5"]),
        ("如图１２所示", ["12"]),
        ("流程图像处理，图形3D，附图标记7，俯视图2", []),
        ("as shown in FIG. 1, 3 wheels", ["1"]),
        ("FIG. 1 and 2 wheels", ["1"]),
        ("FIG. 1(a) is a view", ["1A"]),
        ("Figs. 2A-2C and 3", ["2A", "2B", "2C", "3"]),
        ("FIGS. 2A-C", ["2A", "2B", "2C"]),
        ("Figures 1, 2 and 10", ["1", "2", "10"]),
        ("FIG. 4 and FIG. 5b", ["4", "5B"]),
        ("FIG. 1 to FIG. 3", ["1", "2", "3"]),
        ("FIG.7", ["7"]),
        ("Figure 3 shows; a configured device 4; figurines 8", ["3"]),
    ],
)
def test_figures(text: str, labels: list[str]) -> None:
    assert sorted(figure_set(figures(text)), key=order) == labels


def test_places() -> None:
    text = "泵，见图1和图2，FIG. 3 too"
    assert [text[found.start : found.end] for found in figures(text)] == ["图1和图2", "FIG. 3"]
