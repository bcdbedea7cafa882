"""Names in Latin letters that a Chinese text has: acronyms, chemical elements, variables. Both sides must have them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Skipped, Words, finding
from taibao_cli.checks.translation.subject import Translation, Unit
from taibao_cli.patents.protected import protected, without
from taibao_cli.patents.quantities import quantities

_LOST: Final = Words(
    "原文的“{names}”不见于译文", '"{names}" of the source not in the answer', "核对是否漏译", "see what is left out"
)
_UNDEFINED: Final = Words(
    "原文说明了变量“{names}”的含义，译文没有",
    'the source says what "{names}" means, the answer does not',
    "核对是否漏译",
    "see what is left out",
)
_TOKEN = re.compile(r"(?<![A-Za-z\d_])[A-Za-zα-ωΑ-Ω][A-Za-zα-ωΑ-Ω]*(?![A-Za-z\d_])")
_DEFINED = re.compile(
    r"(?<![A-Za-z\d_/·*+^<>=≤≥×-])(?P<name>[A-Za-zα-ωΑ-Ω]{1,3}\d?)(?:是|为|表示|代表|指|即)(?![A-Za-z\d.]*[，。；\d])"
)
_EXPLAINED = (
    r"(?:[A-Za-z]{{3,}},? |\bas |\bis )\(?{name}\b"
    r"|\b{name}\)? ?(?:is|are|was|denot|represent|being|mean|stand|indicat|refer|design|[:=(,])"
)
_LETTERS = re.compile(r"[A-Za-zα-ωΑ-Ω]+")
_SHORT: Final = 2
_WORDS: Final = frozenset(("a", "A", "I", "as", "at", "by", "in", "is", "of", "on", "or", "to"))
"""What is a word of English too."""


def _names(pair: Translation) -> Outcome:
    if pair.to != "en":
        return Skipped("原文是英文", "the source is English")
    found = [(unit, _tokens(unit.source)) for unit in pair.units]
    if not any(tokens for _, tokens in found):
        return Skipped("原文没有西文名称", "the source has no names in Latin letters")
    return [each for unit, tokens in found for each in _compared(unit, tokens)]


def _tokens(text: str) -> Counter[str]:
    """Latin words that are no units, no part of a symbol or a formula."""
    plain = unicodedata.normalize("NFKC", text)
    text = plain if len(plain) == len(text) else text
    hidden = [(span.start, span.end) for span in protected(text)]
    hidden += [(each.start, each.end) for each in quantities(text)]
    return Counter(_TOKEN.findall(without(text, hidden)))


def _compared(unit: Unit, tokens: Counter[str]) -> Iterator[Finding]:
    squeezed = re.sub(r"[\W_]+", "", unit.answer).casefold()
    alone = set(_LETTERS.findall(unicodedata.normalize("NFKC", unit.answer)))
    lost = [name for name in tokens if name not in _WORDS and name not in alone and not _inside(name, squeezed)]
    if lost:
        yield finding("names", "REVIEW", _LOST, unit.place, names=", ".join(lost))
    told = dict.fromkeys(match["name"] for match in _DEFINED.finditer(unit.source))
    unsaid = [name for name in told if name not in _WORDS and name not in lost and not _explained(name, unit.answer)]
    if unsaid:
        yield finding("names", "REVIEW", _UNDEFINED, unit.place, names=", ".join(unsaid))


def _inside(name: str, squeezed: str) -> bool:
    """Whether the letters stand in the answer in whatever way; one or two letters stand in every text."""
    return len(name) > _SHORT and name.casefold() in squeezed


def _explained(name: str, answer: str) -> bool:
    """Whether a verb stands after the variable, or a word before it: "v is the wind speed", "the wind speed v"."""
    return re.search(_EXPLAINED.format(name=re.escape(name)), answer) is not None


CHECKS: Final[tuple[Check[Translation], ...]] = (
    Check(
        "names",
        "原文中的西文名称、元素和变量见于译文",
        "acronyms, chemical elements and variables of a Chinese source are in the answer",
        "REVIEW",
        _names,
    ),
)
