from __future__ import annotations

from datetime import date

import pytest

from taibao_cli.patents.office_numbers import PatentType, check_digit, expiry, office_numbers


@pytest.mark.parametrize(("body", "digit"), [("201710601862", "3"), ("87100001", "6"), ("201220000014", "X")])
def test_check_digits(body: str, digit: str) -> None:
    assert check_digit(body) == digit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("申请号：201710601862.3", [("CN", "application", "invention", True)]),
        ("ZL201710601862.4", [("CN", "application", "invention", False)]),
        ("专利号ZL 201220123456", [("CN", "application", "utility model", None)]),
        ("申请号201830123456", [("CN", "application", "design", None)]),
        (
            "公布号CN107336789A、授权公告号CN 207123456 U",
            [("CN", "publication", "invention", None), ("CN", "grant", "utility model", None)],
        ),
        (
            "US 2019/0123456 A1; US 9,123,456 B2",
            [("US", "publication", "invention", None), ("US", "grant", "invention", None)],
        ),
        (
            "WO2019/123456A1 and EP1234567B1",
            [("WO", "publication", "invention", None), ("EP", "grant", "invention", None)],
        ),
        ("USD123456S1", [("US", "grant", "design", None)]),
        ("in 2017, 201710601862 items", []),
        ("CN123", []),
        ("", []),
    ],
)
def test_numbers_in_texts(text: str, expected: list[tuple[str, str, str, bool | None]]) -> None:
    assert [(each.country, each.stage, each.type, each.sound) for each in office_numbers(text)] == expected


@pytest.mark.parametrize(
    ("filed", "kind", "end"),
    [
        (date(2020, 2, 29), "invention", date(2040, 2, 29)),
        (date(2020, 2, 29), "utility model", date(2030, 2, 28)),
        (date(2021, 5, 31), "design", date(2031, 5, 31)),
        (date(2021, 6, 1), "design", date(2036, 6, 1)),
    ],
)
def test_terms(filed: date, kind: PatentType, end: date) -> None:
    assert expiry(filed, kind) == end
