"""The built-in primer: questions, answers and statements on IP law, each resting on named articles.

An answer has marks like [2] after its sentences: the second article of the entry's basis, counted over all its laws. An
entry with a single article needs none.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal

from taibao_cli.knowledge.numerals import to_han

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Lang = Literal["zh", "en"]

MARK: Final = re.compile(r" ?\[([0-9]+)\]")


@dataclass(frozen=True)
class Basis:
    """One article of one version of one text. Dates are ISO; `note_*` says what to check before relying on it,
    `where` whose law it is: cn, us or ep; treaties that hold in China are cn."""

    law_id: str
    law: str
    law_en: str
    article: str
    article_number: str
    version: str
    effective: str
    act_zh: str
    act_en: str
    note_zh: str
    note_en: str
    where: str = "cn"


@dataclass(frozen=True)
class Statement:
    """A statement on IP law that its entry's articles prove right or wrong."""

    text_zh: str
    text_en: str
    verdict: Literal["right", "wrong"]
    why_zh: str
    why_en: str

    def text(self, lang: Lang) -> str:
        return self.text_zh if lang == "zh" else self.text_en

    def why(self, lang: Lang) -> str:
        return self.why_zh if lang == "zh" else self.why_en


@dataclass(frozen=True)
class Entry:
    """One matter of law: how people ask for it, the answer, the articles, and statements that follow from them.
    `marked_*` is the answer with the marks of the articles after its sentences."""

    id: str
    topic_zh: str
    topic_en: str
    questions_zh: tuple[str, ...]
    questions_en: tuple[str, ...]
    marked_zh: str
    marked_en: str
    keywords_zh: tuple[str, ...]
    keywords_en: tuple[str, ...]
    basis: tuple[Basis, ...]
    statements: tuple[Statement, ...]

    @property
    def where(self) -> str:
        """Whose law it is about."""
        return self.basis[0].where

    def topic(self, lang: Lang) -> str:
        return self.topic_zh if lang == "zh" else self.topic_en

    @property
    def answer_zh(self) -> str:
        return MARK.sub("", self.marked_zh)

    @property
    def answer_en(self) -> str:
        return MARK.sub("", self.marked_en)

    def answer(self, lang: Lang) -> str:
        return self.answer_zh if lang == "zh" else self.answer_en

    def marked(self, lang: Lang) -> str:
        return self.marked_zh if lang == "zh" else self.marked_en

    def questions(self, lang: Lang) -> tuple[str, ...]:
        return self.questions_zh if lang == "zh" else self.questions_en

    def keywords(self, lang: Lang) -> tuple[str, ...]:
        return self.keywords_zh if lang == "zh" else self.keywords_en


@functools.cache
def entries() -> tuple[Entry, ...]:
    """All entries, in the order of the files; read and checked once.

    Raises:
        ValueError: a file of the package breaks the rules (a missing field, an unknown law, an id used twice).
    """
    folder = resources.files("taibao_cli.knowledge").joinpath("primer")
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    documents = {item.name: tomllib.loads(item.read_text(encoding="utf-8")) for item in files}
    laws = documents.pop("laws.toml")["law"]
    found = [_entry(raw, laws, name) for name, document in documents.items() for raw in document["entry"]]
    if len({entry.id for entry in found}) != len(found):
        raise ValueError("primer: an entry id is used twice")
    return tuple(found)


def article_name(number: int) -> str:
    """The Chinese name of an article, 1 to 9999: 22 -> 第二十二条, 1185 -> 第一千一百八十五条."""
    return f"第{to_han(number)}条"


def _entry(raw: Mapping[str, Any], laws: Mapping[str, Mapping[str, str]], file: str) -> Entry:
    try:
        entry = Entry(
            id=raw["id"],
            topic_zh=raw["topic_zh"],
            topic_en=raw["topic_en"],
            questions_zh=tuple(raw["questions_zh"]),
            questions_en=tuple(raw["questions_en"]),
            marked_zh=raw["answer_zh"],
            marked_en=raw["answer_en"],
            keywords_zh=tuple(raw["keywords_zh"]),
            keywords_en=tuple(raw["keywords_en"]),
            basis=tuple(
                _basis(item["law"], number, laws[item["law"]]) for item in raw["basis"] for number in item["articles"]
            ),
            statements=tuple(Statement(**item) for item in raw["statements"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"primer {file}: entry {raw.get('id', '?')}: {error}") from error
    if not entry.basis or len(entry.statements) < 2 or {s.verdict for s in entry.statements} != {"right", "wrong"}:
        raise ValueError(f"primer {file}: entry {entry.id} needs a basis and both right and wrong statements")
    for marked in (entry.marked_zh, entry.marked_en):
        if any(not 1 <= int(mark) <= len(entry.basis) for mark in MARK.findall(marked)):
            raise ValueError(f"primer {file}: entry {entry.id} has a mark without an article")
    return entry


def _basis(law_id: str, number: int | str, law: Mapping[str, str]) -> Basis:
    return Basis(
        law_id=law_id,
        law=law["zh"],
        law_en=law["en"],
        article=article_name(number) if isinstance(number, int) else number if number[0] == "第" else f"§ {number}",
        article_number=str(number),
        version=law["version"],
        effective=law["effective"],
        act_zh=law["act_zh"],
        act_en=law["act_en"],
        note_zh=law.get("note_zh", ""),
        note_en=law.get("note_en", ""),
        where=law.get("where", "cn"),
    )
