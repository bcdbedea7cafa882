"""Which stored text answers for a law on a day, and what stands at a place of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from taibao_cli.knowledge.store.database import StatuteStore, StoredPassage, StoredText
from taibao_cli.knowledge.store.facts import Version, law_named, laws, plain_name
from taibao_cli.knowledge.store.paragraphs import paragraphs
from taibao_cli.knowledge.store.reference import Pinpoint, split_reference


@dataclass(frozen=True, slots=True)
class Choice:
    """The text of a law that answers on a day. `text` is None when the store has none that may; then `known` is the
    version that was in force, as far as the table of facts knows it, and `stored` what the store has of the law."""

    law_id: str
    text: StoredText | None
    known: Version | None
    stored: tuple[StoredText, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a place: one passage, or several sections of the same number. `words` is the exact text of the
    paragraph or item asked for, None where the whole passage was asked for or it has no such part."""

    pinpoint: Pinpoint
    passages: tuple[StoredPassage, ...]
    words: str | None
    missing: bool = False

    def parts(self) -> Iterator[tuple[StoredPassage, Pinpoint, str]]:
        """Each passage with the place it stands at and the exact words that were asked for."""
        for passage in self.passages:
            at = self.pinpoint if self.pinpoint.article else Pinpoint(label=passage.label)
            yield passage, at, self.words or passage.text


def names_of(texts: Sequence[StoredText]) -> Callable[[str], str | None]:
    """Finds the law id that words name: a law of the shipped table, or the title or file of a stored text."""
    stored: dict[str, str] = {}
    for text in texts:
        stored.setdefault(text.law_id.removeprefix("title:"), text.law_id)  # the name given when it was added
        for name in (text.title, PurePath(text.source).stem, text.source):
            stored.setdefault(plain_name(name), text.law_id)

    def find(words: str) -> str | None:
        law = law_named(words)
        return law.id if law else stored.get(plain_name(words) or " ")

    return find


def resolve(words: str, texts: Sequence[StoredText]) -> tuple[str, Pinpoint | None, str] | None:
    """The law id that the words name, the place in it, and words that name no place; None when no law is named."""
    return split_reference(words, names_of(texts))


def applicable(texts: Sequence[StoredText], on: str) -> list[StoredText]:
    """The texts that may answer on an ISO date: those in force, and of laws with none in force those whose status is
    not known. Superseded ones, also probably superseded ones, and those not yet in force never do."""
    states = {text.id: text.status(on).state for text in texts}
    settled = {text.law_id for text in texts if states[text.id] == "in force"}
    return [
        text
        for text in texts
        if states[text.id] == "in force" or (states[text.id] == "status not known" and text.law_id not in settled)
    ]


def choose(texts: Sequence[StoredText], law_id: str, on: str, version: str = "") -> Choice:
    """The text of a law for a day, or the version named whatever its status. Of several of unknown status, the
    newest."""
    stored = tuple(text for text in texts if text.law_id == law_id)
    law = laws().get(law_id)
    if version:
        wanted = [text for text in stored if text.version == version]
        return Choice(law_id, wanted[-1] if wanted else None, law.version(version) if law else None, stored)
    fitting = applicable(stored, on)
    return Choice(law_id, fitting[-1] if fitting else None, law.in_force(on) if law else None, stored)


def place(store: StatuteStore, text: StoredText, pinpoint: Pinpoint) -> Place:
    """The passages at a place, and the exact words of the paragraph or item."""
    passages = tuple(store.passages_at(text, pinpoint))
    if passages and passages[0].kind != "article":
        pinpoint = Pinpoint(label=pinpoint.label)
    if not passages or not (pinpoint.paragraph or pinpoint.item):
        return Place(pinpoint, passages, None)
    words = part_of(passages[0], pinpoint)
    return Place(pinpoint, passages, words, missing=words is None)


def part_of(passage: StoredPassage, pinpoint: Pinpoint) -> str | None:
    """The paragraph (款) or item (项) of a passage; items are looked for in the first paragraph that has any when no
    paragraph is named. None when there is none of that number."""
    found = paragraphs(passage.words)
    if pinpoint.paragraph:
        found = tuple(paragraph for paragraph in found if paragraph.number == pinpoint.paragraph)
    if not pinpoint.item:
        return found[0].text if found else None
    items = next((paragraph.items for paragraph in found if paragraph.items), ())
    return next((item.text for item in items if item.number == pinpoint.item), None)
