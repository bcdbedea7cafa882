from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.knowledge.dates.calendar import after_months, first_working_day, is_day_off
from taibao_cli.knowledge.dates.compute import compute, received, rules
from taibao_cli.knowledge.dates.fees import annuities, excess, late_percent
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.reference import Pinpoint
from tests.knowledge.law_questions import LAW, official_store


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("1998-06-01", 36, "2001-06-01"), ("2022-12-31", 2, "2023-02-28"), ("2008-06-21", 2, "2008-08-21"),
     ("2024-02-29", 12, "2025-02-28"), ("2023-08-31", 6, "2024-02-29")],
)  # fmt: skip
def test_months_end_on_the_corresponding_day(start: str, months: int, end: str) -> None:
    """The first three are the examples of the guidelines, part V chapter 7 section 2.3."""
    assert after_months(day(start), months) == day(end)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_a_period_of_months_never_skips_a_month(start: date, months: int) -> None:
    end = after_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day
    assert not is_day_off(first_working_day(end))


@pytest.mark.parametrize(
    ("found", "first"),
    [("2026-03-14", "2026-03-16"), ("2026-10-01", "2026-10-05"), ("2026-01-01", "2026-01-02"),
     ("2025-05-01", "2025-05-05"), ("2024-05-02", "2024-05-02"), ("2026-03-16", "2026-03-16")],
)  # fmt: skip
def test_days_off(found: str, first: str) -> None:
    assert first_working_day(day(found)) == day(first)


@pytest.mark.parametrize(
    ("command", "start", "expected"),
    [
        (
            "priority",
            "2026-03-15",
            {
                "priority-invention": "2027-03-15",
                "priority-restoration": "2027-05-17",
                "priority-copy": "2027-07-15",
                "priority-correction": "2027-07-15",
                "priority-pct": "2028-09-15",
                "priority-pct-late": "2028-11-15",
                "priority-design": "2026-09-15",
                "priority-trademark": "2026-09-15",
            },
        ),
        ("grace", "2026-03-12", {"grace-patent": "2026-09-12", "grace-trademark": "2026-09-14"}),
        (
            "term",
            "2022-09-06",
            {
                "term-invention": "2042-09-06",
                "term-utility": "2032-09-06",
                "term-design": "2037-09-06",
                "term-trademark": "2032-09-05",
                "term-layout": "2032-09-06",
            },
        ),
        ("fee", "2026-03-15", {"fee-filing": "2026-05-15", "fee-examination": "2029-03-15"}),
    ],
)
def test_dates_that_follow(command: str, start: str, expected: dict[str, str]) -> None:
    found = {one.rule.id: one.moved_to.isoformat() for one in compute(command, day(start))}
    assert found == expected


def test_the_law_of_the_filing_date_gives_the_term_of_a_design() -> None:
    (old,) = compute("term", day("2021-05-31"), types=["design"])
    (new,) = compute("term", day("2021-06-01"), types=["design"])
    assert (old.date, old.citations[0].version) == (day("2031-05-31"), "2008-12-27")
    assert (new.date, new.citations[0].version) == (day("2036-06-01"), "2020-10-17")


def test_no_rule_is_cited_from_a_law_not_yet_in_force() -> None:
    assert [one.rule.id for one in compute("fee", day("2015-03-15"))] == []
    for start in ("1980-01-01", "1999-05-05", "2012-02-03", "2023-12-31", "2026-01-01"):
        for command in ("priority", "grace", "term", "response", "fee"):
            for one in compute(command, day(start)):
                assert {citation.status for citation in one.citations} == {"in force"}


@pytest.mark.parametrize(
    ("issued", "by", "arrived"),
    [("2024-02-01", "electronic", "2024-02-01"), ("2024-01-19", "electronic", "2024-02-03"),
     ("2008-06-06", "post", "2008-06-21"), ("2026-03-15", "hand", "2026-03-15")],
)  # fmt: skip
def test_when_a_notice_counts_as_received(issued: str, by: str, arrived: str) -> None:
    assert received(day(issued), by)[0] == day(arrived)  # type: ignore[arg-type]


def test_excess_claims_and_pages() -> None:
    assert [(one.count, one.amount) for one in excess("cn", 14, pages=310)] == [(4, 600), (270, 13500), (10, 1000)]
    assert [(one.count, one.amount) for one in excess("us", 25, independent=5)] == [(2, 1200), (5, 1000)]
    assert [(one.count, one.amount) for one in excess("ep", 55)] == [(35, 9625), (5, 3425)]
    assert (excess("cn", 10, pages=30), excess("us", 20, 3), excess("ep", 15)) == ((), (), ())


def test_annual_fees_run_from_the_filing_date() -> None:
    """The example of the guidelines, part V chapter 9 section 4.2.1.2."""
    first = next(annuities(day("1997-06-03"), day("2001-08-01"), 20))
    assert (first.year, first.due, first.late_until) == (6, day("2002-06-03"), day("2002-12-03"))
    assert len(list(annuities(day("2020-01-01"), day("2020-09-01"), 10))) == 9


@pytest.mark.parametrize(
    ("paid", "percent"),
    [("2024-05-10", 0), ("2024-05-11", 5), ("2024-06-11", 10), ("2024-10-10", 25), ("2024-10-11", None)],
)
def test_the_surcharge_grows_by_the_month(paid: str, percent: int | None) -> None:
    assert late_percent(day("2024-04-10"), day(paid)) == percent


@pytest.mark.skipif(not LAW.is_dir(), reason="the law texts are not beside the repository")
def test_every_rule_rests_on_a_place_that_exists(tmp_path: Path) -> None:
    official_store(tmp_path / "law.sqlite")
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        texts = {text.law_id: text for text in store.texts() if text.status("2026-06-01").state != "superseded"}
        for rule in rules():
            for law, place in rule.basis:
                at = Pinpoint(place) if isinstance(place, int) else Pinpoint(label=place)
                assert store.passages_at(texts[law], at), (rule.id, law, place)
