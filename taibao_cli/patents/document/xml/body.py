"""Title, abstract, claims and description of one document element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from taibao_cli.patents.claims.claimset import ClaimSet, claim_set
from taibao_cli.patents.claims.numbers import Numbered
from taibao_cli.patents.document.description import Piece
from taibao_cli.patents.document.patent import SectionKind, lang_of
from taibao_cli.patents.document.xml.inline import text_of
from taibao_cli.patents.document.xml.names import (
    CLAIM,
    HEADINGS,
    PARAGRAPHS,
    PARTS,
    TITLES,
    attribute,
    descendants,
    first,
    name_of,
    words_of,
)
from taibao_cli.patents.language import Lang

_NUMBER: Final = re.compile(r"\s*(?:claim\s+)?0*(\d{1,4})\s*(?:[.．、:：)]|(?=\n))\s*", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\s*0*(\d{1,4})\s*(?:[-–—]|to)\s*0*(\d{1,4})\s*\.?\s*")
_CANCELLED: Final = re.compile(
    r"\s*[(\[（]?\s*(?:cancel+ed|deleted|已?删除|已?取消)\s*[)\]）]?\s*[.。]?\s*", re.IGNORECASE
)
_CLAIM_ID: Final = re.compile(r"CLM-0*(\d{1,4})")
_DIGITS: Final = re.compile(r"\d{1,6}")
_WRITTEN: Final = re.compile(r"\s*[\[【](\d{4,5})[\]】]\s*")
_INSTRUCTIONS: Final[dict[str, SectionKind]] = {
    "RELAPP": "other",
    "GOVINT": "other",
    "brief-description-of-drawings": "drawings",
    "DETDESC": "embodiments",
    "detailed-description": "embodiments",
}
"""Processing instructions that open a part of an American description."""


def in_language(elements: Iterable[etree._Element], wanted: Lang | None) -> etree._Element | None:
    """Of versions in several languages that of the document, else an English, a Chinese, the first one."""
    found = list(elements)
    for lang in (wanted, "en", "zh"):
        for element in found:
            if lang is not None and lang_of(attribute(element, "lang", "language-code")) == lang:
                return element
    return found[0] if found else None


def title_of(titles: Iterable[etree._Element], wanted: Lang | None) -> str:
    best = in_language(titles, wanted)
    return "" if best is None else text_of(best, soft_breaks=True).replace("\n", " ")


def abstract_of(abstract: etree._Element, *, soft_breaks: bool) -> str:
    """The paragraphs of an abstract, its title and figures left out."""
    paragraphs = list(descendants(abstract, PARAGRAPHS))
    texts = (text_of(each, soft_breaks=soft_breaks) for each in paragraphs or [abstract])
    return "\n".join(text for text in texts if text)


def claims_of(claims: etree._Element, lang: Lang | None, *, soft_breaks: bool) -> ClaimSet:
    """The claims in order. The number is the attribute's, else the one written, else counted; a range of cancelled
    claims ("1-20. (canceled)") is no claim."""
    found: list[Numbered] = []
    gone: set[int] = set()
    for element in descendants(claims, CLAIM):
        text = text_of(element, soft_breaks=soft_breaks)
        several = _SEVERAL.match(text)
        if several is not None and _CANCELLED.fullmatch(text, several.end()):
            gone.update(range(int(several[1]), int(several[2]) + 1))
            continue
        written = _NUMBER.match(text)
        stated = _stated(element)
        number = stated or (int(written[1]) if written else found[-1].number + 1 if found else 1)
        if written is not None and (stated is None or int(written[1]) == stated):
            text = text[written.end() :]
        if _CANCELLED.fullmatch(text):
            gone.add(number)
        elif text.strip():
            found.append(Numbered(number, text.strip(), stated is not None or written is not None))
    return claim_set(found, head="", cancelled=frozenset(gone), lang=lang)


def _stated(claim: etree._Element) -> int | None:
    number = first(claim, "claim-number")
    stated = attribute(claim, "num") or (words_of(number) if number is not None else "")
    digits = _DIGITS.fullmatch(stated.strip()) or _CLAIM_ID.fullmatch(attribute(claim, "id"))
    return int(digits[digits.lastindex or 0]) or None if digits else None


def pieces_of(description: etree._Element, *, soft_breaks: bool) -> Iterator[Piece]:
    """Headings and paragraphs in document order, each with the part it stands in."""
    yield from _below(description, None, soft_breaks)


def _below(element: etree._Element, kind: SectionKind | None, soft: bool) -> Iterator[Piece]:
    for child in element:
        name = name_of(child)
        if isinstance(child, etree._ProcessingInstruction):
            kind = _instructed(child, kind)
        elif not name or name in TITLES:
            continue
        elif name in HEADINGS:
            yield Piece(text_of(child, soft_breaks=True).replace("\n", " "), heading=True, kind=kind)
        elif name in PARAGRAPHS:
            yield _paragraph(child, kind, soft)
        elif any(True for _ in descendants(child, PARAGRAPHS | HEADINGS)):
            yield from _below(child, PARTS.get(name, kind), soft)
        else:
            yield Piece(text_of(child, soft_breaks=soft), kind=PARTS.get(name, kind))


def _instructed(instruction: etree._ProcessingInstruction, kind: SectionKind | None) -> SectionKind | None:
    opened = _INSTRUCTIONS.get(str(instruction.target))
    if opened is None:
        return kind if instruction.target not in ("BRFSUM", "summary-of-invention") else None
    return opened if 'end="lead"' in (instruction.text or "") else None


def _paragraph(element: etree._Element, kind: SectionKind | None, soft: bool) -> Piece:
    """Its id is the attribute `num`, a number written before the text, or the digits of the attribute `id`."""
    text = text_of(element, soft_breaks=soft)
    written = _WRITTEN.match(text)
    child = first(element, "number")
    stated = attribute(element, "num", "p-number", "number") or (words_of(child) if child is not None else "")
    own = _DIGITS.search(stated) or _DIGITS.search(attribute(element, "id"))
    if written is not None:
        text = text[written.end() :]
    number = written[1] if written is not None else own[0] if own is not None else ""
    return Piece(text, id=number.zfill(4) if number else "", kind=kind)
