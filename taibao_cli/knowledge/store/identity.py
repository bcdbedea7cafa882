"""Which law, and which version of it, a text is. The text says so itself; the name of its file counts for nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from taibao_cli.knowledge.store.facts import NOT_KNOWN, Law, Status, Version, law_named, laws, plain_name
from taibao_cli.knowledge.store.numbering import is_excerpt
from taibao_cli.knowledge.store.statute import Statute

Evidence = Literal["given", "dates", "articles", "none"]

_DATE: Final = re.compile(r"([12][0-9]{3})年([01]?[0-9])月([0-3]?[0-9])日")
_ACT: Final = re.compile(r"通过|公布|发布|颁布|修正|修订|施行|实施")
_LINE_LONGEST: Final = 200
_OPENING: Final = 6
"""Paragraphs of a text without articles that may hold its history."""

_IN_FORCE: Final = "施行"


@dataclass(frozen=True, slots=True)
class Identity:
    """A law by id and version date. Unknown laws have an id made of their title, unknown versions the last date of
    their history, or "". `evidence` says what the version rests on; `last` is the last date of the text's history."""

    law_id: str
    version: str
    evidence: Evidence
    last: str = ""

    @property
    def law(self) -> Law | None:
        return laws().get(self.law_id)

    def status(self, on: str) -> Status:
        return self.law.status(self.version, on) if self.law else NOT_KNOWN


def identify(statute: Statute, *, name: str = "", version: str = "") -> Identity:
    """Tell law and version of a text by its title, the dates of its history and the number of its articles.

    `name` and `version` are what the user says; they win. A text with a date later than a version's is not that
    version; one with another number of articles neither, unless it is an excerpt. When the dates name no version, the
    number of articles may, and `evidence` says so.
    """
    title = name or statute.title
    law = law_named(title)
    history = _history(statute)
    last = max(history, default="")
    law_id = law.id if law else f"title:{plain_name(title)}"
    if version:
        return Identity(law_id, version, "given", last)
    if law is None:
        return Identity(law_id, last, "none", last)
    possible = [known for known in law.versions if _possible(known, statute, last)]
    dated = [known for known in possible if {known.date, known.starts, known.adopted} & (history | _ending(statute))]
    if dated:
        return Identity(law_id, dated[-1].date, "dates", last)
    counted = [known for known in possible if known.articles and known.articles == len(statute.articles)]
    if len(counted) == 1:
        return Identity(law_id, counted[0].date, "articles", last)
    return Identity(law_id, last, "none", last)


def _possible(known: Version, statute: Statute, last: str) -> bool:
    counts = known.articles in (0, len(statute.articles)) or is_excerpt(statute)
    return counts and last <= max(known.date, known.starts)


def _history(statute: Statute) -> frozenset[str]:
    """Dates of adoption, amendment and entry into force that stand before the first article."""
    if statute.articles and not statute.front:
        return frozenset()
    opening = statute.front or "\n".join(statute.text_of(passage) for passage in statute.passages[:_OPENING])
    lines = [line for line in opening.split("\n") if len(line) <= _LINE_LONGEST and _ACT.search(line)]
    return frozenset(found for line in lines for found in _dates(line))


def _ending(statute: Statute) -> frozenset[str]:
    """Dates of entry into force in the last passages."""
    tails = [statute.text_of(passage) for passage in statute.passages[-2:] if passage.kind != "front"]
    sentences = [sentence for tail in tails for sentence in re.split(r"[。\n]", tail) if _IN_FORCE in sentence]
    return frozenset(found for sentence in sentences for found in _dates(sentence))


def _dates(text: str) -> list[str]:
    found = []
    for year, month, day in _DATE.findall(unicodedata.normalize("NFKC", text)):
        try:
            found.append(date(int(year), int(month), int(day)).isoformat())
        except ValueError:
            continue
    return found
