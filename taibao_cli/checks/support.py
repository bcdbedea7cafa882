"""Whether the description speaks of what the claims name."""

from __future__ import annotations

from typing import Final

from taibao_cli.checks.base import Check, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.patents.claims.support import unsupported

_ID: Final = "claim-support"
_UNSUPPORTED: Final = Words(
    "说明书中没有“{name}”",
    'the description does not have "{name}"',
    "在说明书中写明，或统一用语",
    "describe it, or use the name that the description has",
)


def _support(document: Document) -> Outcome:
    if not document.claims.claims:
        return Skipped("没有权利要求", "no claims")
    if not document.description:
        return Skipped("没有说明书", "no description")
    return [
        finding(_ID, "REVIEW", _UNSUPPORTED, Place("claim", found.claim, found.span), None, name=found.name)
        for found in unsupported(document.claims, document.description)
    ]


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        _ID,
        "权利要求中的名称见于说明书",
        "the description has the names that the claims use",
        "REVIEW",
        _support,
        "CN Patent Law art. 26(4); CN Implementing Rules art. 22; 35 USC 112(a); EPC art. 84",
    ),
)
