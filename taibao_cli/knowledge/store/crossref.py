"""The places that a passage refers to: 依照本法第二十条, 专利法第二十二条第三款、第二十六条第四款.

A reference means the law as it was in force when the referring text came into force, for articles get other numbers
when a law is revised: an interpretation of 2009 that names 专利法第五十九条 does not mean article 59 of today.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.knowledge.numerals import NUMERAL, from_han
from taibao_cli.knowledge.store.database import StatuteStore, StoredText
from taibao_cli.knowledge.store.facts import Law, law_named, laws
from taibao_cli.knowledge.store.lookup import choose, place
from taibao_cli.knowledge.store.reference import Pinpoint

_N: Final = rf"[{NUMERAL}0-9０-９]+"
_PLACE: Final = re.compile(
    rf"第(?P<article>{_N})条(?:之(?P<sub>{_N}))?(?:第(?P<paragraph>{_N})款)?(?:第[（(]?(?P<item>{_N})[)）]?项)?"
)
_PLACE_EN: Final = re.compile(
    r"\b(?:article|art\.?|rule|section)\s*(?P<article>[0-9]{1,4})(?:\s*\((?P<paragraph>[0-9]{1,2})\))?"
    r"(?:\s*\((?P<item>[0-9]{1,2})\))?,?\s+(?:of\s+)?(?:the\s+)?(?P<law>[A-Za-z][^.;:?!]*)",
    re.IGNORECASE,
)
_JOINING: Final = re.compile(rf"(?:、|，|和|或者|或|及|与|至|第[（(]?{_N}[)）]?[款项]|[（(]{_N}[)）]项)*")
_OWN: Final = re.compile(r"本(?:法|条例|细则|规定|办法|解释|决定|批复)$")
_FORMER: Final = re.compile(r"(?:修[改正订]前|[12][0-9]{3}年修[改正订])的?《?$")
_NAME_LONGEST: Final = 60
_NAME_WORDS: Final = 14


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that a passage names. `law_id` "" stands for the law that the passage itself belongs to."""

    law_id: str
    pinpoint: Pinpoint


@dataclass(frozen=True, slots=True)
class Followed:
    """A reference with what stands there. `version` is the one meant, "" where it is not known; `text` and `words` are
    None where that version is not stored, or has no such place."""

    law: Law | None
    pinpoint: Pinpoint
    version: str
    text: StoredText | None
    words: str | None


def references(words: str, law_of: Callable[[str], str | None] | None = None) -> tuple[Reference, ...]:
    """The places that `words` name, in order, each once. An article without a law belongs to the one named before it
    when only 、, 和, 或者 or 至 stand between; otherwise it is left out."""
    found: dict[Reference, None] = {}
    law_id: str | None = None
    end = -1
    for match in _PLACE_EN.finditer(words):
        if (law := _law_after(match["law"], law_of or _known)) and (pinpoint := _pinpoint(match)) is not None:
            found.setdefault(Reference(law, pinpoint))
    for match in _PLACE.finditer(words):
        named = _law_before(words[: match.start()], law_of or _known)
        joined = end >= 0 and _JOINING.fullmatch(words, end, match.start()) is not None
        law_id = named if named is not None else law_id if joined else None
        end = match.end()
        pinpoint = _pinpoint(match)
        if law_id is not None and pinpoint is not None:
            found.setdefault(Reference(law_id, pinpoint))
    return tuple(found)


def follow(store: StatuteStore, text: StoredText, words: str, on: str) -> Iterator[Followed]:
    """What stands at the places that `words` of a stored text refer to, on an ISO date. Its own place is not followed
    from within: pass only the words that are quoted."""
    texts = store.texts()
    for reference in references(words):
        law_id = reference.law_id or text.law_id
        if law_id == text.law_id:
            yield _at(store, text.law, reference.pinpoint, text.version, text)
            continue
        law = laws()[law_id]
        meant = law.in_force(_since(text, on))
        version = meant.date if meant else ""
        yield _at(store, law, reference.pinpoint, version, choose(texts, law_id, on, version).text if version else None)


def _at(store: StatuteStore, law: Law | None, pinpoint: Pinpoint, version: str, text: StoredText | None) -> Followed:
    if text is None:
        return Followed(law, pinpoint, version, None, None)
    found = place(store, text, pinpoint)
    words = found.words or (found.passages[0].words if found.passages and not found.missing else None)
    return Followed(law, pinpoint, version, text, words)


def _since(text: StoredText, on: str) -> str:
    """The day whose law a text speaks of: that of its own entry into force, where it is known."""
    return text.status(on).starts or on


def _law_before(words: str, law_of: Callable[[str], str | None]) -> str | None:
    """The law named at the very end of `words`: "" for 本法 and its like, None for none, and for a former version."""
    if _OWN.search(words):
        return ""
    end = words.rstrip("》")
    for length in range(min(len(end), _NAME_LONGEST), 1, -1):
        name = end[-length:]
        if (law_id := law_of(name)) is not None:
            return None if _FORMER.search(end[:-length]) else law_id
    return None


def _law_after(words: str, law_of: Callable[[str], str | None]) -> str | None:
    """The law whose English name begins `words`, the longest name that there is."""
    parts = words.split()[:_NAME_WORDS]
    names = (" ".join(parts[:count]).rstrip(",") for count in range(len(parts), 0, -1))
    return next((law for name in names if (law := law_of(name)) is not None), None)


def _known(name: str) -> str | None:
    law = law_named(name)
    return law.id if law else None


def _pinpoint(match: re.Match[str]) -> Pinpoint | None:
    found = match.groupdict()
    numbers = [from_han(found[name]) if found.get(name) else 0 for name in ("article", "sub", "paragraph", "item")]
    if None in numbers or not numbers[0]:
        return None
    article, sub, paragraph, item = (number or 0 for number in numbers)
    return Pinpoint(article, sub, paragraph, item)
