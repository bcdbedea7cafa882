"""Is the store whole: hashes, passages that are pieces of their texts, the index; and what to know about its texts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from taibao_cli.knowledge.store.database import StatuteStore, StoredText, sha256
from taibao_cli.knowledge.store.lookup import choose
from taibao_cli.knowledge.store.numbering import numbering
from taibao_cli.knowledge.store.present import status_words
from taibao_cli.knowledge.store.statute import read_statute
from taibao_cli.patents.language import Lang


@dataclass(frozen=True, slots=True)
class Problem:
    """FIX: the store is damaged, add the text again. REVIEW: something to know before relying on a text."""

    severity: Literal["FIX", "REVIEW"]
    where: str
    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def as_json(self) -> dict[str, str]:
        return {"severity": self.severity, "where": self.where, "zh": self.zh, "en": self.en}


def check(store: StatuteStore, on: str) -> list[Problem]:
    """Everything wrong with the store, then what to know about its texts on an ISO date."""
    texts = store.texts()
    damages = [*_index(store), *(problem for text in texts for problem in _passages(store, text))]
    return [*damages, *(problem for text in texts for problem in _remarks(store, text, texts, on))]


def _index(store: StatuteStore) -> Iterator[Problem]:
    try:
        store.connection.execute("INSERT INTO word (word) VALUES ('integrity-check')")
        found = store.connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        yield Problem("FIX", "store", f"数据库损坏：{found}", f"the database is damaged: {found}")
    indexed = store.connection.execute("SELECT count(*) FROM word").fetchone()[0]
    expected = store.connection.execute("SELECT count(*) FROM passage WHERE kind != 'front'").fetchone()[0]
    if indexed != expected:
        zh, en = f"索引有 {indexed} 段，应为 {expected} 段", f"the index has {indexed} passages, not {expected}"
        yield Problem("FIX", "store", zh, en)


def _passages(store: StatuteStore, text: StoredText) -> Iterator[Problem]:
    """A text whose words are not those that were added, or whose passages are no pieces of it."""
    where = f"{text.name('zh')} {text.version} ({text.source})"
    body = store.body(text)
    if sha256(body) != text.sha256:
        yield Problem("FIX", where, "全文已被改动", "the text was changed")
        return
    statute = read_statute(body)
    expected = [(passage.label, sha256(statute.text_of(passage))) for passage in statute.passages]
    stored = list(store.passages(text))
    kept = [(passage.label, passage.sha256) for passage in stored]
    if kept != expected or any(sha256(passage.text) != passage.sha256 for passage in stored):
        yield Problem("FIX", where, "条文与全文不一致", "passages differ from the text")


def _remarks(store: StatuteStore, text: StoredText, texts: list[StoredText], on: str) -> Iterator[Problem]:
    where = f"{text.name('zh')} {text.version} ({text.source})"
    for finding in numbering(read_statute(store.body(text))):
        yield Problem("REVIEW", where, f"第{finding.line}行：{finding.zh}", f"line {finding.line}: {finding.en}")
    if text.evidence == "articles":
        zh = f"版本系按条数推断；正文所载沿革止于 {text.last}"
        en = f"version told by the number of articles; the history in the text ends {text.last}"
        yield Problem("REVIEW", where, zh, en)
    choice = choose(texts, text.law_id, on)
    state = text.status(on).state
    if state == "status not known":
        yield Problem("REVIEW", where, "效力状态不明", state)
    elif choice.text is None and choice.known:
        zh = f"库中没有现行文本：{choice.known.date} 版本，{choice.known.starts} 施行"
        en = f"the text in force is not in the store: version {choice.known.date}, in force since {choice.known.starts}"
        yield Problem("REVIEW", where, zh, en)
    elif choice.text is None:
        zh, en = (
            f"{status_words(text.status(on), 'zh')}，库中没有现行文本",
            f"{state}; no text in force is in the store",
        )
        yield Problem("REVIEW", where, zh, en)
    if text.law and text.law.note_zh:
        yield Problem("REVIEW", where, text.law.note_zh, text.law.note_en)
