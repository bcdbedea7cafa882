"""Answer questions and judge statements from the primer alone. No model writes here: article numbers come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.knowledge.basis import basis_line, citation, holds
from taibao_cli.knowledge.citation import Citation, Referred, State
from taibao_cli.knowledge.claims_of_law import compare
from taibao_cli.knowledge.primer import Entry, Lang, Statement, entries
from taibao_cli.knowledge.search import nearest, search

Verdict = Literal["right", "wrong", "cannot decide"]
DecidedBy = Literal["primer", "text of the law", "application number", "kind code", ""]
"""A known statement, a sentence of the store, or what a number says of itself; "" where nothing decides."""

NEAREST: Final = 3

_SUMMARY: Final[dict[Lang, str]] = {
    "zh": "概述（由条文推断，非条文原文）：",
    "en": "Summary (inferred, not the words of the law): ",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer composed from one primer entry or from passages of the statute store, or why there is none.

    `inferred` tells that the words are the primer's and follow from the articles; otherwise they are quotations.
    `notes` are warnings about versions; `nearest` topics and places that may help when nothing matches; `entry` is the
    primer entry that answers, or that would under the law of another day.
    """

    state: State
    text: str
    citations: tuple[Citation, ...] = ()
    nearest: tuple[str, ...] = ()
    referred: tuple[Referred, ...] = ()
    notes: tuple[str, ...] = ()
    inferred: bool = False
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its basis. Without a basis the verdict is "cannot decide" and there are no citations. `inferred`
    as in `Answer`; it is false where a passage of the store itself decides."""

    verdict: Verdict
    entry: Entry | None
    reason: str
    citations: tuple[Citation, ...]
    state: State
    inferred: bool = False
    decided_by: DecidedBy = ""


def answer(question: str, lang: Lang, day: str) -> Answer:
    """Answer `question` in `lang` with the best entry of the primer whose articles hold on the ISO date `day`, or say
    that nothing covers it."""
    hits = search(question, lang, k=NEAREST + 1)
    current = [hit for hit in hits if applies(hit.entry, day)]
    if not current or current[0] is not hits[0]:
        topics = tuple(hit.entry.topic(lang) for hit in nearest(question, lang, NEAREST))
        notes = (_other_law(hits[0].entry, day, lang),) if hits else ()
        entry = hits[0].entry if hits else None
        return Answer("NO MATCH", no_match(topics, lang), nearest=topics, notes=notes, entry=entry)
    entry = hits[0].entry
    text = f"{_SUMMARY[lang]}{entry.marked(lang)}\n{basis_line(entry.basis, lang)}"
    others = tuple(hit.entry.topic(lang) for hit in current[1:])
    return Answer("GROUNDED", text, tuple(citation(item) for item in entry.basis), others, inferred=True, entry=entry)


def judge(statement: str, lang: Lang, day: str) -> Judgement:
    """Say whether `statement` is right under the law of an ISO date, from the statements of the primer.

    Right or wrong when it says the same as a known statement; wrong when it agrees with a known right statement in
    everything but a number or the polarity; in all other cases it cannot be decided here.
    """
    contradicted: tuple[Entry, Statement] | None = None
    for entry in entries():
        for known in entry.statements:
            relation = compare(known.text(lang), statement, lang)
            if relation == "other" or not applies(entry, day):
                continue
            if relation == "same":
                return _decided(entry, known, known.verdict, lang)
            if known.verdict == "right":
                contradicted = contradicted or (entry, known)
    if contradicted:
        return _decided(*contradicted, "wrong", lang)
    reason = {
        "zh": "没有能够判断这一说法的依据。",
        "en": "No source here decides this statement.",
    }[lang]
    return Judgement("cannot decide", None, reason, (), "NO MATCH")


def applies(entry: Entry, day: str) -> bool:
    """Whether every article that an entry rests on holds on an ISO date."""
    return all(holds(item, day) for item in entry.basis)


def no_match(topics: tuple[str, ...], lang: Lang) -> str:
    """That nothing covers a question, and what is nearest, one a line."""
    head = {"zh": "没有涵盖这个问题的依据。", "en": "No source here covers this question."}[lang]
    near = {"zh": "最接近的：", "en": " Nearest:"}[lang] if topics else ""
    return "\n".join([head + near, *(f"- {topic}" for topic in topics)])


def _other_law(entry: Entry, day: str, lang: Lang) -> str:
    item = next(item for item in entry.basis if not holds(item, day))
    if lang == "zh":
        return f"{day} 适用的不是《{item.law}》{item.version} 版本（{item.effective} 施行），内置资料不适用于该日。"
    return (
        f"On {day} it was not the {item.law_en} of {item.version} (in force {item.effective}) that applied; "
        "the built-in primer does not cover that day."
    )


def _decided(entry: Entry, known: Statement, verdict: Literal["right", "wrong"], lang: Lang) -> Judgement:
    why = known.why(lang)
    if verdict == "wrong" and known.verdict == "right":
        why = known.text(lang) + ("" if lang == "zh" else " ") + why
    reason = f"{why}\n{basis_line(entry.basis, lang)}"
    cited = tuple(citation(item) for item in entry.basis)
    return Judgement(verdict, entry, reason, cited, "GROUNDED", inferred=True, decided_by="primer")
