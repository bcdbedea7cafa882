"""Answer questions and judge statements from the primer alone. No model writes here: article numbers come from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taibao_cli.knowledge.claims_of_law import compare
from taibao_cli.knowledge.primer import Basis, Entry, Lang, Statement, entries
from taibao_cli.knowledge.search import nearest, search

State = Literal["GROUNDED", "NO MATCH", "UNAVAILABLE"]
Verdict = Literal["right", "wrong", "cannot decide"]

_NEAREST = 3


@dataclass(frozen=True)
class Citation:
    """An article relied on, in the version used. `version` and `effective` are ISO dates."""

    law: str
    law_en: str
    article: str
    article_number: str
    version: str
    effective: str


@dataclass(frozen=True)
class Answer:
    """An answer composed from one primer entry or from passages of the statute store, or why there is none."""

    state: State
    text: str
    citations: tuple[Citation, ...]
    nearest: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """A verdict with its basis. Without a basis the verdict is "cannot decide" and there are no citations."""

    verdict: Verdict
    entry: Entry | None
    reason: str
    citations: tuple[Citation, ...]
    state: State


def answer(question: str, lang: Lang) -> Answer:
    """Answer `question` in `lang` with the best entry of the primer and its articles, or say that nothing covers it."""
    hits = search(question, lang, k=_NEAREST + 1)
    if not hits:
        topics = tuple(hit.entry.topic(lang) for hit in nearest(question, lang, _NEAREST))
        return Answer("NO MATCH", _no_match(topics, lang), (), topics)
    entry = hits[0].entry
    text = f"{entry.answer(lang)}\n{basis_line(entry.basis, lang)}"
    return Answer("GROUNDED", text, _citations(entry), tuple(hit.entry.topic(lang) for hit in hits[1:]))


def judge(statement: str, lang: Lang) -> Judgement:
    """Say whether `statement` is right, from the statements of the primer.

    Right or wrong when it says the same as a known statement; wrong when it agrees with a known right statement in
    everything but a number or the polarity; in all other cases it cannot be decided here.
    """
    contradicted: tuple[Entry, Statement] | None = None
    for entry in entries():
        for known in entry.statements:
            relation = compare(known.text(lang), statement, lang)
            if relation == "same":
                return _decided(entry, known, known.verdict, lang)
            if relation == "contrary" and known.verdict == "right":
                contradicted = contradicted or (entry, known)
    if contradicted:
        return _decided(*contradicted, "wrong", lang)
    reason = {
        "zh": "内置资料中没有能够判断这一说法的依据。",
        "en": "No built-in source decides this statement.",
    }[lang]
    return Judgement("cannot decide", None, reason, (), "NO MATCH")


def basis_line(basis: tuple[Basis, ...], lang: Lang) -> str:
    """One line naming the articles, text by text, with version and date in force, and what to check."""
    by_law: dict[str, list[Basis]] = {}
    for item in basis:
        by_law.setdefault(item.law_id, []).append(item)
    if lang == "zh":
        return "依据：" + "；".join(_cite_zh(group) for group in by_law.values())
    return "Basis: " + "; ".join(_cite_en(group) for group in by_law.values())


def _cite_zh(group: list[Basis]) -> str:
    first = group[0]
    articles = "、".join(item.article for item in group)
    note = f"，{first.note_zh}" if first.note_zh else ""
    return f"《{first.law}》{articles}（{first.version} {first.act_zh}，{first.effective} 施行{note}）"


def _cite_en(group: list[Basis]) -> str:
    first = group[0]
    label = "Article" if len(group) == 1 else "Articles"
    articles = ", ".join(item.article_number for item in group)
    note = f"; {first.note_en}" if first.note_en else ""
    return f"{first.law_en}, {label} {articles} ({first.act_en} {first.version}, in force {first.effective}{note})"


def _citations(entry: Entry) -> tuple[Citation, ...]:
    return tuple(
        Citation(item.law, item.law_en, item.article, item.article_number, item.version, item.effective)
        for item in entry.basis
    )


def _no_match(topics: tuple[str, ...], lang: Lang) -> str:
    if lang == "zh":
        return "内置资料没有涵盖这个问题。" + (f"最接近的主题：{'、'.join(topics)}。" if topics else "")
    return "No built-in source covers this question." + (f" Nearest topics: {'; '.join(topics)}." if topics else "")


def _decided(entry: Entry, known: Statement, verdict: Literal["right", "wrong"], lang: Lang) -> Judgement:
    why = known.why(lang)
    if verdict == "wrong" and known.verdict == "right":
        why = known.text(lang) + ("" if lang == "zh" else " ") + why
    return Judgement(verdict, entry, f"{why}\n{basis_line(entry.basis, lang)}", _citations(entry), "GROUNDED")
