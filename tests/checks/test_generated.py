"""Generated texts beside what they were made from, in both languages."""

from __future__ import annotations

import pytest

from taibao_cli.checks.generated.facts import Generated
from taibao_cli.checks.registry import GENERATED_CHECKS, check_generated
from taibao_cli.checks.rows import Options, check_answer

ZH = (
    "本发明涉及一种离心泵，包括泵壳1和叶轮2，叶轮2的直径为12.5 mm，采用PTFE密封圈，"
    "转速不超过3000转/分钟，设有三个叶片。"
)
EN = (
    "The invention relates to a centrifugal pump with a casing 1 and an impeller 2 of 12.5 mm in diameter, PTFE rings, "
    "a speed of at most 3000 rpm and three blades."
)


def found(source: str, answer: str) -> list[tuple[str, str]]:
    findings = check_generated(Generated.of(source, answer))
    assert {each.check for each in findings} == {check.id for check in GENERATED_CHECKS}
    return [(each.check, each.state) for each in findings if each.state in ("FIX", "REVIEW")]


@pytest.mark.parametrize(
    ("source", "answer", "expected"),
    [
        (ZH, "一种离心泵，叶轮（2）直径为12.5毫米，用PTFE密封，有3个叶片。", []),
        (ZH, "一种离心泵，叶轮直径为15 mm。", [("new-numbers", "FIX")]),
        (ZH, "一种离心泵，设有7个叶片。", [("new-numbers", "REVIEW")]),
        (ZH, "一种离心泵，叶轮（9）由钢制成。", [("new-numerals", "FIX")]),
        (ZH, "一种离心泵，密封圈为PEEK。", [("new-names", "REVIEW")]),
        (ZH, "A centrifugal pump with an impeller.", [("answer-language", "FIX")]),
        (ZH, "", [("answer-language", "FIX")]),
        (ZH, "离心泵包括叶轮，" * 5, [("loop", "FIX")]),
        (EN, "A pump has an impeller (2) of 12.5 mm, PTFE rings and 3 blades.", []),
        (EN, "A pump has an impeller of 15 mm.", [("new-numbers", "FIX")]),
        (EN, "A pump has 7 blades.", [("new-numbers", "REVIEW")]),
        (EN, "A pump has a casing (9).", [("new-numerals", "FIX")]),
        (EN, "A pump is made by Siemens of PEEK.", [("new-names", "REVIEW")]),
        (EN, "一种离心泵，包括叶轮。", [("answer-language", "FIX")]),
        (EN, "the pump has a wheel and " * 5, [("loop", "FIX")]),
    ],
)
def test_facts(source: str, answer: str, expected: list[tuple[str, str]]) -> None:
    assert found(source, answer) == expected


def test_a_generated_part_is_checked_as_a_part_too() -> None:
    answer = "1. 一种离心泵，包括叶轮。\n2. 根据权利要求3所述的离心泵，直径为15 mm。"
    findings = check_answer("claims", ZH, answer, Options())
    assert {(each.check, each.state) for each in findings if each.state == "FIX"} == {
        ("claim-references", "FIX"),
        ("new-numbers", "FIX"),
    }


def test_without_its_source_a_part_is_checked_by_itself() -> None:
    findings = check_answer("title", None, "泵" * 61, Options())
    states = {each.check: each.state for each in findings}
    assert (states["row"], states["title-length"]) == ("not checked", "FIX")
    assert {each.check for each in check_answer("summarize", ZH, "一种离心泵。", Options())} == {
        check.id for check in GENERATED_CHECKS
    }
