"""Term accuracy: are the terms of a text rendered as the gold translation renders them?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from taibao_cli.patents.language import Lang, nfc
from taibao_cli.patents.lexicon import Lexicon
from train.evaluation.rows import EvalRow

Terms = Mapping[str, tuple[str, ...]]


def with_terms(
    rows: Sequence[EvalRow], lexicon: Lexicon | None, glossary: Mapping[Lang, Mapping[str, str]]
) -> list[EvalRow]:
    """Rows with the terms that can be judged: those that glossary or lexicon know in the source, with the renderings
    of theirs that stand in the gold. A term that the gold renders otherwise is not counted."""
    known = lexicon or Lexicon({}, {})
    return [replace(row, terms=_judged(row, known, glossary.get(row.inputs["lang"], {}))) for row in rows]


def _judged(row: EvalRow, lexicon: Lexicon, glossary: Mapping[str, str]) -> Terms:
    found: dict[str, tuple[str, ...]] = {}
    for match in lexicon.match(nfc(row.source), row.inputs["lang"], glossary):
        right = tuple(word for word in match.renderings if any(stands(word, gold) for gold in row.golds))
        if right and len(match.source) > 1:
            found[match.source] = right
    return found


def term_counts(terms: Terms, answer: str) -> tuple[int, int]:
    """(terms rendered right, terms)."""
    return sum(any(stands(word, answer) for word in right) for right in terms.values()), len(terms)


def stands(word: str, text: str) -> bool:
    """Whether the text has the word: as it is in Chinese; in English as whole words in any case, a plural ending
    allowed."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(word)}(?:e?s)?(?![A-Za-z0-9])", text, re.IGNORECASE) is not None
