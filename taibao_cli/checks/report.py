"""Findings as lines, as JSON and as SARIF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from taibao_cli.checks.base import STATES, Check, Finding, worst
from taibao_cli.checks.registry import DOCUMENT_CHECKS, GENERATED_CHECKS, TRANSLATION_CHECKS
from taibao_cli.patents.language import Lang

_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"FIX": "error", "REVIEW": "warning"}
_PASSED: Final = {"zh": "通过", "en": "PASS"}
_UNCHECKED: Final = {"zh": "未检查", "en": "not checked"}
_MARKS: Final = {"zh": ("：", "、", "（", "）", "；"), "en": (": ", ", ", " (", ")", "; ")}


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; those of one state in the order of the checks."""
    return sorted(findings, key=lambda found: STATES.index(found.state))


def lines(findings: Sequence[Finding], lang: Lang) -> Iterator[str]:
    """A line for each finding, then one for what was not checked and why, and one for what passed."""
    colon, comma, begin, end, semicolon = _MARKS[lang]
    for found in ranked(findings):
        if found.state in _LEVELS:
            place = f" {found.place.label(lang)}" if found.place else ""
            yield f"{found.state}{place}{colon}{found.message(lang)} [{found.check}]"
    reasons: dict[str, list[str]] = {}
    for found in findings:
        if found.state == "not checked":
            reasons.setdefault(found.message(lang), []).append(found.check)
    if reasons:
        shown = (f"{comma.join(checks)}{begin}{reason}{end}" for reason, checks in reasons.items())
        yield f"{_UNCHECKED[lang]}{colon}{semicolon.join(shown)}"
    passed = [found.check for found in findings if found.state == "PASS"]
    if passed:
        yield f"{_PASSED[lang]}{colon}{comma.join(passed)}"


def as_row(name: object, findings: Sequence[Finding]) -> dict[str, Any]:
    """What `--json` prints for one document, answer or row."""
    return {"id": name, "state": worst(findings), "findings": [found.as_json() for found in findings]}


def sarif(results: Iterable[tuple[object, Sequence[Finding]]], version: str) -> dict[str, Any]:
    """A SARIF 2.1.0 log: FIX is an error, REVIEW a warning; PASS and "not checked" are left out."""
    checks: tuple[Check[Any], ...] = (*DOCUMENT_CHECKS, *TRANSLATION_CHECKS, *GENERATED_CHECKS)
    rules = [
        {"id": check.id, "shortDescription": {"text": check.en}, "properties": {"zh": check.zh, "source": check.source}}
        for check in checks
    ]
    found = [_result(name, each) for name, findings in results for each in findings if each.state in _LEVELS]
    driver = {"name": "taibao", "version": version, "rules": rules}
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": found}]}


def _result(name: object, found: Finding) -> dict[str, Any]:
    logical = [{"fullyQualifiedName": found.place.label("en")}] if found.place else []
    location = {"physicalLocation": {"artifactLocation": {"uri": str(name)}}, "logicalLocations": logical}
    return {
        "ruleId": found.check,
        "level": _LEVELS[found.state],
        "message": {"text": found.en},
        "locations": [location],
        "properties": {"zh": found.zh, "repair": {"zh": found.repair_zh, "en": found.repair_en}},
    }
