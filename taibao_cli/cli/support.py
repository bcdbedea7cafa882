"""`taibao claims --support`: what each feature of the claims rests on, as a field of the row and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from taibao_cli.cli.root import settings
from taibao_cli.messages import say
from taibao_cli.patents.claims.rests import rests


def supported(row: dict[str, Any]) -> dict[str, Any]:
    """The row with `support`, a list with one object for each feature; as it is where there is no answer."""
    if row["error"] is not None or not isinstance(row["output"], str):
        return row
    return {**row, "support": [asdict(rest) for rest in rests(row["output"], row["source"] or "")]}


def with_support(row: Mapping[str, Any]) -> str:
    """The claims, and after a blank line a line for each feature."""
    return "\n".join([str(row["output"]), "", *map(_line, row["support"])])


def _line(rest: Mapping[str, Any]) -> str:
    key = "rests-on" if rest["holds"] else "rests-nearest" if rest["paragraph"] else "rests-nowhere"
    return say(key, settings().lang, **rest)
