"""The structure of the document again: headings, numbered claims, numbered paragraphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.language import Lang
from taibao_cli.translation.run import Rendered, Result
from taibao_cli.translation.wording import unit_texts

Kind = Literal["title", "part", "heading", "claim", "paragraph"]

_PARTS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {"abstract": "摘要", "claim": "权利要求书", "description": "说明书"},
    "en": {"abstract": "ABSTRACT", "claim": "CLAIMS", "description": "DESCRIPTION"},
}


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the document as it is read. `mark` is the number before it, `pieces` what it was made of."""

    kind: Kind
    text: str
    mark: str = ""
    pieces: tuple[Rendered, ...] = ()

    @property
    def flagged(self) -> bool:
        return any(each.state != "PASS" for each in self.pieces)


def blocks_of(result: Result) -> Iterator[Block]:
    """Title, abstract, claims and description, each part under its heading."""
    texts = unit_texts(result.pieces, result.to)
    own: dict[str, list[Rendered]] = {}
    for each in result.pieces:
        own.setdefault(each.piece.unit, []).append(each)
    part = ""
    for unit, pieces in own.items():
        first = pieces[0].piece
        current = "description" if first.part in ("heading", "paragraph") else first.part
        if current != part and current in _PARTS[result.to]:
            yield Block("part", _PARTS[result.to][current])
        part = current
        yield Block(_kind(first.part), texts[unit], _mark(first.part, first.number), tuple(pieces))


def _kind(part: str) -> Kind:
    kinds: dict[str, Kind] = {"title": "title", "heading": "heading", "claim": "claim"}
    return kinds.get(part, "paragraph")


def _mark(part: str, number: str) -> str:
    if part == "claim":
        return f"{number}. "
    return f"[{number}] " if part == "paragraph" and number.isdigit() else ""
