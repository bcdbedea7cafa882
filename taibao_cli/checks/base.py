"""Findings, and the checks that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from taibao_cli.patents.claims.defects import Office
from taibao_cli.patents.language import Lang

State = Literal["PASS", "REVIEW", "FIX", "not checked"]
"""Nothing wrong; a person should look; proved wrong; could not be told."""

Part = Literal["title", "abstract", "claim", "paragraph", "description", "ipc", "answer"]

STATES: Final[tuple[State, ...]] = ("FIX", "REVIEW", "not checked", "PASS")
"""The worst first."""

STATE_WORDS: Final[Mapping[Lang, Mapping[State, str]]] = {
    "zh": {"FIX": "FIX", "REVIEW": "REVIEW", "not checked": "未检查", "PASS": "PASS"},
    "en": {"FIX": "FIX", "REVIEW": "REVIEW", "not checked": "not checked", "PASS": "PASS"},
}
_PARTS: Final[Mapping[Lang, Mapping[Part, str]]] = {
    "zh": {
        "title": "发明名称",
        "abstract": "摘要",
        "claim": "权利要求",
        "paragraph": "段落",
        "description": "说明书",
        "ipc": "分类号",
        "answer": "译文",
    },
    "en": {
        "title": "title",
        "abstract": "abstract",
        "claim": "claim",
        "paragraph": "paragraph",
        "description": "description",
        "ipc": "symbol",
        "answer": "answer",
    },
}

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Place:
    """Where: a part of the document, its number (claim 3, paragraph "0012") and offsets in its text."""

    part: Part
    number: int | str | None = None
    span: tuple[int, int] | None = None

    def label(self, lang: Lang) -> str:
        """As a reader says it: "claim 3", 权利要求 3."""
        name = _PARTS[lang][self.part]
        return name if self.number is None else f"{name} {self.number}"

    def at(self, start: int, end: int) -> Place:
        """The same part, at these offsets."""
        return Place(self.part, self.number, (start, end))


@dataclass(frozen=True, slots=True)
class Words:
    """A message and the repair it suggests, in both languages; the fields in braces are filled in."""

    zh: str
    en: str
    repair_zh: str = ""
    repair_en: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check says about one place. `office` is whose rule it is, None for what holds everywhere."""

    check: str
    state: State
    zh: str
    en: str
    place: Place | None = None
    office: Office | None = None
    repair_zh: str = ""
    repair_en: str = ""

    def message(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def repair(self, lang: Lang) -> str:
        return self.repair_zh if lang == "zh" else self.repair_en

    def as_json(self) -> dict[str, Any]:
        place = self.place
        return {
            "check": self.check,
            "state": self.state,
            "place": None
            if place is None
            else {"part": place.part, "number": place.number, "span": list(place.span) if place.span else None},
            "office": self.office,
            "zh": self.zh,
            "en": self.en,
            "repair": {"zh": self.repair_zh, "en": self.repair_en} if self.repair_en else None,
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a check could not be made."""

    zh: str
    en: str


Outcome = Iterable[Finding] | Skipped


@dataclass(frozen=True, slots=True)
class Check(Generic[Subject]):
    """One check: what it proves, how bad its findings can be, what the rule rests on.

    Attributes:
        offices: whose rule it is; empty for what holds everywhere.
        run: its findings, none for PASS, or why it was not made.
    """

    id: str
    zh: str
    en: str
    worst: Literal["FIX", "REVIEW"]
    run: Callable[[Subject], Outcome]
    source: str = "–"
    offices: tuple[Office, ...] = ()


def finding(
    check: str, state: State, words: Words, place: Place | None = None, office: Office | None = None, **values: object
) -> Finding:
    """A finding with its message filled in."""
    zh, en = words.zh.format(**values), words.en.format(**values)
    repairs = words.repair_zh.format(**values), words.repair_en.format(**values)
    return Finding(check, state, zh, en, place, office, *repairs)


def run_checks(checks: Sequence[Check[Subject]], subject: Subject) -> tuple[Finding, ...]:
    """The findings of every check in order; one PASS or one "not checked" for a check that found nothing."""
    found: list[Finding] = []
    for check in checks:
        outcome = check.run(subject)
        if isinstance(outcome, Skipped):
            found.append(Finding(check.id, "not checked", outcome.zh, outcome.en))
            continue
        own = list(outcome)
        found += own or [Finding(check.id, "PASS", check.zh, check.en)]
    return tuple(found)


def worst(findings: Iterable[Finding]) -> State:
    """The worst state; "not checked" is no finding and counts as PASS."""
    states = {each.state for each in findings}
    return next((state for state in STATES if state in states and state != "not checked"), "PASS")
