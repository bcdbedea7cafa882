"""A patent cut into pieces that are translated one by one, each with the id of its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.claims.claimset import Claim
from taibao_cli.patents.claims.openings import Opening, opening_of
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.segments import segments

Part = Literal["title", "abstract", "claim", "heading", "paragraph"]

SMALL: Final = 160
"""Longest piece for a model that is asked briefly, in Chinese characters or three others."""

LARGE: Final = 1200
"""Longest piece for any other model."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of one that is longer than a model takes at once.

    Attributes:
        id: "title", "abstract/1", "claim-3/2", "p0012/1", "h4".
        unit: what it is a piece of: "claim-3", "p0012".
        number: of the claim or paragraph, empty for other parts.
        gap: white space between it and the next piece of the unit.
        opening: of a dependent claim, rendered by rule.
    """

    id: str
    unit: str
    part: Part
    number: str
    text: str
    gap: str = ""
    opening: Opening | None = None


def pieces_of(patent: Patent, limit: int) -> Iterator[Piece]:
    """All pieces in the order of the document. Texts without content are left out."""
    if patent.title.strip():
        yield Piece("title", "title", "title", "", patent.title.strip())
    yield from _cut("abstract", "abstract", "", patent.abstract, limit)
    for claim in patent.claims:
        yield from _claim(claim, limit)
    for at, section in enumerate(patent.description):
        if section.heading.strip():
            yield Piece(f"h{at}", f"h{at}", "heading", section.heading_id, section.heading.strip())
        for place, paragraph in enumerate(section.paragraphs):
            yield from _cut(f"p{at}.{place}", "paragraph", paragraph.id, paragraph.text, limit)


def _claim(claim: Claim, limit: int) -> Iterator[Piece]:
    unit, number = f"claim-{claim.number}", str(claim.number)
    opening = opening_of(claim)
    text = claim.text
    if opening is not None:
        yield Piece(f"{unit}/0", unit, "claim", number, opening.text, "", opening)
        text = claim.text[opening.end :]
    yield from _cut(unit, "claim", number, text, limit)


def _cut(unit: str, part: Part, number: str, text: str, limit: int) -> Iterator[Piece]:
    for at, segment in enumerate((each for each in segments(text.strip(), limit) if each.text.strip()), 1):
        yield Piece(f"{unit}/{at}", unit, part, number, segment.text, segment.gap)
