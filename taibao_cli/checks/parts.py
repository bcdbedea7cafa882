"""Whether a description has its parts, in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.patents.claims.defects import Office
from taibao_cli.patents.document.patent import SectionKind

_ID: Final = "description-parts"
_ORDER: Final[tuple[SectionKind, ...]] = ("field", "background", "summary", "drawings", "embodiments")
_REQUIRED: Final[Mapping[Office, tuple[SectionKind, ...]]] = {
    "cn": _ORDER,
    "us": ("background", "summary", "drawings", "embodiments"),
    "pct": _ORDER,
    "ep": (),
}
"""The EPC asks for the contents, not for the headings. Drawings are asked for where the text mentions figures."""

_WITHIN_BACKGROUND: Final[tuple[Office, ...]] = ("us", "ep")
"""Where the field of the invention may stand below "Background of the invention"."""

_NAMES: Final[Mapping[SectionKind, tuple[str, str]]] = {
    "field": ("技术领域", "technical field"),
    "background": ("背景技术", "background"),
    "summary": ("发明内容", "summary"),
    "drawings": ("附图说明", "description of the drawings"),
    "embodiments": ("具体实施方式", "detailed description"),
}
_FEWEST: Final = 2
"""Headings of known parts; a text with fewer is not divided by headings."""

_MISSING: Final = Words(
    "说明书没有“{zh}”部分的标题",
    'no heading begins the part "{en}" of the description',
    "补上该部分或其标题",
    "add the part, or its heading",
)
_TURNED: Final = Words(
    "“{zh_second}”应在“{zh_first}”之后",
    '"{en_second}" stands before "{en_first}"',
    "按规定顺序排列各部分",
    "put the parts into their order",
)


def _parts(document: Document) -> Outcome:
    if not document.description:
        return Skipped("没有说明书", "no description")
    kinds = [each.kind for each in document.sections if each.heading]
    found = list(dict.fromkeys(kind for kind in kinds if kind in _NAMES))
    if len(found) < _FEWEST:
        return Skipped("说明书没有各部分的标题", "the description has no headings of its parts")
    return [*_missing(document, found), *_turned(document.rules_of, found)]


def _missing(document: Document, found: Sequence[SectionKind]) -> Iterator[Finding]:
    for kind in _REQUIRED[document.rules_of]:
        if kind not in found and (kind != "drawings" or document.figures):
            zh, en = _NAMES[kind]
            yield finding(_ID, "REVIEW", _MISSING, Place("description"), document.rules_of, zh=zh, en=en)


def _turned(office: Office, found: Sequence[SectionKind]) -> Iterator[Finding]:
    """By where each part first begins."""
    ordered = [kind for kind in found if kind != "field" or office not in _WITHIN_BACKGROUND]
    for before, after in pairwise(ordered):
        if _ORDER.index(before) > _ORDER.index(after):
            (zh_first, en_first), (zh_second, en_second) = _NAMES[after], _NAMES[before]
            names = {"zh_first": zh_first, "en_first": en_first, "zh_second": zh_second, "en_second": en_second}
            yield finding(_ID, "REVIEW", _TURNED, Place("description"), office, **names)


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        _ID,
        "说明书各部分齐全，顺序正确",
        "the description has its parts, in their order",
        "REVIEW",
        _parts,
        "CN Implementing Rules art. 20; 37 CFR 1.77(b); PCT R. 5.1",
    ),
)
