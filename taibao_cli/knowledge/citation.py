"""What answers of the law desk are made of: states, citations, and the line that ends each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.patents.language import Lang

State = Literal["GROUNDED", "NO MATCH", "UNAVAILABLE"]
Checked = Literal["text", "table"]

DISCLAIMER: Final[dict[Lang, str]] = {
    "zh": "以上为信息，不构成法律意见。",
    "en": "This is information, not legal advice.",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """A place of a law that an answer rests on.

    `version` and `effective` are ISO dates. `quote` is the exact text, "" where the store does not have it; `paragraph`
    and `item` are 0 where the whole is meant. `status` holds on the day of the answer, `source` names the file of the
    store. `checked` tells what proved that the place exists: the stored text, or the table of facts (law, version and
    last article).
    """

    law: str
    law_en: str
    law_id: str
    article: str
    article_number: str
    paragraph: int
    version: str
    effective: str
    status: str
    checked: Checked
    item: int = 0
    quote: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Referred:
    """A place that a quoted passage refers to. `version` is the one meant; `quote` is "" where its text is not stored,
    and `note` then says so; it also names a state other than in force."""

    law: str
    law_en: str
    pinpoint: Pinpoint
    version: str
    quote: str
    note: str
