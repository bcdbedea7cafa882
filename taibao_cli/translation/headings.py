"""Headings of descriptions as each language writes them: CN Implementing Rules art. 20, 37 CFR 1.77."""

from __future__ import annotations

from typing import Final

from taibao_cli.patents.document.patent import SectionKind
from taibao_cli.patents.language import Lang

_HEADINGS: Final[dict[SectionKind, dict[Lang, str]]] = {
    "field": {"zh": "技术领域", "en": "TECHNICAL FIELD"},
    "background": {"zh": "背景技术", "en": "BACKGROUND"},
    "summary": {"zh": "发明内容", "en": "SUMMARY"},
    "drawings": {"zh": "附图说明", "en": "BRIEF DESCRIPTION OF THE DRAWINGS"},
    "embodiments": {"zh": "具体实施方式", "en": "DETAILED DESCRIPTION"},
}


def heading(kind: SectionKind, to: Lang) -> str | None:
    """The heading of a part; None for headings of other kinds, which are translated."""
    return _HEADINGS.get(kind, {}).get(to)
