"""Documents whose wording, marks or repetitions a rule speaks of: what is found, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from taibao_cli.checks.document import document_of
from taibao_cli.checks.registry import check_document
from taibao_cli.patents.claims.defects import Office


def states(row: dict[str, Any], check: str, office: Office | None = None) -> list[str]:
    return [each.state for each in check_document(document_of(row, office)) if each.check == check]


ABSTRACT_ZH = "本发明公开一种水泵，属于流体机械领域，包括泵壳（1）和叶轮（2）。"
ABSTRACT_EN = "A water pump comprises a casing (1) and an impeller (2)."

CASES: list[tuple[str, dict[str, Any], Office | None, list[str]]] = [
    # advertising and praise
    ("commercial-wording", {"abstract": ABSTRACT_ZH + "欢迎选购，联系电话：400。"}, None, ["FIX"]),
    ("commercial-wording", {"abstract": ABSTRACT_ZH + "该产品国际领先，市场前景广阔。"}, None, ["REVIEW"]),
    ("commercial-wording", {"abstract": "求解最优解，给出最佳实施方式，第一齿轮领先第二齿轮30°。"}, None, ["PASS"]),
    ("commercial-wording", {"abstract": ABSTRACT_EN + " Order now."}, None, ["FIX"]),
    ("commercial-wording", {"description": "The market-leading pump is unparalleled."}, None, ["REVIEW"]),
    (
        "commercial-wording",
        {"description": "The best mode and the state of the art are described; it is novel."},
        None,
        ["PASS"],
    ),
    # vague words in claims
    ("claim-wording", {"claims": "1. 一种泵，包括叶轮，例如闭式叶轮。"}, None, ["REVIEW"]),
    ("claim-wording", {"claims": "1. 一种优选法求解器，包括存储器。"}, None, ["PASS"]),
    ("claim-wording", {"claims": "1. A pump comprising an impeller, preferably a closed one."}, None, ["REVIEW"]),
    ("claim-wording", {"claims": "1. A pump comprising a closed impeller."}, None, ["PASS"]),
    ("claim-wording", {"abstract": "例如闭式叶轮。"}, None, ["not checked"]),
    # references across parts
    ("cross-references", {"claims": "1. 一种泵，其结构如图1所示。"}, None, ["REVIEW"]),
    ("cross-references", {"claims": "1. 一种绘图仪，用于绘制图形。"}, None, ["PASS"]),
    ("cross-references", {"description": "本发明提供如权利要求1所述的泵。"}, None, ["REVIEW"]),
    ("cross-references", {"claims": "1. A pump as shown in FIG. 1."}, None, ["REVIEW"]),
    ("cross-references", {"claims": "1. A pump comprising a figure wheel."}, None, ["PASS"]),
    # other offices
    ("jurisdiction-wording", {"claims": "1. 一种泵。\n2. 如请求项1所述的泵。"}, None, ["FIX"]),
    ("jurisdiction-wording", {"abstract": "本發明與裝置構成一種電路。"}, None, ["REVIEW"]),
    ("jurisdiction-wording", {"abstract": ABSTRACT_ZH}, None, ["PASS"]),
    ("jurisdiction-wording", {"description": "The utility model has a grey colour."}, "us", ["REVIEW"]),
    ("jurisdiction-wording", {"description": "The invention has a gray color."}, "us", ["PASS"]),
    ("jurisdiction-wording", {"description": "Changes within the spirit and scope are possible."}, "ep", ["REVIEW"]),
    ("jurisdiction-wording", {"description": "The invention has a grey colour."}, "ep", ["PASS"]),
    # type of the patent
    ("patent-type", {"abstract": "本发明公开一种泵。本实用新型结构简单。"}, None, ["REVIEW"]),
    ("patent-type", {"abstract": "本实用新型涉及一种泵。", "claims": "1. 一种泵的制造方法，包括铸造。"}, None, ["FIX"]),
    ("patent-type", {"abstract": "本实用新型涉及一种泵。", "claims": "1. 一种泵，包括壳。"}, None, ["PASS"]),
    ("patent-type", {"abstract": ABSTRACT_EN}, None, ["not checked"]),
    # titles
    ("title-wording", {"title": "一种海尔®水泵"}, None, ["REVIEW"]),
    ("title-wording", {"title": "一种水泵及其控制方法"}, None, ["PASS"]),
    ("title-wording", {"title": "Pump or the like"}, None, ["REVIEW"]),
    ("title-wording", {"title": "Centrifugal pump"}, None, ["PASS"]),
    # parentheses of numerals
    ("numeral-parentheses", {"abstract": "水泵包括泵壳1和叶轮2，泵壳1包住叶轮2。"}, None, ["REVIEW"]),
    ("numeral-parentheses", {"abstract": "泵壳（1）包住叶轮（2），泵壳（1）由钢制成。"}, None, ["PASS"]),
    ("numeral-parentheses", {"description": "泵壳1包住叶轮2，泵壳1转动，叶轮2转动，轴（3）不动。"}, None, ["REVIEW"]),
    ("numeral-parentheses", {"description": "泵壳1包住叶轮2，泵壳1转动，叶轮2转动。"}, None, ["PASS"]),
    (
        "numeral-parentheses",
        {"claims": "1. A pump with a casing 1 and a wheel 2, the casing 1 holding the wheel 2."},
        "ep",
        ["REVIEW"],
    ),
    ("numeral-parentheses", {"claims": "1. A pump with a casing (1) and a wheel (2)."}, "pct", ["PASS"]),
    ("numeral-parentheses", {"claims": "1. A pump with a casing 1, the casing 1 being red."}, "us", ["not checked"]),
    # paragraph numbers
    ("paragraph-sequence", {"description": "[0001] 甲。\n[0002] 乙。\n[0002] 丙。"}, None, ["FIX"]),
    ("paragraph-sequence", {"description": "[0001] One.\n[0003] Three."}, None, ["REVIEW"]),
    ("paragraph-sequence", {"description": "[0007] 见段落[0002]。\n[0008] 乙。"}, None, ["PASS"]),
    ("paragraph-sequence", {"description": "[0001] One, see [0009].\n[0002] Two."}, None, ["PASS"]),
    # figures of the list of figures
    ("figures-described", {"description": "图1为主视图；\n图2为剖视图。\n如图3所示，轴转动。"}, None, ["REVIEW"]),
    ("figures-described", {"description": "图1为主视图；\n图2为剖视图。\n如图2所示，轴转动。"}, None, ["PASS"]),
    (
        "figures-described",
        {"description": "FIG. 1 is a view.\nFIG. 2 is a section.\nAs in FIG. 4, it turns."},
        None,
        ["REVIEW"],
    ),
    (
        "figures-described",
        {"description": "FIG. 1 is a view.\nFIG. 2A is a section.\nAs in FIG. 2, it turns."},
        None,
        ["PASS"],
    ),
    (
        "figures-described",
        {"description": "[0001] 图1为主视图；\n[0002] 图2为剖视图。\n[0003] 如图2所示，轴转动。"},
        None,
        ["PASS"],
    ),
    (
        "figures-described",
        {"description": "## 附图说明\n图1为主视图，图2为剖视图。\n## 具体实施方式\n如图3所示，轴转动。"},
        None,
        ["REVIEW"],
    ),
    (
        "figures-described",
        {
            "description": "[0001] FIG. 1 shows a pump. "
            + "It pumps. " * 40
            + "\n[0002] FIG. 2 shows a seal. See FIG. 3."
        },
        None,
        ["not checked"],
    ),
    # a claim that ends in a picture
    ("claim-sentence", {"claims": "1. 一种方法，其中L＝βN，[image: F20.TIF]"}, None, ["PASS"]),
    ("claim-sentence", {"claims": "1. A method, wherein L is as in [image]"}, "us", ["PASS"]),
    ("claim-sentence", {"claims": "1. A method, wherein [image: F20.TIF] is shown"}, "us", ["FIX"]),
    # claims twice, loops, too many
    ("runaway", {"claims": "1. 一种泵，包括壳。\n2. 一种泵，包括壳。"}, None, ["FIX"]),
    (
        "runaway",
        {"claims": "1. 一种泵。\n2. 根据权利要求1所述的泵，有阀。\n3. 根据权利要求2所述的泵，有阀。"},
        None,
        ["PASS"],
    ),
    ("runaway", {"abstract": "泵壳包括叶轮，" * 5}, None, ["FIX"]),
    ("runaway", {"claims": "1. A pump.\n2. A pump."}, None, ["FIX"]),
    ("runaway", {"claims": "1. The method, wherein R is\n2. The method, wherein R is"}, None, ["PASS"]),
    ("runaway", {"abstract": "the pump has a wheel and " * 5}, None, ["FIX"]),
    ("runaway", {"claims": [f"{n}. A pump with {n} wheels." for n in range(1, 123)]}, None, ["REVIEW"]),
    ("runaway", {"abstract": r"Let $x = {{\left. {{\left. {{\left. {{\left. y$ be the sum."}, None, ["PASS"]),
    ("runaway", {"abstract": "A pump. " + "It turns the wheel. " * 4}, None, ["FIX"]),
    ("runaway", {"abstract": "AAAA ---- 0000000000000000 ........................"}, None, ["PASS"]),
    # numbers of offices
    ("office-numbers", {"description": "申请号201710601862.4的专利。"}, None, ["FIX"]),
    ("office-numbers", {"description": "申请号201710601862.3的专利，公布号CN107336789A。"}, None, ["PASS"]),
    ("office-numbers", {"description": "See US 2019/0123456 Q9 and EP 1234567 B1."}, None, ["PASS"]),
    ("office-numbers", {"description": "See EP 1234567 B7."}, None, ["REVIEW"]),
    ("office-numbers", {"description": "长度为201710601862.3毫米。"}, None, ["PASS"]),
    ("office-numbers", {"title": "泵", "application": "CN201710601862.4"}, None, ["FIX"]),
    ("office-numbers", {"title": "泵", "application": "CN201710601862.3"}, None, ["PASS"]),
    ("office-numbers", {"title": "Pump", "publication": "DE112021005252A5"}, None, ["PASS"]),
    # lists of symbols
    ("ipc-set", {"ipc": ["H04L 65/1016", "h04l65/1016"]}, None, ["REVIEW"]),
    ("ipc-set", {"ipc": ["H04L", "H04L 65/1016"]}, None, ["REVIEW"]),
    ("ipc-set", {"ipc": ["H04L 65/1016", "H04W 4/00"]}, None, ["PASS"]),
    # what the claims take as known
    ("antecedent-basis", {"claims": "1. 一种泵，包括泵壳，所述阀门位于泵壳上。"}, None, ["REVIEW"]),
    ("antecedent-basis", {"claims": "1. 一种泵，包括泵壳和阀门，所述阀门位于所述泵壳上。"}, None, ["PASS"]),
    (
        "antecedent-basis",
        {"claims": "1. 一种泵，包括阀。\n2. 根据权利要求1所述的泵，所述轴承为陶瓷。"},
        None,
        ["REVIEW"],
    ),
    (
        "antecedent-basis",
        {"claims": "1. 一种泵，包括轴承。\n2. 根据权利要求1所述的泵，所述轴承为陶瓷。"},
        None,
        ["PASS"],
    ),
    ("antecedent-basis", {"claims": "1. 一种泵，包括第一电机，所述第二电机转动。"}, None, ["REVIEW"]),
    ("antecedent-basis", {"claims": "1. 一种泵，包括第一、第二电机，所述第二电机转动。"}, None, ["PASS"]),
    ("antecedent-basis", {"claims": "1. A pump comprising a casing, said valve being open."}, None, ["REVIEW"]),
    (
        "antecedent-basis",
        {"claims": "1. A pump comprising valves, wherein each of said valves is open."},
        None,
        ["PASS"],
    ),
    ("antecedent-basis", {"claims": "1. A pump comprising a first motor, the second motor turning."}, None, ["REVIEW"]),
    (
        "antecedent-basis",
        {"claims": "1. A pump comprising first and second motors, the second motor turning."},
        None,
        ["PASS"],
    ),
    ("antecedent-basis", {"claims": "1. A pump with gears, the currently used one turning."}, None, ["PASS"]),
    ("antecedent-basis", {"claims": "1. A pump, the assembly turning."}, None, ["REVIEW"]),
    ("antecedent-basis", {"claims": "1. A pump, the length of the pump being 3 m."}, None, ["PASS"]),
    (
        "antecedent-basis",
        {"claims": "1. A pump.\n2. The pump of claim 1, further comprising a seal, wherein the seal is red."},
        None,
        ["PASS"],
    ),
    # a formula that was a picture
    ("claim-sentence", {"claims": "1. The method of making a pump, wherein R14 is"}, "us", ["REVIEW"]),
    ("claim-sentence", {"claims": "1. A pump with a wheel"}, "us", ["FIX"]),
    ("claim-sentence", {"claims": "1. 一种化合物，其结构式如下"}, None, ["REVIEW"]),
    ("claim-sentence", {"claims": "1. 一种泵，有轮"}, None, ["FIX"]),
]


@pytest.mark.parametrize(("check", "row", "office", "expected"), CASES)
def test_wording(check: str, row: dict[str, Any], office: Office | None, expected: list[str]) -> None:
    assert states(row, check, office) == expected


def test_how_sure_a_missing_antecedent_is() -> None:
    row = {"claims": "1. A pump comprising a casing, said valve and the lever being open."}
    found = [each for each in check_document(document_of(row)) if each.check == "antecedent-basis"]
    assert [(each.en, each.place and each.place.span) for each in found] == [
        ('"valve" has no antecedent in this claim or those it depends on (confidence: high)', (28, 38)),
        ('"lever" has no antecedent in this claim or those it depends on (confidence: low)', (43, 52)),
    ]
