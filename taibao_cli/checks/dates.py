"""Whether the dates of a document agree: priority, filing, publication."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.knowledge.dates.calendar import after_months, first_working_day
from taibao_cli.patents.document.dates import iso_date
from taibao_cli.patents.office_numbers import PatentType
from taibao_cli.patents.type_signals import type_signal

_ID: Final = "dates"
_NAMES: Final = {
    "priority": ("优先权日", "priority date"),
    "filing": ("申请日", "filing date"),
    "publication": ("公布日", "publication date"),
}
_NO_DATE: Final = Words("{zh} {text} 不是日期", "{en} {text} is no date", "核对日期", "check the date")
_PUBLISHED: Final = Words(
    "公布日 {later} 早于申请日 {earlier}",
    "the publication date {later} is before the filing date {earlier}",
    "核对日期",
    "check the dates",
)
_PRIORITY: Final = Words(
    "优先权日 {later} 晚于申请日 {earlier}",
    "the priority date {later} is after the filing date {earlier}",
    "核对日期",
    "check the dates",
)
_LATE: Final = Words(
    "申请日 {filed} 超过优先权日 {claimed} 起 {months} 个月（至 {until}）",
    "filed on {filed}, more than {months} months after the priority date {claimed} (until {until})",
    "核对优先权期限，或是否请求恢复优先权",
    "check the period, or whether the priority was restored",
)
_MONTHS: Final = {"invention": 12, "utility model": 12, "design": 6}


def _dates(document: Document) -> Outcome:
    known = {name: text for name, text in document.dates.items() if text and name in _NAMES}
    if not known:
        return Skipped("没有日期", "no dates")
    read = {name: iso_date(text) for name, text in known.items()}
    wrong = [
        finding(_ID, "REVIEW", _NO_DATE, zh=_NAMES[name][0], en=_NAMES[name][1], text=known[name])
        for name, day in read.items()
        if not day
    ]
    days = {name: date.fromisoformat(day) for name, day in read.items() if day}
    return [*wrong, *_order(days), *_period(days, _type(document))]


def _order(days: dict[str, date]) -> Iterator[Finding]:
    filed, published, claimed = (days.get(name) for name in ("filing", "publication", "priority"))
    if filed and published and published < filed:
        yield finding(_ID, "FIX", _PUBLISHED, later=published, earlier=filed)
    if filed and claimed and claimed > filed:
        yield finding(_ID, "FIX", _PRIORITY, later=claimed, earlier=filed)


def _period(days: dict[str, date], kind: PatentType) -> Iterator[Finding]:
    """A period that ends on a day off ends on the next working day; days off of other countries are not known."""
    filed, claimed = days.get("filing"), days.get("priority")
    if not filed or not claimed or claimed > filed:
        return
    until = first_working_day(after_months(claimed, _MONTHS[kind]))
    if filed > until:
        yield finding(_ID, "REVIEW", _LATE, filed=filed, claimed=claimed, months=_MONTHS[kind], until=until)


def _type(document: Document) -> PatentType:
    """An invention, where nothing says otherwise: it has the longer period."""
    signal = type_signal("\n".join(text for _, text in document.texts()), document.numbers)
    return signal.type if signal else "invention"


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        _ID,
        "优先权日、申请日、公布日先后正确，优先权期限未超过",
        "priority, filing and publication follow one another, the priority period is kept",
        "FIX",
        _dates,
        "CN Patent Law art. 29; Paris Convention art. 4",
    ),
)
