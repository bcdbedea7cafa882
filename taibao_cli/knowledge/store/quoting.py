"""Answers made of passages of the statute store, each quoted to the letter with law, article and version."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from taibao_cli.errors import TaibaoError
from taibao_cli.knowledge.answer import Answer, Citation
from taibao_cli.knowledge.primer import Lang, article_name
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.present import citation
from taibao_cli.knowledge.store.retrieve import Found, Hit, search

_MIN_COVERAGE: Final = 0.6
"""Share of the question's weight that a passage must hold to answer it."""

_NEAR_BEST: Final = 0.8
"""Passages with this share of the best score are quoted too."""

_QUOTED: Final = 3

_DISCLAIMER: Final = {
    "zh": "以上为法规原文，仅供参考，不构成法律意见。",
    "en": "These are the words of the law: information, not legal advice.",
}


@dataclass(frozen=True)
class Quotation(Citation):
    """An article, or its paragraph (0 for the whole), quoted from a text in the store. `status` is that on the day of
    the answer, `source` the name of the text's file."""

    paragraph: int
    quote: str
    status: str
    source: str


def answer_from_store(file: Path, question: str, lang: Lang, on: str = "") -> Answer | None:
    """Answer `question` with the passages in force on the ISO date `on` (today) that hold its words, or that it cites.

    None when there is no store or nothing in it that answers. UNAVAILABLE when the store cannot be read.
    """
    if not file.is_file():
        return None
    day = on or date.today().isoformat()
    try:
        with StatuteStore.open(file) as store:
            found = search(store, question, day, _QUOTED)
    except TaibaoError as error:
        words = {"zh": "法规库无法读取：", "en": "The statute store cannot be read: "}[lang]
        return Answer("UNAVAILABLE", f"{words}{error}", (), ())
    hits = _answering(found)
    if not hits:
        return None
    parts = [f"{citation(hit.text, hit.pinpoint, day, lang)}\n{hit.quote}" for hit in hits]
    text = "\n\n".join([*parts, _DISCLAIMER[lang]])
    return Answer("GROUNDED", text, tuple(_quotation(hit, day) for hit in hits), ())


def _answering(found: Found) -> list[Hit]:
    """The hits that answer: those cited; else those that hold most of the question, and more than its common words."""
    if not found.hits or found.hits[0].exact:
        return list(found.hits)
    enough = max(math.log(1 + found.passages), _NEAR_BEST * found.hits[0].score)
    return [hit for hit in found.hits if hit.coverage >= _MIN_COVERAGE and hit.score >= enough]


def _quotation(hit: Hit, day: str) -> Quotation:
    pinpoint, text, status = hit.pinpoint, hit.text, hit.text.status(day)
    article = article_name(pinpoint.article) if pinpoint.article else pinpoint.label
    return Quotation(
        law=text.name("zh"),
        law_en=text.name("en"),
        article=article,
        article_number=str(pinpoint.article or pinpoint.label),
        version=text.version,
        effective=status.starts,
        paragraph=pinpoint.paragraph,
        quote=hit.quote,
        status=status.state,
        source=text.source,
    )
