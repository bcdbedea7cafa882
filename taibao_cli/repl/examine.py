"""What code can prove about an answer, for the lines under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from taibao_cli.checks.base import Finding
from taibao_cli.messages import say
from taibao_cli.patents.language import Lang
from taibao_cli.patents.termbase.entries import Glossary

Tone = Literal["good", "unsure", "bad", "dim"]

SHOWN: Final = 4
"""Findings under an answer; `/check` shows all."""

_TASKS: Final = ("translate", "title", "abstract", "claims", "summarize")
_TONES: Final[Mapping[str, Tone]] = {"FIX": "bad", "REVIEW": "unsure"}


def findings_of(task: str, row: Mapping[str, Any], output: object, terms: Glossary) -> tuple[Finding, ...]:
    """Of the answer to a row of that task, which must obey the terms; none for tasks that have no checks."""
    if task not in _TASKS or not isinstance(output, str):
        return ()
    from taibao_cli.checks.rows import Options, check_row

    source = "\n".join(str(row[part]) for part in ("text", "abstract", "claims", "description") if row.get(part))
    return check_row({"task": task, "output": output, "source": source, "error": None}, Options(glossary=terms))


def examine(found: tuple[Finding, ...], lang: Lang) -> Iterator[tuple[Tone, str]]:
    """A line for each of the worst findings with its place, one for how many there are besides; or one for what was
    proved."""
    if not found:
        return
    from taibao_cli.checks.report import lines, ranked

    wrong = [each for each in ranked(found) if each.state in _TONES]
    for each, line in zip(wrong[:SHOWN], lines(wrong, lang), strict=False):
        yield _TONES[each.state], line
    if len(wrong) > SHOWN:
        yield "dim", say("more-findings", lang, count=len(wrong) - SHOWN)
    passed = sum(each.state == "PASS" for each in found)
    if not wrong and passed:
        yield "good", say("all-passed", lang, count=passed)
