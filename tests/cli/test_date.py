from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import taibao


def test_a_date_with_its_rule_and_articles(tmp_path: Path) -> None:
    done = taibao("date", "priority", "2026-03-15", "--type", "design", home=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("2026-09-15  last day to file a design in China")
    assert "Patent Law, Article 29 (version 2020-10-17, in force 2021-06-01)" in lines[1]
    assert lines[-1] == "This is information, not legal advice."


def test_in_chinese_and_moved_by_a_day_off(tmp_path: Path) -> None:
    done = taibao("--lang", "zh", "date", "response", "2026-03-15", "--by", "post", "--notice", "grant", home=tmp_path)
    assert done.stdout.decode().splitlines()[:4] == [
        "2026-03-30  推定收到通知之日",
        "    《专利法实施细则》第四条（2023-12-11 版本，2024-01-20 施行）",
        "2026-05-30 （休假日，顺延至 2026-06-01）  办理登记手续并缴纳当年年费（两个月）",
        "    《专利法实施细则》第六十条（2023-12-11 版本，2024-01-20 施行）；"
        "《专利法实施细则》第一百一十四条（2023-12-11 版本，2024-01-20 施行）",
    ]


def test_as_json(tmp_path: Path) -> None:
    done = taibao("date", "fee", "2026-03-15", "--claims", "14", "--json", home=tmp_path)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ["fee-filing", "fee-examination", "fee-excess-claims"]
    assert (rows[2]["count"], rows[2]["amount"], rows[2]["currency"]) == (4, 600, "CNY")
    assert rows[1]["citations"][0]["article_number"] == "35"
    earlier = taibao("date", "fee", "2026-03-15", "--priority", "2025-03-14", "--json", home=tmp_path)
    assert json.loads(earlier.stdout.splitlines()[1])["date"] == "2028-03-14"


def test_annual_fees(tmp_path: Path) -> None:
    args = ("date", "fee", "2015-06-03", "--granted", "2020-08-01", "--type", "utility", "--paid", "2024-08-06")
    lines = taibao(*args, home=tmp_path).stdout.decode().splitlines()
    assert (
        lines[0] == "2021-06-03  annual fee of year 7; late until 2021-12-03 (5 % more for each month after the first)"
    )
    assert lines[3].endswith("; paid 2024-08-06: surcharge 10 % of the full fee")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["priority", "15.3.2026"], "15.3.2026 is no date like 2015-06-01"),
        (["grace", "2026-03-15", "--type", "layout"], "taibao date grace has no rule for layout"),
        (["fee", "2010-03-15"], "an earlier law applies to that date; its rules are not in the shipped table"),
        (["fee", "2026-03-15", "--paid", "2026-03-16"], "--paid needs --granted"),
    ],
)
def test_what_cannot_be_computed(tmp_path: Path, args: list[str], message: str) -> None:
    done = taibao("date", *args, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert message in done.stderr.decode()
