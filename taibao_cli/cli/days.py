"""Dates on the command line."""

from __future__ import annotations

from datetime import date, datetime

import click


def as_date(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """A date from YYYY-MM-DD; None where none is given."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").date() if value else None
    except ValueError:
        raise click.BadParameter(f"{value} is no date like 2015-06-01") from None


def _as_day(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    return (as_date(context, parameter, value) or date.today()).isoformat()


on_option = click.option(
    "--on",
    "day",
    metavar="DATE",
    callback=_as_day,
    help="The law of that day (YYYY-MM-DD); default: today.",
)
"""`day`: an ISO date."""
