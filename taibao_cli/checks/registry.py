"""All checks, and the table of them that the documentation shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from taibao_cli.checks.base import Check, Finding, run_checks
from taibao_cli.checks.document import CHECKS as DOCUMENT_CHECKS
from taibao_cli.checks.document import Document
from taibao_cli.checks.translation.structure import CHECKS as STRUCTURE
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.checks.translation.values import CHECKS as VALUES
from taibao_cli.checks.translation.wording import CHECKS as WORDING

TRANSLATION_CHECKS: Final[tuple[Check[Translation], ...]] = (*STRUCTURE, *VALUES, *WORDING)


def check_document(document: Document) -> tuple[Finding, ...]:
    """Every check of a document by itself."""
    return run_checks(DOCUMENT_CHECKS, document)


def check_translation(pair: Translation) -> tuple[Finding, ...]:
    """Every check of a translation against its source."""
    return run_checks(TRANSLATION_CHECKS, pair)


def table() -> str:
    """All checks as two Markdown tables."""
    return "\n\n".join(
        "\n".join([title, "", "| check | what it proves | worst | offices | source |", "|---|---|---|---|---|", *rows])
        for title, rows in (
            ("### Of a document", _rows(DOCUMENT_CHECKS)),
            ("### Of a translation", _rows(TRANSLATION_CHECKS)),
        )
    )


def _rows(checks: tuple[Check[Any], ...]) -> Iterator[str]:
    for check in checks:
        offices = ", ".join(check.offices) or "all"
        yield f"| `{check.id}` | {check.en}; {check.zh} | {check.worst} | {offices} | {check.source} |"
