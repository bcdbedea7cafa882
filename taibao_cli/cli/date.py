"""`taibao date`: periods of the law counted out, each with its rule and articles. No model takes part."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date as Date
from typing import Any, Final

import click

from taibao_cli.batch.writer import StreamWriter
from taibao_cli.cli.days import as_date
from taibao_cli.cli.root import settings
from taibao_cli.console import answer
from taibao_cli.errors import UsageError
from taibao_cli.knowledge.basis import cite
from taibao_cli.knowledge.citation import DISCLAIMER, Citation
from taibao_cli.knowledge.dates.compute import By, Due, compute, received, rules
from taibao_cli.knowledge.dates.fees import CURRENCY, Annuity, Excess, Office, annuities, excess, late_percent
from taibao_cli.messages import say

_TYPES: Final = ("invention", "utility", "design", "trademark", "layout")
_YEARS: Final = {"invention": 20, "utility": 10, "design": 15}
_RESPONSES: Final = (
    "first-action", "action", "correction", "rejection", "reexamination-notice", "reexamination-decision",
    "invalidation-decision", "grant", "loss-of-rights", "trademark-refusal",
)  # fmt: skip

_day = click.argument("day", metavar="DATE", callback=as_date)
_type = click.option("--type", "type_", type=click.Choice(_TYPES), help="One type of right; default: all.")
_json = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line.")


@click.group()
def date() -> None:
    """Time limits from a date (YYYY-MM-DD): the rule, its articles, the version of the law.

    期限计算，注明规则和条文。
    """


@date.command()
@_day
@_type
@_json
def priority(day: Date, type_: str | None, as_json: bool) -> int:
    """From the DATE of the first filing: last days to file with its priority.

    优先权期限。
    """
    return _show(_of_type("priority", day, type_), as_json=as_json)


@date.command()
@_day
@_type
@_json
def grace(day: Date, type_: str | None, as_json: bool) -> int:
    """From the DATE of a disclosure: last day to file without loss of novelty.

    不丧失新颖性的宽限期。
    """
    return _show(_of_type("grace", day, type_), as_json=as_json)


@date.command()
@_day
@_type
@_json
def term(day: Date, type_: str | None, as_json: bool) -> int:
    """From the filing DATE (of a mark, the date of registration): the end of the right.

    保护期限。
    """
    return _show(_of_type("term", day, type_), as_json=as_json)


@date.command()
@_day
@click.option("--notice", type=click.Choice(_RESPONSES), help="What was received; default: all kinds.")
@click.option(
    "--by",
    type=click.Choice(["electronic", "post", "hand"]),
    default="electronic",
    show_default=True,
    help="How it was sent.",
)
@_json
def response(day: Date, notice: str | None, by: By, as_json: bool) -> int:
    """From the DATE on which a notice was issued: last day to answer.

    答复期限，自发文日起算送达日。
    """
    arrived, basis = received(day, by)
    rows = list(compute("response", arrived, ids=[notice] if notice else ()))
    _need(rows)
    head = {"date": arrived.isoformat(), "id": "received", "citations": [asdict(one) for one in basis]}
    if not as_json:
        answer(f"{arrived}  {say('date-received', settings().lang)}\n    {_named(basis)}")
    return _show(rows, as_json=as_json, before=[head])


@date.command()
@_day
@_type
@click.option("--priority", "first", metavar="DATE", callback=as_date, help="The earliest priority date, if any.")
@click.option("--granted", metavar="DATE", callback=as_date, help="The date of grant: annual fees too.")
@click.option("--paid", metavar="DATE", callback=as_date, help="When an annual fee was paid: its surcharge.")
@click.option("--claims", type=click.IntRange(0), default=0, help="How many claims: fees for those in excess.")
@click.option("--independent", type=click.IntRange(0), default=0, help="How many of them are independent (us).")
@click.option("--pages", type=click.IntRange(0), default=0, help="Pages of the description with drawings (cn).")
@click.option("--office", type=click.Choice(["cn", "us", "ep"]), default="cn", show_default=True, help="For --claims.")
@_json
def fee(
    day: Date, type_: str | None, first: Date | None, granted: Date | None, paid: Date | None, claims: int,
    independent: int, pages: int, office: Office, as_json: bool,
) -> int:  # fmt: skip
    """From the filing DATE: when fees are due, and what excess claims and pages cost.

    缴费期限、权利要求附加费、年费。
    """
    if paid and not granted:
        raise UsageError("--paid needs --granted")
    rows = list(compute("fee", day, types=[type_] if type_ else ())) if office == "cn" else []
    if first:
        moved = compute("fee", first, types=[type_] if type_ else (), ids=["fee-examination"])
        later = {one.rule.id: one for one in moved}
        rows = [later.get(one.rule.id, one) for one in rows]
    owed = excess(office, claims, independent, pages)
    yearly = list(annuities(day, granted, _YEARS.get(type_ or "invention", 20))) if granted else []
    if not owed and not yearly:
        _need(rows)
    after = [*(_fee_json(one, office) for one in owed), *(_annuity_json(one, paid) for one in yearly)]
    lines = [*(_fee_line(one, office) for one in owed), *(_annuity_line(one, paid) for one in yearly)]
    if yearly:
        lines.append(f"    {_named(_annual())}")
    return _show(rows, as_json=as_json, after=after, lines=lines)


def _annual() -> tuple[Citation, ...]:
    today = Date.today().isoformat()
    return cite("patent-law", 43, today), cite("implementing-rules", 115, today)


def _of_type(command: str, day: Date, type_: str | None) -> Sequence[Due]:
    rows = list(compute(command, day, types=[type_] if type_ else ()))
    wanted = [one for one in rules() if one.command == command and (not type_ or not one.types or type_ in one.types)]
    if not wanted:
        raise UsageError(say("date-no-type", settings().lang, command=command, type=type_))
    _need(rows)
    return rows


def _need(rows: Sequence[Due]) -> None:
    if not rows:
        raise UsageError(say("date-too-early", settings().lang))


def _show(
    rows: Iterable[Due],
    *,
    as_json: bool,
    before: Iterable[Mapping[str, Any]] = (),
    after: Iterable[Mapping[str, Any]] = (),
    lines: Iterable[str] = (),
) -> int:
    lang = settings().lang
    if as_json:
        writer = StreamWriter(sys.stdout.buffer)
        for row in (*before, *(_due_json(one) for one in rows), *after):
            writer.write({**row, "disclaimer": DISCLAIMER[lang]})
        return 0
    for due in rows:
        answer(f"{due.date}{_moved(due.date, due.moved_to)}  {due.rule.text(lang)}\n    {_named(due.citations)}")
    for line in lines:
        answer(line)
    answer(say("date-holidays", lang))
    answer(DISCLAIMER[lang])
    return 0


def _moved(day: Date, to: Date) -> str:
    return "" if day == to else f" {say('date-moved', settings().lang, to=to)}"


def _named(citations: Iterable[Citation]) -> str:
    """《专利法》第二十九条（2020-10-17 版本，2021-06-01 施行）; …"""
    if settings().lang == "zh":
        return "；".join(f"《{one.law}》{one.article}（{one.version} 版本，{one.effective} 施行）" for one in citations)
    named = (
        (one, f"Article {one.article_number}" if one.article_number.isdecimal() else one.article) for one in citations
    )
    return "; ".join(f"{one.law_en}, {place} (version {one.version}, in force {one.effective})" for one, place in named)


def _due_json(one: Due) -> dict[str, Any]:
    return {
        "id": one.rule.id,
        "date": one.date.isoformat(),
        "moved_to": one.moved_to.isoformat(),
        "from": one.start.isoformat(),
        "months": one.rule.months or None,
        "days": one.rule.days or None,
        "rule": one.rule.zh,
        "rule_en": one.rule.en,
        "citations": [asdict(citation) for citation in one.citations],
    }


def _fee_line(one: Excess, office: Office) -> str:
    what = say(f"fee-{one.band.what.replace(' ', '-')}", settings().lang)
    sum_ = f"{one.count} × {one.band.each} = {one.amount} {CURRENCY[office]}"
    return f"{sum_}  {say('fee-beyond', settings().lang, what=what, beyond=one.band.beyond)}\n    {_rule_of(one)}"


def _rule_of(one: Excess) -> str:
    return say("fee-rule", settings().lang, rule=one.band.rule, since=one.band.since)


def _fee_json(one: Excess, office: Office) -> dict[str, Any]:
    return {
        "id": f"fee-excess-{one.band.what.replace(' ', '-')}",
        "count": one.count,
        "each": one.band.each,
        "amount": one.amount,
        "currency": CURRENCY[office],
        "rule": one.band.rule,
        "rule_since": one.band.since,
    }


def _annuity_line(one: Annuity, paid: Date | None) -> str:
    lang = settings().lang
    line = f"{one.due}{_moved(one.due, one.moved_to)}  {say('fee-year', lang, year=one.year, late=one.late_until)}"
    percent = _percent(one, paid)
    return line if percent is None else f"{line}{say('fee-late', lang, paid=paid, percent=percent)}"


def _percent(one: Annuity, paid: Date | None) -> int | None:
    return late_percent(one.due, paid) if paid and one.moved_to < paid <= one.late_until else None


def _annuity_json(one: Annuity, paid: Date | None) -> dict[str, Any]:
    return {
        "id": f"fee-year-{one.year}",
        "date": one.due.isoformat(),
        "moved_to": one.moved_to.isoformat(),
        "late_until": one.late_until.isoformat(),
        "late_percent": _percent(one, paid),
        "citations": [asdict(citation) for citation in _annual()],
    }
