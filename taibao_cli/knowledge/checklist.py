"""Checklists of consulting: steps with the articles they rest on, and the questions that remain open."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal, get_args

from taibao_cli.knowledge.basis import cite
from taibao_cli.knowledge.citation import Citation
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.quoting import quote_articles
from taibao_cli.patents.language import Lang

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Topic = Literal["filing", "transfer", "commercialise"]

TOPICS: Final[tuple[Topic, ...]] = get_args(Topic)


@dataclass(frozen=True, slots=True)
class Step:
    """Something to settle, with the articles that ask for it."""

    zh: str
    en: str
    citations: tuple[Citation, ...]

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Checklist:
    """`questions` are what the file cannot know: (Chinese, English)."""

    title_zh: str
    title_en: str
    steps: tuple[Step, ...]
    questions: tuple[tuple[str, str], ...]

    def title(self, lang: Lang) -> str:
        return self.title_zh if lang == "zh" else self.title_en


def checklist(topic: Topic, day: str, file: Path) -> Checklist:
    """A checklist under the law of an ISO date, the articles quoted where the statute store `file` has them.

    A step whose articles are not all in force that day is left out.

    Raises:
        TaibaoError: the store cannot be read.
    """
    raw = _raw(topic)
    steps = tuple(_steps(raw, day))
    if file.is_file():
        with StatuteStore.open(file) as store:
            steps = tuple(replace(one, citations=quote_articles(store, one.citations, one.zh, day)) for one in steps)
    questions = tuple((one["zh"], one["en"]) for one in raw["question"])
    return Checklist(raw["zh"], raw["en"], steps, questions)


def _steps(raw: dict[str, Any], day: str) -> Iterator[Step]:
    for one in raw["step"]:
        citations = tuple(cite(law, article, day) for law, article in one["basis"])
        if all(citation.status == "in force" for citation in citations):
            yield Step(one["zh"], one["en"], citations)


@functools.cache
def _raw(topic: Topic) -> dict[str, Any]:
    text = resources.files("taibao_cli.knowledge").joinpath("checklists", f"{topic}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
