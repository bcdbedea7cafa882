"""Whether what a claim takes as known has been introduced before."""

from __future__ import annotations

from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.patents.claims.antecedents import Unintroduced, unintroduced

_SURE: Final = {"high": ("高", "high"), "low": ("低", "low")}
_UNINTRODUCED: Final = Words(
    "“{phrase}”在此前的权利要求中没有引用基础（把握：{zh_sure}）",
    '"{phrase}" has no antecedent in this claim or those it depends on (confidence: {sure})',
    "先以“一{phrase}”引入，或改引用关系",
    'introduce it first ("a {phrase}"), or correct the dependence',
)


def _antecedents(document: Document) -> Outcome:
    if not document.claims.claims:
        return Skipped("没有权利要求", "no claims")
    return [_finding(found) for found in unintroduced(document.claims)]


def _finding(found: Unintroduced) -> Finding:
    zh, en = _SURE[found.confidence]
    place = Place("claim", found.claim, found.span)
    return finding("antecedent-basis", "REVIEW", _UNINTRODUCED, place, None, phrase=found.phrase, zh_sure=zh, sure=en)


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "antecedent-basis",
        "所述的特征在此前出现过（引用基础）",
        "what is called the, said or 所述 was introduced before",
        "REVIEW",
        _antecedents,
        "CN Guidelines part II ch. 2 §3.2.2; 35 USC 112(b), MPEP 2173.05(e)",
    ),
)
