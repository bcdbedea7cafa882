"""How the law counts time: 专利法实施细则 art. 5, 商标法实施条例 art. 12, 专利审查指南 part V ch. 7 section 2.3."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Final

_FIXED: Final = frozenset({(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)})
"""Public holidays of fixed date, as month and day. The second day of May is one from 2025 on."""

_SECOND_OF_MAY_FROM: Final = 2025
_SATURDAY: Final = 5


def after_months(day: date, months: int) -> date:
    """The corresponding day so many months later, or the last day of that month where it has none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def after_days(day: date, days: int) -> date:
    """So many days later; the first day is not counted."""
    return day + timedelta(days=days)


def is_day_off(day: date) -> bool:
    """A weekend or a public holiday of fixed date. Spring Festival, Qingming, Dragon Boat, Mid-Autumn, and weekends
    that are worked instead, are settled every year by notice and not known here."""
    second_of_may = day.year >= _SECOND_OF_MAY_FROM and (day.month, day.day) == (5, 2)
    return day.weekday() >= _SATURDAY or (day.month, day.day) in _FIXED or second_of_may


def first_working_day(day: date) -> date:
    """The day itself, or the first day after it that is no day off."""
    while is_day_off(day):
        day += timedelta(days=1)
    return day
