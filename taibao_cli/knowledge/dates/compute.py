"""Dates that follow from a date by the shipped rules, each with the articles in force at the time."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date as Date
from importlib import resources
from typing import Any, Final, Literal

from taibao_cli.knowledge.basis import cite
from taibao_cli.knowledge.citation import Citation
from taibao_cli.knowledge.dates.calendar import after_days, after_months, first_working_day
from taibao_cli.patents.language import Lang

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

By = Literal["electronic", "post", "hand"]

_DEEMED_DAYS: Final = 15
_ELECTRONIC_AT_ONCE: Final = Date(2024, 1, 20)
"""From this day a notice counts as received when it enters the party's electronic system (实施细则 of 2023, art. 4)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A period of the law. Exactly one of `months` and `days` is set; dates are ISO, "" for open."""

    command: str
    id: str
    zh: str
    en: str
    basis: tuple[tuple[str, int | str], ...]
    types: tuple[str, ...] = ()
    months: int = 0
    days: int = 0
    after: str = ""
    roll: bool = True
    day_before: bool = False
    by: Literal["start", "due"] = "due"
    since: str = ""
    until: str = ""

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def end(self, start: Date) -> Date:
        end = after_months(start, self.months) if self.months else after_days(start, self.days)
        return after_days(end, -1) if self.day_before else end

    def holds(self, day: str) -> bool:
        return self.since <= day and not (self.until and day >= self.until)


@dataclass(frozen=True, slots=True)
class Due:
    """A computed date: `date` by the calendar, `moved_to` where a day off moves it (the same day otherwise), counted
    from `start`. The citations are those of the versions in force on the day that decides which law applies."""

    rule: Rule
    start: Date
    date: Date
    moved_to: Date
    citations: tuple[Citation, ...]


@functools.cache
def rules() -> tuple[Rule, ...]:
    """All rules of the shipped table.

    Raises:
        ValueError: the table breaks its rules.
    """
    text = resources.files("taibao_cli.knowledge.dates").joinpath("rules.toml").read_text(encoding="utf-8")
    return tuple(_rule(raw) for raw in tomllib.loads(text)["rule"])


def compute(command: str, start: Date, *, types: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[Due]:
    """The dates that follow from `start` by the rules of a command, for some types of right or some rules only.

    A rule whose law was not yet in force, as far as the table of facts goes, gives none: earlier laws had other rules
    or other numbers.
    """
    ends: dict[str, Date] = {}
    for rule in rules():
        if rule.command != command:
            continue
        begin = ends.get(rule.after, start)
        end = rule.end(begin)
        moved = first_working_day(end) if rule.roll else end
        ends[rule.id] = moved
        decides = (start if rule.by == "start" else end).isoformat()
        wanted = (not ids or rule.id in ids) and (not types or not rule.types or set(types) & set(rule.types))
        if not wanted or not rule.holds(decides):
            continue
        citations = tuple(cite(law, place, decides) for law, place in rule.basis)
        if all(one.status == "in force" for one in citations):
            yield Due(rule, begin, end, moved, citations)


def received(issued: Date, by: By) -> tuple[Date, tuple[Citation, ...]]:
    """The day on which a notice of the patent office counts as received, and the article that says so."""
    at_once = by == "hand" or (by == "electronic" and issued >= _ELECTRONIC_AT_ONCE)
    day = issued if at_once else after_days(issued, _DEEMED_DAYS)
    return day, (cite("implementing-rules", 4, issued.isoformat()),)


def _rule(raw: dict[str, Any]) -> Rule:
    try:
        rule = Rule(**{**raw, "basis": tuple((law, place) for law, place in raw["basis"]),
                       "types": tuple(raw.get("types", ()))})  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"rules.toml: {raw.get('id', '?')}: {error}") from error
    if bool(rule.months) == bool(rule.days):
        raise ValueError(f"rules.toml: {rule.id}: months or days")
    return rule
