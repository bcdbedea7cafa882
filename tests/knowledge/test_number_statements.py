"""Statements on a number, judged by the number."""

from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.knowledge import desk
from taibao_cli.knowledge.number_statements import judge_number
from taibao_cli.patents.language import Lang
from taibao_cli.patents.office_numbers import check_digit

ON = "2026-06-01"
BODY = "201720601862"
SOUND = f"{BODY}.{check_digit(BODY)}"
WRONG = f"{BODY}.{'1' if check_digit(BODY) != '1' else '2'}"


@pytest.mark.parametrize(
    ("statement", "lang", "verdict", "by"),
    [
        (f"ZL{SOUND}是发明专利。", "zh", "wrong", "application number"),
        (f"专利号为ZL{SOUND}的专利是实用新型专利", "zh", "right", "application number"),
        (f"申请号 {SOUND} 的校验位正确", "zh", "right", "application number"),
        (f"申请号{WRONG}的校验位正确", "zh", "wrong", "application number"),
        ("CN110083831A不是发明专利申请", "zh", "wrong", "kind code"),
        ("CN 210987654 U is a utility model.", "en", "right", "kind code"),
        ("CN210987654U is not an invention patent", "en", "right", "kind code"),
        (f"The check digit of {WRONG} is wrong.", "en", "right", "application number"),
    ],
)
def test_the_number_decides(statement: str, lang: Lang, verdict: str, by: str) -> None:
    found = judge_number(statement, lang, ON)
    assert found is not None
    assert (found.verdict, found.decided_by) == (verdict, by)
    assert [one.law_id for one in found.citations] == ["patent-law"]


@pytest.mark.parametrize(
    ("statement", "lang"),
    [
        ("CN210987654U 公开了一种泵", "zh"),
        (f"ZL{WRONG}是发明", "zh"),  # a number that is wrong itself proves nothing
        (f"ZL{SOUND}和CN110083831A是发明专利", "zh"),
        ("US10293244B2 is an invention", "en"),
        ("发明专利权的期限为二十年。", "zh"),
    ],
)
def test_other_statements_are_left_to_the_law(statement: str, lang: Lang) -> None:
    assert judge_number(statement, lang, ON) is None


def test_every_verdict_says_what_decided(tmp_path: Path) -> None:
    none = tmp_path / "none.sqlite"
    assert desk.judge(f"ZL{SOUND}是发明专利", "zh", none, ON).decided_by == "application number"
    assert desk.judge("外观设计专利权的期限为十五年", "zh", none, ON).decided_by == "primer"
    assert desk.judge("天是蓝的", "zh", none, ON).decided_by == ""
