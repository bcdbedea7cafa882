"""JSON lines: one row for each piece, then one for the claims as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from taibao_cli.checks.base import Finding, worst
from taibao_cli.translation.run import Result


def rows_of(result: Result, model: str) -> Iterator[dict[str, Any]]:
    """`id`, `part`, `number`, `source`, `output`, `origin`, `state` and `checks` (what is above PASS) of each piece."""
    name = result.patent.id
    for each in result.pieces:
        piece = each.piece
        yield {
            "patent": name,
            "id": piece.id,
            "task": "translate",
            "to": result.to,
            "part": piece.part,
            "number": piece.number or None,
            "source": piece.text,
            "output": each.answer,
            "origin": each.origin,
            "model": None if each.origin in ("memory", "rule") else model,
            "state": each.state,
            "checks": _findings(each.findings),
        }
    yield {
        "patent": name,
        "id": "claims",
        "task": "translate",
        "to": result.to,
        "part": "document",
        "terms": dict(result.terms),
        "state": worst(result.findings) if result.findings else "not checked",
        "checks": _findings(result.findings),
    }


def _findings(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [each.as_json() for each in findings if each.state in ("FIX", "REVIEW")]
