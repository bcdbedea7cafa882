"""All checks, and the table of them that the documentation shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from taibao_cli.checks import basis, dates, document, hidden, marks, numbers, parts, repeats, support, wording
from taibao_cli.checks.base import Check, Finding, run_checks
from taibao_cli.checks.document import Document
from taibao_cli.checks.generated.facts import CHECKS as FACTS
from taibao_cli.checks.generated.facts import Generated
from taibao_cli.checks.translation.names import CHECKS as NAMES
from taibao_cli.checks.translation.structure import CHECKS as STRUCTURE
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.checks.translation.terms import CHECKS as TERMS
from taibao_cli.checks.translation.values import CHECKS as VALUES
from taibao_cli.checks.translation.wording import CHECKS as WORDING

DOCUMENT_CHECKS: Final[tuple[Check[Document], ...]] = (
    *document.CHECKS,
    *basis.CHECKS,
    *repeats.CHECKS,
    *marks.CHECKS,
    *wording.CHECKS,
    *numbers.CHECKS,
    *parts.CHECKS,
    *support.CHECKS,
    *dates.CHECKS,
    *hidden.CHECKS,
)
TRANSLATION_CHECKS: Final[tuple[Check[Translation], ...]] = (*STRUCTURE, *VALUES, *NAMES, *WORDING, *TERMS)
GENERATED_CHECKS: Final[tuple[Check[Generated], ...]] = FACTS


def check_document(subject: Document) -> tuple[Finding, ...]:
    """Every check of a document by itself."""
    return run_checks(DOCUMENT_CHECKS, subject)


def check_translation(pair: Translation) -> tuple[Finding, ...]:
    """Every check of a translation against its source."""
    return run_checks(TRANSLATION_CHECKS, pair)


def check_generated(pair: Generated) -> tuple[Finding, ...]:
    """Every check of a generated text against what it was made from."""
    return run_checks(GENERATED_CHECKS, pair)


def table() -> str:
    """All checks as three Markdown tables."""
    return "\n\n".join(
        "\n".join([title, "", "| check | what it proves | worst | offices | source |", "|---|---|---|---|---|", *rows])
        for title, rows in (
            ("### Of a document", _rows(DOCUMENT_CHECKS)),
            ("### Of a translation", _rows(TRANSLATION_CHECKS)),
            ("### Of a generated title, abstract, summary or claim set", _rows(GENERATED_CHECKS)),
        )
    )


def _rows(checks: tuple[Check[Any], ...]) -> Iterator[str]:
    for check in checks:
        offices = ", ".join(check.offices) or "all"
        yield f"| `{check.id}` | {check.en}; {check.zh} | {check.worst} | {offices} | {check.source} |"
