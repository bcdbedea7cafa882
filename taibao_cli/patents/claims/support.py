"""Names of claims that the description does not have: what a claim takes up again (所述叶轮, "the impeller") and what
bears a reference numeral. CN Patent Law art. 26(4), 35 USC 112(a), EPC art. 84.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.patents.claims.antecedents import mentions
from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.language import han_count
from taibao_cli.patents.numerals import numerals

_NEAR_ZH: Final = 12
"""Characters between the halves of a Chinese name that is written apart: 叶轮的外缘 for 叶轮外缘."""

_NEAR_EN: Final = 8
"""Words among which those of an English name stand: "edge of the impeller" for "impeller edge"."""

_WORD: Final = re.compile(r"[a-z0-9]+")
_ORDINAL: Final = re.compile(r"^第[一二三四五六七八九十\d]+|^(?:first|second|third|fourth|fifth|sixth)\s+")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A name that the description does not have; `span` is in the text of the claim."""

    claim: int
    name: str
    span: tuple[int, int]


def unsupported(claims: ClaimSet, description: str) -> tuple[Unsupported, ...]:
    """All of them in the order of the text, each name once."""
    described, seen = Described(description), set[str]()
    found: list[Unsupported] = []
    for claim in claims:
        for name, span in _names(claim):
            if name not in seen:
                seen.add(name)
                found += [] if described.has(name) else [Unsupported(claim.number, name, span)]
    return tuple(found)


def _names(claim: Claim) -> Iterator[tuple[str, tuple[int, int]]]:
    yield from ((found.phrase, (found.start, found.end)) for found in mentions(claim))
    for numeral in numerals(claim.text):
        if numeral.bracketed and len(numeral.name) > 1:
            yield numeral.name, (numeral.start, numeral.end)


class Described:
    """A description, to be asked for names: as they stand, without regard to case, spaces and endings, and by their
    words near one another. Ordinals are left out: 第一阀 is supported by 阀. A last word in -s may be the verb."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", text).lower()
        self._squeezed = re.sub(r"\s", "", plain)
        self._stems = [_stem(word) for word in _WORD.findall(plain)]
        self._places: dict[str, list[int]] = {}
        for at, stem in enumerate(self._stems):
            self._places.setdefault(stem, []).append(at)

    def has(self, name: str) -> bool:
        plain = _ORDINAL.sub("", unicodedata.normalize("NFKC", name).lower().strip())
        if han_count(plain):
            return self._chinese(re.sub(r"\s", "", plain))
        subject, _, verb = plain.rpartition(" ")
        return self._english(plain) or (bool(subject) and verb.endswith("s") and self._english(subject))

    def _chinese(self, name: str) -> bool:
        """Where a name begins and ends is not written: two characters at either end are enough, and so are its halves
        near one another."""
        if len(name) < 2 or name[:2] in self._squeezed or name[-2:] in self._squeezed:
            return True
        first, second = (re.escape(half) for half in (name[: len(name) // 2], name[len(name) // 2 :]))
        return len(name) > 3 and re.search(f"{first}.{{0,{_NEAR_ZH}}}{second}", self._squeezed) is not None

    def _english(self, name: str) -> bool:
        """All its words but one of many within a few words of one another."""
        wanted = list(dict.fromkeys(_stem(word) for word in _WORD.findall(name)))
        known = [stem for stem in wanted if stem in self._places]
        if len(known) < max(1, len(wanted) - (len(wanted) > 2)):
            return False
        return any(self._together(known, at) for at in self._places[known[-1]])

    def _together(self, stems: list[str], at: int) -> bool:
        near = self._stems[max(0, at - _NEAR_EN) : at + _NEAR_EN + 1]
        return all(stem in near for stem in stems)


def _stem(word: str) -> str:
    """Without the endings of plurals, "-ed" and "-ing"; what is left has three letters at least."""
    for ending, left in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and not word.endswith("ss") and len(word) - len(ending) >= 3:
            return (word[: -len(ending)] + left).removesuffix("e")
    return word.removesuffix("e") if len(word) > 3 else word
