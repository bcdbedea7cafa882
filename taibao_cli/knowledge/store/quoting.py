"""Answers made of passages of the statute store, each quoted to the letter with law, article and version."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from taibao_cli.knowledge.answer import Answer
from taibao_cli.knowledge.citation import Citation, Referred
from taibao_cli.knowledge.primer import Lang, article_name
from taibao_cli.knowledge.store.cited import cited_place
from taibao_cli.knowledge.store.crossref import Followed, follow
from taibao_cli.knowledge.store.database import StatuteStore, StoredText
from taibao_cli.knowledge.store.excerpt import excerpt
from taibao_cli.knowledge.store.hit import Found, Hit
from taibao_cli.knowledge.store.lookup import choose, place
from taibao_cli.knowledge.store.present import citation, newer_note, place_words, quoted
from taibao_cli.knowledge.store.reference import Pinpoint, pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.store.retrieve import search
from taibao_cli.knowledge.store.vectors import Vectors

_MIN_COVERAGE: Final = 0.45
"""Share of the question's weight that a passage, or the questions known for it, must hold to answer it."""

_LIKE: Final = 0.6
"""A passage whose questions are as like this one answers it with less in common. Calibrated, as the others, on
zh_new.tsv, zh_apart.tsv and unanswerable.tsv of tests/fixtures/law_questions."""

_MIN_COVERAGE_OF_LIKE: Final = 0.3

_NEAR_BEST: Final = 0.8
"""Passages with this share of the best score are quoted too."""

_QUOTED: Final = 3
_REFERRED: Final = 3
_NOT_STORED: Final = "text not stored"
_NEAREST_SHOWN: Final = 40
"""Characters of a passage that is only near."""


def answer_from_store(
    store: StatuteStore, question: str, lang: Lang, day: str, vectors: Vectors | None = None
) -> Answer:
    """Answer `question` with the passages in force on an ISO date that hold its words, or that it cites; `vectors` may
    rank them too. NO MATCH, with the nearest passages, when none does, or when it cites what is not there."""
    named = cited_place(store, question, day)
    if named is not None and named.missing:
        return Answer("NO MATCH", named.why(lang), notes=_notes([named.text], store, day, lang) if named.text else ())
    found = search(store, question, day, _QUOTED, vectors)
    hits = _answering(found)
    if not hits:
        return Answer("NO MATCH", "", nearest=tuple(_near(hit, lang) for hit in found.hits))
    parts = [f"{citation(hit.text, hit.pinpoint, day, lang)}\n{hit.quote}" for hit in hits]
    mentioned = dict.fromkeys(one for hit in hits for one in referred_in(store, hit.text, hit.quote, day))
    referred = tuple(islice(mentioned, _REFERRED))
    if referred:
        parts.append(referred_text(referred, lang))
    return Answer(
        "GROUNDED",
        "\n\n".join(parts),
        tuple(as_citation(hit, day) for hit in hits),
        referred=referred,
        notes=_notes([hit.text for hit in hits], store, day, lang),
    )


def quote_articles(store: StatuteStore, citations: Sequence[Citation], about: str, day: str) -> tuple[Citation, ...]:
    """The citations with the words of their articles that speak of `about`, where the store has the version in force on
    an ISO date; the others as they are."""
    texts = store.texts()
    return tuple(_with_quote(store, texts, one, about, day) for one in citations)


def quotation_lines(citations: Iterable[Citation], lang: Lang) -> list[str]:
    """A line for each citation that has a quotation, numbered when there are several citations."""
    listed = list(citations)
    return [
        (f"[{number}] " if len(listed) > 1 else "") + f"{place_words(pinpoint_of(one), lang)}{quoted(one.quote, lang)}"
        for number, one in enumerate(listed, 1)
        if one.quote
    ]


def _with_quote(store: StatuteStore, texts: Sequence[StoredText], one: Citation, about: str, day: str) -> Citation:
    text = choose(texts, one.law_id, day).text
    if text is None or text.version != one.version or not one.article_number.isdecimal():
        return one
    at = Pinpoint(int(one.article_number))
    found = place(store, text, at)
    if not found.passages:
        return one
    pinpoint, words = excerpt(found.passages[0].words, at, about)
    return replace(
        one, paragraph=pinpoint.paragraph, item=pinpoint.item, quote=words, source=text.source, checked="text"
    )


def _answering(found: Found) -> list[Hit]:
    """The hits that answer: those cited; else those that hold most of the question, and more than its common words."""
    if not found.hits or found.hits[0].exact:
        return list(found.hits)
    enough = max(math.log(1 + found.passages), _NEAR_BEST * max(hit.score for hit in found.hits))
    return [hit for hit in found.hits if hit.score >= enough and _holds(hit)]


def _holds(hit: Hit) -> bool:
    like = hit.likeness >= _LIKE
    return hit.coverage >= (_MIN_COVERAGE_OF_LIKE if like else _MIN_COVERAGE)


def referred_in(store: StatuteStore, text: StoredText, words: str, day: str) -> tuple[Referred, ...]:
    """The places that words of a stored text refer to, each with what stands there on an ISO date."""
    return tuple(dict.fromkeys(_as_referred(one, day) for one in follow(store, text, words, day)))


def referred_text(referred: Iterable[Referred], lang: Lang) -> str:
    """Places that were referred to, one a line with their words."""
    return "\n".join([{"zh": "其中提到：", "en": "Referred to there:"}[lang], *(_line(one, lang) for one in referred)])


def _as_referred(one: Followed, day: str) -> Referred:
    title = one.text.title if one.text else ""
    law, law_en = (one.law.zh, one.law.en) if one.law else (title, title)
    note = one.text.status(day).state if one.text and one.words is not None else _NOT_STORED
    return Referred(law, law_en, one.pinpoint, one.version, one.words or "", "" if note == "in force" else note)


def _line(one: Referred, lang: Lang) -> str:
    words = quoted(one.quote, lang) if one.quote else ""
    if lang == "zh":
        note = {_NOT_STORED: "，库中没有该文本", "superseded": "，已被取代"}.get(one.note, one.note and f"，{one.note}")
        version = f"（{one.version} 版本）" if one.version else ""
        return f"《{one.law}》{pinpoint_zh(one.pinpoint)}{version}{note}{words}"
    version = f" (version {one.version})" if one.version else ""
    return f"{one.law_en}, {pinpoint_en(one.pinpoint)}{version}{one.note and f'; {one.note}'}{words}"


def _notes(texts: Iterable[StoredText], store: StatuteStore, day: str, lang: Lang) -> tuple[str, ...]:
    stored = store.texts()
    notes = (newer_note(text, stored, day, lang) for text in texts)
    return tuple(dict.fromkeys(note for note in notes if note))


def _near(hit: Hit, lang: Lang) -> str:
    shown = " ".join(hit.quote.split())
    cut = shown if len(shown) <= _NEAREST_SHOWN else shown[:_NEAREST_SHOWN] + "…"
    named = f"《{hit.text.name('zh')}》" if lang == "zh" else f"{hit.text.name('en')}, "
    return f"{named}{place_words(hit.pinpoint, lang)}{'：' if lang == 'zh' else ': '}{cut}"


def pinpoint_of(one: Citation) -> Pinpoint:
    """The place that a citation names."""
    if one.article_number.isdecimal():
        return Pinpoint(int(one.article_number), 0, one.paragraph, one.item)
    return Pinpoint(label=one.article_number)


def as_citation(hit: Hit, day: str) -> Citation:
    """The citation of what a hit quotes."""
    pinpoint, text, status = hit.pinpoint, hit.text, hit.text.status(day)
    return Citation(
        law=text.name("zh"),
        law_en=text.name("en"),
        law_id=text.law_id,
        article=article_name(pinpoint.article) if pinpoint.article else pinpoint.label,
        article_number=str(pinpoint.article or pinpoint.label),
        paragraph=pinpoint.paragraph,
        item=pinpoint.item,
        version=text.version,
        effective=status.starts,
        status=status.state,
        checked="text",
        quote=hit.quote,
        source=text.source,
    )
