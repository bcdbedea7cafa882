"""Names of elements in one spelling: `claim-text` for claim-text, ClaimText and pat:ClaimText."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from taibao_cli.patents.document.patent import SectionKind

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

TITLES: Final = {"invention-title", "title-of-invention"}
ABSTRACTS: Final = {"abstract", "cn-abstract", "subdoc-abstract", "sdoab"}
CLAIMS: Final = {"claims", "cn-claims", "subdoc-claims", "sdocl"}
CLAIM: Final = {"claim", "clm"}
DESCRIPTIONS: Final = {"description", "cn-description", "subdoc-description", "sdode"}
BIBLIOGRAPHIC: Final = {
    "bibliographic-data",
    "us-bibliographic-data-grant",
    "us-bibliographic-data-application",
    "cn-bibliographic-data",
    "subdoc-bibliographic-information",
    "sdobi",
}
PARAGRAPHS: Final = {"p", "paragraphs", "paragraph", "para"}
HEADINGS: Final = {"heading", "h"}
_PARTS: Final[dict[SectionKind, str]] = {
    "field": "technical-field",
    "background": "background-art background-of-invention",
    "summary": "disclosure summary-of-invention invention-summary tech-problem technical-problem tech-solution "
    "technical-solution advantageous-effects brfsum",
    "drawings": "description-of-drawings drawings-description drawing-description brief-description-of-drawings "
    "drwdesc",
    "embodiments": "mode-for-invention invention-mode best-mode description-of-embodiments embodiment-description "
    "embodiments-example embodiment-example detailed-description examples detdesc",
    "other": "industrial-applicability reference-signs-list sequence-list-text sequence-list citation-list "
    "cross-reference-to-related-applications federal-research-statement relapp govint",
}
PARTS: Final[dict[str, SectionKind]] = {name: kind for kind, names in _PARTS.items() for name in names.split()}
"""Elements that hold a part of the description. BRFSUM of older American grants holds the background as well, which
its headings tell."""


@functools.lru_cache(maxsize=4096)
def _kebab(tag: str) -> str:
    return _HUMP.sub("-", tag.rpartition("}")[2]).lower()


def name_of(element: etree._Element) -> str:
    """The local name in lower case with hyphens; empty for entities and processing instructions."""
    return _kebab(element.tag) if isinstance(element.tag, str) else ""


def attribute(element: etree._Element, *names: str) -> str:
    """The first of these attributes that is there, whatever its namespace and spelling; else empty."""
    given = {_kebab(key): value for key, value in element.attrib.items()}
    return next((str(given[name]).strip() for name in names if given.get(name)), "")


def words_of(element: etree._Element) -> str:
    """All text below, white space collapsed."""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def children(element: etree._Element, names: set[str]) -> Iterator[etree._Element]:
    return (child for child in element if name_of(child) in names)


def descendants(element: etree._Element, names: set[str]) -> Iterator[etree._Element]:
    """Elements of these names below, outermost only, in document order."""
    for child in element:
        if name_of(child) in names:
            yield child
        elif isinstance(child.tag, str):
            yield from descendants(child, names)


def first(element: etree._Element, *names: str) -> etree._Element | None:
    """The first element below that has one of the names."""
    return next(descendants(element, set(names)), None)
