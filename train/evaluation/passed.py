"""What the checks of `taibao check` say of the answers, beside what they say of the gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from taibao_cli.checks.base import Finding, State, worst
from taibao_cli.checks.rows import Options, check_row
from train.evaluation import metrics
from train.evaluation.answers import Answer
from train.evaluation.rows import EvalRow

TASKS: Final = ("translate", "title", "abstract", "claims")
ALL: Final = "all"
"""The row as a whole: its worst finding."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One check: how many answers it could judge, what it said, the share without a finding with Wilson's 95 %
    interval, and the same share of the gold answers (None where it could judge none)."""

    check: str
    rows: int
    review: int
    fix: int
    rate: float
    interval: tuple[float, float]
    gold_rate: float | None


def passed(task: str, rows: Sequence[EvalRow], answers: Sequence[Answer | None]) -> list[Passed]:
    """The checks of a task whose answers have any, `ALL` first; answers that are missing or empty fail as a whole."""
    if task not in TASKS:
        return []
    own, gold = _counts(task, rows, answers), _counts(task, rows, [row.golds[0] for row in rows])
    return [_passed(check, counts, gold.get(check)) for check, counts in own.items()]


def _passed(check: str, counts: Counter[State], gold: Counter[State] | None) -> Passed:
    rows = counts.total()
    return Passed(
        check=check,
        rows=rows,
        review=counts["REVIEW"],
        fix=counts["FIX"],
        rate=round(counts["PASS"] / rows, 4),
        interval=metrics.rounded(metrics.wilson(counts["PASS"], rows)),
        gold_rate=round(gold["PASS"] / gold.total(), 4) if gold else None,
    )


def _counts(task: str, rows: Sequence[EvalRow], answers: Sequence[Answer | None]) -> dict[str, Counter[State]]:
    found: dict[str, Counter[State]] = {ALL: Counter()}
    for row, answer in zip(rows, answers, strict=True):
        findings = check_row(_output_row(task, row, answer), Options()) if isinstance(answer, str) and answer else ()
        found[ALL][worst(findings) if findings else "FIX"] += 1
        for check, own in _by_check(findings):
            found.setdefault(check, Counter())[own] += 1
    return found


def _output_row(task: str, row: EvalRow, answer: str) -> Mapping[str, Any]:
    return {"task": task, "output": answer, "error": None, "source": row.source, "to": row.answer_lang}


def _by_check(findings: Sequence[Finding]) -> Iterator[tuple[str, State]]:
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.state != "not checked":
            by_check.setdefault(finding.check, []).append(finding)
    for check, own in by_check.items():
        yield check, worst(own)
