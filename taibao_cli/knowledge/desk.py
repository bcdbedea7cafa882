"""The law desk: questions answered and statements judged from the primer and the statute store together.

The primer answers in its own words when every article it rests on is in force on the day; the store adds the words of
those articles, answers what the primer does not cover, and gives way when it cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from taibao_cli.errors import TaibaoError
from taibao_cli.knowledge import answer as primer
from taibao_cli.knowledge.answer import Answer, Judgement
from taibao_cli.knowledge.citation import Citation
from taibao_cli.knowledge.number_statements import judge_number
from taibao_cli.knowledge.primer import Lang
from taibao_cli.knowledge.store.cited import cited_place
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.judging import judge_by_text
from taibao_cli.knowledge.store.quoting import answer_from_store, quotation_lines, quote_articles
from taibao_cli.knowledge.store.vectors import Vectors
from taibao_cli.messages import say
from taibao_cli.messages.errors import in_words

_WORDS: Final[dict[Lang, str]] = {"zh": "条文原文：", "en": "In the words of the law:"}


def ask(question: str, lang: Lang, file: Path, on: str = "", vectors: Vectors | None = None) -> Answer:
    """Answer a question under the law of the ISO date `on` (today); the store is searched with `vectors` too.

    `file` is the statute store; none is made when it is missing. A store that cannot be read leaves the primer, and is
    UNAVAILABLE where the primer has no answer.
    """
    day = on or date.today().isoformat()
    try:
        with _opened(file) as store:
            return _ask(question, lang, store, day, vectors)
    except TaibaoError as error:
        found = primer.answer(question, lang, day)
        broken = say("kb-unreadable", lang, error=in_words(error, lang))
        if found.state == "GROUNDED":
            return replace(found, notes=(*found.notes, broken))
        return Answer("UNAVAILABLE", broken)


def judge(statement: str, lang: Lang, file: Path, on: str = "") -> Judgement:
    """Judge a statement under the law of the ISO date `on` (today): what an application or publication number says of
    itself, then the primer, and else the words of the texts in the store. A verdict always comes with the passage it
    rests on."""
    day = on or date.today().isoformat()
    if (by_number := judge_number(statement, lang, day)) is not None:
        return by_number
    found = primer.judge(statement, lang, day)
    try:
        with _opened(file) as store:
            if store is None:
                return found
            if found.verdict == "cannot decide":
                return judge_by_text(store, statement, lang, day) or found
            citations = quote_articles(store, found.citations, statement + _chinese(found), day)
            reason = "\n".join([found.reason, *_quotations(citations, lang)])
            return replace(found, citations=citations, reason=reason)
    except TaibaoError as error:
        if found.verdict != "cannot decide":
            return found
        broken = say("kb-unreadable", lang, error=in_words(error, lang))
        return Judgement("cannot decide", None, broken, (), "UNAVAILABLE")


def _ask(question: str, lang: Lang, store: StatuteStore | None, day: str, vectors: Vectors | None) -> Answer:
    if store is not None and cited_place(store, question, day) is not None:
        return answer_from_store(store, question, lang, day)
    found = primer.answer(question, lang, day)
    if store is None:
        return found
    if found.state == "GROUNDED":
        citations = quote_articles(store, found.citations, question + _chinese(found), day)
        return replace(found, citations=citations, text="\n".join([found.text, *_quotations(citations, lang)]))
    stored = answer_from_store(store, question, lang, day, vectors)
    if stored.state == "GROUNDED" and _is_of(stored, found):
        return replace(stored, notes=(*found.notes, *stored.notes))
    near = (*found.nearest, *stored.nearest)
    return Answer("NO MATCH", primer.no_match(near, lang), nearest=near, notes=found.notes)


def _is_of(stored: Answer, found: Answer) -> bool:
    """Whether passages of the store may answer what the primer covers under another day's law: those of its laws."""
    if found.entry is None:
        return True
    return not {item.law_id for item in found.entry.basis}.isdisjoint(one.law_id for one in stored.citations)


def _quotations(citations: tuple[Citation, ...], lang: Lang) -> list[str]:
    lines = quotation_lines(citations, lang)
    return [_WORDS[lang], *lines] if lines else []


def _chinese(found: Answer | Judgement) -> str:
    """The answer of the entry in the language of the law's own words."""
    return found.entry.answer("zh") if found.entry else ""


@contextmanager
def _opened(file: Path) -> Iterator[StatuteStore | None]:
    if not file.is_file():
        yield None
        return
    with StatuteStore.open(file) as store:
        yield store
