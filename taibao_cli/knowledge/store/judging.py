"""Verdicts on statements that say what a sentence of a stored text says, or deny it in one number or one word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from taibao_cli.knowledge.answer import Judgement
from taibao_cli.knowledge.claims_of_law import compare
from taibao_cli.knowledge.primer import Lang
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.hit import Hit
from taibao_cli.knowledge.store.paragraphs import paragraphs
from taibao_cli.knowledge.store.present import citation
from taibao_cli.knowledge.store.quoting import as_citation
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.store.retrieve import search

_LOOKED_AT: Final = 5
_SENTENCE: Final = re.compile(r"[^。\n]+。?")


def judge_by_text(store: StatuteStore, statement: str, lang: Lang, day: str) -> Judgement | None:
    """The verdict of a sentence of a text in force on an ISO date, quoted; None when no sentence decides. A sentence
    that says the same goes before any that denies it."""
    contrary: Judgement | None = None
    for hit in search(store, statement, day, _LOOKED_AT).hits:
        for sentence, place in _sentences(hit):
            relation = compare(sentence, statement, lang)
            if relation == "other":
                continue
            found = _judgement(hit, sentence, place, lang, day, right=relation == "same")
            if relation == "same":
                return found
            contrary = contrary or found
    return contrary


def _sentences(hit: Hit) -> Iterator[tuple[str, Pinpoint]]:
    """The sentences of a passage that state something by themselves: not those that open a list, nor its items."""
    for part in paragraphs(hit.passage.words):
        if not part.items:
            at = Pinpoint(hit.pinpoint.article, hit.pinpoint.sub, part.number, label=hit.pinpoint.label)
            yield from ((sentence.strip(), at) for sentence in _SENTENCE.findall(part.text))


def _judgement(hit: Hit, sentence: str, place: Pinpoint, lang: Lang, day: str, *, right: bool) -> Judgement:
    quoted = Hit(hit.text, hit.passage, place, sentence, hit.score, hit.coverage)
    reason = f"{citation(hit.text, place, day, lang)}\n{sentence}"
    cited = (as_citation(quoted, day),)
    return Judgement("right" if right else "wrong", None, reason, cited, "GROUNDED", decided_by="text of the law")
