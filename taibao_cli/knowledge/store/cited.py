"""The place of a law that a query names, alone or within a question."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from taibao_cli.knowledge.store.crossref import references
from taibao_cli.knowledge.store.database import StatuteStore, StoredText
from taibao_cli.knowledge.store.facts import Law, Version, laws
from taibao_cli.knowledge.store.hit import Hit
from taibao_cli.knowledge.store.lookup import choose, place, resolve
from taibao_cli.knowledge.store.present import version_words
from taibao_cli.knowledge.store.reference import Pinpoint, pinpoint_en, pinpoint_zh
from taibao_cli.knowledge.words import without_asking
from taibao_cli.patents.language import Lang

_PLACE_LIKE: Final = re.compile(r"[0-9０-９条章]")
_SAYS: Final = re.compile(r"(?:规定|内容|原文|条文)了?\s*$")


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A place of a law that a query names. `missing` tells that it is not there: `text` has no such place, or, with
    `text` None, the store has no text of `law` that may answer on the day; `known` is the version then in force."""

    law: Law | None
    pinpoint: Pinpoint
    text: StoredText | None
    known: Version | None
    hits: tuple[Hit, ...]

    @property
    def missing(self) -> bool:
        return not self.hits

    def why(self, lang: Lang) -> str:
        """Why there is nothing at the place."""
        where = pinpoint_zh(self.pinpoint) if lang == "zh" else pinpoint_en(self.pinpoint)
        if self.text is not None:
            name, version = self.text.name(lang), version_words(self.text, lang)
            return f"《{name}》（{version}）没有{where}。" if lang == "zh" else f"{name} ({version}) has no {where}."
        name = self.law.name(lang) if self.law else ""
        if lang == "zh":
            known = f"（{self.known.date} 版本，{self.known.starts} 施行）" if self.known else ""
            return f"法规库中没有《{name}》现行文本{known}，无法引用{where}。"
        known = f" (version {self.known.date}, in force since {self.known.starts})" if self.known else ""
        return f"The store has no text of the {name} that applies{known}; {where} cannot be quoted."


def cited_place(store: StatuteStore, query: str, on: str) -> CitedPlace | None:
    """The place that a query names, alone or within a question; None when it names none."""
    texts = store.texts()
    bare = _SAYS.sub("", without_asking(query))
    named = resolve(bare, texts) if _PLACE_LIKE.search(bare) else None
    if named is not None and named[1] is not None:
        law_id, pinpoint = named[0], named[1]
    else:
        inside = [one for one in references(query) if one.law_id]
        if not inside:
            return None
        law_id, pinpoint = inside[0].law_id, inside[0].pinpoint
    choice = choose(texts, law_id, on)
    law = laws().get(law_id)
    if choice.text is None:
        return CitedPlace(law, pinpoint, None, choice.known, ())
    text, found = choice.text, place(store, choice.text, pinpoint)
    hits = tuple(
        Hit(text, passage, found.pinpoint, found.words or passage.words, math.inf, 1.0, exact=True)
        for passage in found.passages
    )
    return CitedPlace(law, pinpoint, text, choice.known, () if found.missing else hits)
