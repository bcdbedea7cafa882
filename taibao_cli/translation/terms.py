"""Terms of a document that get one rendering before anything else is translated."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.language import Lang, han_count
from taibao_cli.patents.numerals import numeral_table, numerals

_MOST: Final = 300
_LONGEST: Final = 16
"""Chinese characters or words of a name; a longer one is a phrase."""

_LEAST: Final = 2
_ARTICLE = re.compile(r"^(?:an?|the|said)\s+", re.IGNORECASE)
_NO_TERM = re.compile(r"[\d()（）\[\]]")


def terms_of(patent: Patent) -> list[str]:
    """Names that bear reference numerals and subjects of claims, the most frequent first."""
    texts = [patent.abstract, *(claim.text for claim in patent.claims), *(each.text for _, each in patent.paragraphs())]
    whole = "\n".join(texts)
    counts: Counter[str] = Counter()
    names = [name for text in _blocks(texts) for found in numeral_table(numerals(text)).values() for name in found[:1]]
    for name in [*names, *(claim.title for claim in patent.claims if claim.independent)]:
        plain = _NO_TERM.sub("", name).strip()
        if _is_term(plain, patent.lang) and plain not in counts:
            counts[plain] = whole.count(plain)
    return [name for name, count in counts.most_common(_MOST) if count >= _LEAST]


def _blocks(texts: list[str]) -> Iterable[str]:
    """The texts in blocks that numerals are read from together."""
    return ["\n".join(texts[at : at + 50]) for at in range(0, len(texts), 50)]


def _is_term(name: str, lang: Lang) -> bool:
    size = han_count(name) if lang == "zh" else len(name.split())
    return _LEAST <= size <= _LONGEST if lang == "zh" else 1 <= size <= 5 and len(name) > _LEAST


def as_term(answer: str, to: Lang) -> str:
    """A rendering as a glossary has it: one line, no article, no full stop, English in lower case but for acronyms."""
    line = answer.strip().split("\n", 1)[0].strip(' .。，,;；:："“”')
    if to == "zh":
        return line
    line = _ARTICLE.sub("", line)
    first = line.partition(" ")[0]
    return line if first.isupper() and len(first) > 1 else line[:1].lower() + line[1:]
