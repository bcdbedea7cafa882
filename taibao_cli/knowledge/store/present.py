"""Texts, places and states of the store in words, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from taibao_cli.knowledge.store.database import StoredPassage, StoredText
from taibao_cli.knowledge.store.facts import State, Status
from taibao_cli.knowledge.store.lookup import choose
from taibao_cli.knowledge.store.reference import Pinpoint, pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.store.statute import Statute
from taibao_cli.patents.language import Lang

_STATES_ZH: Final[Mapping[State, str]] = {
    "in force": "现行有效",
    "superseded": "已被取代",
    "probably superseded": "可能已被取代",
    "not yet in force": "尚未施行",
    "status not known": "效力状态不明（status not known）",
}


def status_words(status: Status, lang: Lang) -> str:
    """`in force since 2021-06-01`, `superseded since 2025-10-15`; in Chinese 2021-06-01 施行，现行有效."""
    if status.state == "status not known":
        return status.state if lang == "en" else _STATES_ZH[status.state]
    if lang == "zh":
        until = f"{status.until} 起" if _is_over(status) else ""
        return f"{status.starts} 施行，{until}{_STATES_ZH[status.state]}"
    if _is_over(status):
        return f"{status.state} since {status.until}"
    return f"{'in force since' if status.state == 'in force' else 'not in force before'} {status.starts}"


def version_words(text: StoredText, lang: Lang) -> str:
    """`version 2020-10-17`, or that the text does not say which version it is."""
    if lang == "zh":
        return f"{text.version} 版本" if text.version else "版本未注明"
    return f"version {text.version}" if text.version else "version not stated"


def text_line(text: StoredText, on: str, lang: Lang) -> str:
    """One line on a text: name, version, state on the day, articles, file."""
    status = status_words(text.status(on), lang)
    if lang == "zh":
        return f"{text.name('zh')}，{version_words(text, lang)}，{status}，{text.articles}条（{text.source}）"
    articles = f"{text.articles} article{'' if text.articles == 1 else 's'}"
    return f"{text.name('en')}, {version_words(text, lang)}, {status}, {articles} ({text.source})"


def citation(text: StoredText, pinpoint: Pinpoint, on: str, lang: Lang) -> str:
    """《专利法》第二十二条第三款（2020-10-17 版本，…）, or Patent Law, Article 22(3) (version 2020-10-17, …)."""
    status = status_words(text.status(on), lang)
    if lang == "zh":
        return f"《{text.name('zh')}》{pinpoint_zh(pinpoint)}（{version_words(text, lang)}，{status}）"
    place = pinpoint_en(pinpoint)
    return f"{text.name('en')}{', ' if place else ''}{place} ({version_words(text, lang)}, {status})"


def place_words(pinpoint: Pinpoint, lang: Lang) -> str:
    """第二十二条第三款, or Article 22(3)."""
    return pinpoint_zh(pinpoint) if lang == "zh" else pinpoint_en(pinpoint)


def quoted(words: str, lang: Lang) -> str:
    """Exact words after the place they stand at."""
    return f"：“{words}”" if lang == "zh" else f": “{words}”"


def newer_note(text: StoredText, texts: Sequence[StoredText], day: str, lang: Lang) -> str:
    """That a later version is in force on an ISO date and is not stored, or may be this text; else ""."""
    known = choose(texts, text.law_id, day).known
    if known is None:
        return ""
    law, version, starts = text.name(lang), known.date, known.starts
    if not text.version:
        if lang == "zh":
            return f"{law}：正文未注明版本；已知 {version} 版本自 {starts} 施行"
        return f"{law}: the text does not say which version it is; the one in force since {starts} is {version}"
    if known.date > text.version and all(one.version != known.date for one in texts if one.law_id == text.law_id):
        if lang == "zh":
            return f"{law}：已知 {version} 版本自 {starts} 施行，库中没有其文本"
        return f"{law}: version {version} is in force since {starts}; its text is not in the store"
    return ""


def text_json(text: StoredText, on: str) -> dict[str, Any]:
    """A text as an object; the state holds on the ISO date `on`."""
    status = text.status(on)
    return {
        "law": text.name("zh"),
        "law_en": text.law.en if text.law else None,
        "law_id": text.law_id,
        "title": text.title,
        "version": text.version or None,
        "version_by": text.evidence,
        "on": on,
        "status": status.state,
        "starts": status.starts or None,
        "until": status.until or None,
        "articles": text.articles,
        "source": text.source,
    }


def outline_lines(statute: Statute) -> list[str]:
    """The headings below the title, one a line, indented by level."""
    headings = [heading for heading in statute.headings if heading.level]
    top = min((heading.level for heading in headings), default=1)
    return [f"{'  ' * (one.level - top)}{one.label} {one.title}".rstrip() for one in headings]


def outline_json(text: StoredText, statute: Statute, on: str) -> dict[str, Any]:
    """A text as an object, with its headings."""
    headings = [{"level": one.level, "path": one.path, "title": one.title} for one in statute.headings if one.level]
    return {**text_json(text, on), "headings": headings}


def passage_json(text: StoredText, passage: StoredPassage, pinpoint: Pinpoint, words: str, on: str) -> dict[str, Any]:
    """A passage, or the part of it that `pinpoint` names with its exact `words`, as an object. `sha256` is that of the
    whole passage."""
    return {
        **text_json(text, on),
        "kind": passage.kind,
        "label": passage.label,
        "article": pinpoint.article or None,
        "sub": pinpoint.sub or None,
        "paragraph": pinpoint.paragraph or None,
        "item": pinpoint.item or None,
        "headings": passage.headings,
        "text": words,
        "sha256": passage.sha256,
    }


def _is_over(status: Status) -> bool:
    return status.state in ("superseded", "probably superseded")
