"""Fees that depend on the number of claims and pages, and surcharges on annual fees: amounts with the day of the rule.

Amounts are those known, not read in the offices' schedules: check before paying.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from taibao_cli.knowledge.dates.calendar import after_months, first_working_day

Office = Literal["cn", "us", "ep"]

CURRENCY: Final[dict[Office, str]] = {"cn": "CNY", "us": "USD", "ep": "EUR"}
LATE_MONTHS: Final = 6
_LATE_STEP: Final = 5


@dataclass(frozen=True, slots=True)
class Band:
    """So many of a thing above `beyond`, each at `each`, up to `to` (0: without end)."""

    what: Literal["claims", "independent claims", "pages"]
    beyond: int
    to: int
    each: int
    rule: str
    since: str

    def count(self, total: int) -> int:
        return max(0, (min(total, self.to) if self.to else total) - self.beyond)


BANDS: Final[dict[Office, tuple[Band, ...]]] = {
    "cn": (
        Band("claims", 10, 0, 150, "专利法实施细则 110, 112; 专利审查指南 第五部分第二章1", "2024-01-20"),
        Band("pages", 30, 300, 50, "专利法实施细则 110, 112; 专利审查指南 第五部分第二章1", "2024-01-20"),
        Band("pages", 300, 0, 100, "专利法实施细则 110, 112; 专利审查指南 第五部分第二章1", "2024-01-20"),
    ),
    "us": (
        Band("independent claims", 3, 0, 600, "37 CFR 1.16(h), undiscounted", "2025-01-19"),
        Band("claims", 20, 0, 200, "37 CFR 1.16(i), undiscounted", "2025-01-19"),
    ),
    "ep": (
        Band("claims", 15, 50, 275, "EPC Rule 45(1), RFees Art. 2(1) item 15", "2024-04-01"),
        Band("claims", 50, 0, 685, "EPC Rule 45(1), RFees Art. 2(1) item 15", "2024-04-01"),
    ),
}


@dataclass(frozen=True, slots=True)
class Excess:
    """What is owed for a band: `count` times its amount."""

    band: Band
    count: int

    @property
    def amount(self) -> int:
        return self.count * self.band.each


def excess(office: Office, claims: int, independent: int = 0, pages: int = 0) -> tuple[Excess, ...]:
    """The fees beyond the basic filing fee, one for each band that is reached."""
    totals = {"claims": claims, "independent claims": independent, "pages": pages}
    found = (Excess(band, band.count(totals[band.what])) for band in BANDS[office])
    return tuple(one for one in found if one.count)


@dataclass(frozen=True, slots=True)
class Annuity:
    """The annual fee of one year of the patent: due by `due` (`moved_to` after a day off), late until `late_until`."""

    year: int
    due: date
    moved_to: date
    late_until: date


def annuities(filed: date, granted: date, years: int) -> Iterator[Annuity]:
    """The annual fees after that of the year of grant, which is paid at registration, up to the term of so many years.

    Years run from the filing date; the fee of a year is due on the day on which the year before it ends (专利审查指南
    part V ch. 9 section 4.2.1).
    """
    for year in range(2, years + 1):
        due = after_months(filed, 12 * (year - 1))
        if due > granted:
            moved = first_working_day(due)
            yield Annuity(year, due, moved, first_working_day(after_months(due, LATE_MONTHS)))


def late_percent(due: date, paid: date) -> int | None:
    """The surcharge on an annual fee paid late, in percent of the full fee: nothing up to one month after it was due,
    then 5 for each month begun, up to 25; None once six months have passed (section 4.2.1.3)."""
    for month in range(LATE_MONTHS):
        if paid <= first_working_day(after_months(due, month + 1)):
            return _LATE_STEP * month
    return None
