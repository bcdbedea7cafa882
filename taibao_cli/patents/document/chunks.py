"""A patent cut into parts that a model can read, none of it left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from taibao_cli.patents.anchors import Passage
from taibao_cli.patents.document.patent import Patent, SectionKind
from taibao_cli.patents.segments import segments, size

PartKind = Literal["abstract", "claims", SectionKind]


@dataclass(frozen=True, slots=True)
class Part:
    """What is summarized together: the abstract, the claims, or the sections of one kind that follow one another."""

    kind: PartKind
    heading: str
    passages: tuple[Passage, ...]


def parts_of(patent: Patent) -> Iterator[Part]:
    """The parts in the order: description, claims, abstract. Ids: "0012", "claim 3", "abstract"."""
    for kind, together in groupby(patent.description, key=lambda section: section.kind):
        sections = list(together)
        passages = tuple(Passage(each.id, each.text) for section in sections for each in section.paragraphs)
        if passages:
            yield Part(kind, sections[0].heading, passages)
    if len(patent.claims):
        yield Part("claims", "", tuple(Passage(f"claim {claim.number}", claim.text) for claim in patent.claims))
    if patent.abstract:
        yield Part("abstract", "", (Passage("abstract", patent.abstract),))


def chunks(part: Part, limit: float) -> Iterator[tuple[Passage, ...]]:
    """Passages that together are no longer than `limit` (in Chinese characters, three others count as one). A longer
    passage is cut at its sentences, then at commas; the pieces keep its id. What has neither stays whole."""
    held: list[Passage] = []
    length = 0.0
    for passage in (piece for each in part.passages for piece in _pieces(each, limit)):
        own = size(passage.text)
        if held and length + own > limit:
            yield tuple(held)
            held, length = [], 0.0
        held.append(passage)
        length += own
    if held:
        yield tuple(held)


def _pieces(passage: Passage, limit: float) -> Iterator[Passage]:
    if size(passage.text) <= limit:
        yield passage
        return
    text = ""
    for each in segments(passage.text, int(limit)):
        if text and size(text) + size(each.text) > limit:
            yield Passage(passage.id, text.strip())
            text = ""
        text += each.text + each.gap
    if text.strip():
        yield Passage(passage.id, text.strip())
