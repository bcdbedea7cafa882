"""Rows of evaluation sets: what a row is, and how rows are chosen and put in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from typing import Any, Final

from taibao_cli.patents.language import Lang, nfc
from train.data.corpora import Row
from train.data.documents import official_symbol

Gold = str | float | tuple[str, ...]
"""The right answer, or several that are equally right."""

SOURCE_FIELDS: Final = ("title", "abstract", "claims", "description", "text", "a", "b", "question")


@dataclass(frozen=True, slots=True)
class EvalRow:
    """`inputs` is an input row as in docs/batch.md; `gold` the right answer; `part` and `section` (of the IPC) name
    shares of the set that are also reported by themselves; `terms` has, for terms of the source, the renderings of the
    gold that count as right."""

    id: str
    inputs: Mapping[str, Any]
    gold: Gold
    part: str = ""
    section: str = ""
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def golds(self) -> tuple[str, ...]:
        """All right answers as text."""
        return self.gold if isinstance(self.gold, tuple) else (str(self.gold),)

    @property
    def digest(self) -> str:
        """Names question and gold, so that two reports can tell whether they measured the same."""
        facts = json.dumps([dict(self.inputs), self.gold], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()[:12]

    @property
    def answer_lang(self) -> Lang:
        """The language of the answer."""
        lang: Lang = self.inputs.get("to", self.inputs["lang"])
        return lang

    @property
    def source(self) -> str:
        """What the answer is made from, as one text."""
        given = (self.inputs.get(key) for key in SOURCE_FIELDS)
        texts = ("\n".join(text) if isinstance(text, list) else text for text in given if text)
        said = (message["content"] for message in self.inputs.get("messages", ()))
        return "\n".join([*texts, *said])


def shuffled(rows: Iterable[EvalRow], rng: Random) -> list[EvalRow]:
    listed = list(rows)
    rng.shuffle(listed)
    return listed


def in_turn(groups: Mapping[str, list[EvalRow]], *, equal: bool) -> list[EvalRow]:
    """One of each group after the other; `equal` stops when the smallest is spent."""
    columns = [groups[key] for key in sorted(groups)]
    lines = zip(*columns, strict=False) if equal else zip_longest(*columns)
    return [row for line in lines for row in line if row is not None]


def clean(rows: Iterable[Row], *, translated: bool = False) -> list[Row]:
    """Documents with an abstract that character recognition did not damage; translations only on request."""
    return [r for r in rows if r.get("abstract") and not r.get("ocr_noise") and (translated or not r.get("translated"))]


def document_text(row: Row) -> str:
    """Title and abstract as the `ipc` prompt shows them."""
    return "\n".join(nfc(row[key]).strip() for key in ("title", "abstract") if row.get(key))


def section_of(row: Row) -> str:
    """The section of the first official symbol; empty without one."""
    return (official_symbol(row) or "")[:1]
