"""The opening of a dependent claim, by rule.

根据权利要求1所述的泵，其特征在于 becomes "The pump according to claim 1, characterized in that", and the reverse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from taibao_cli.patents.claims.claimset import Claim, parse_claims
from taibao_cli.patents.claims.references import Reference
from taibao_cli.patents.language import Lang

_NAMED = re.compile(r"权利要求|\bclaims?\b", re.IGNORECASE)
_ZH_AFTER = re.compile(r"[，,]?\s*(?P<word>其特征(?:在于|是)|其中)?\s*[，,:：]?\s*")
_EN_AFTER = re.compile(r"\s*,?\s*(?P<word>characteri[sz]ed\s+in\s+that|wherein|in\s+which)?\s*[,:]?\s*", re.IGNORECASE)
_EN_BEFORE = re.compile(
    r"\s*(?:The|An?)\s+(?P<title>[^,;:]{1,120}?)\s*,?\s+(?:of|in|as|according|as\s+claimed|as\s+recited|as\s+defined|recited|claimed|defined|set)\b[^,;:]{0,40}$",
    re.IGNORECASE,
)
_ZH_TAIL = re.compile(r"\s*(?:中)?(?:的)?(?:任[意何]?(?:之?一)?[项个]?|之一)?(?:权利要求)?")
_WORDS: Final = {
    "en": {"其特征在于": "characterized in that", "其特征是": "characterized in that", "其中": "wherein", "": ""},
    "zh": {"characterized in that": "其特征在于，", "wherein": "其中，", "in which": "其中，", "": ""},
}


@dataclass(frozen=True, slots=True)
class Opening:
    """`text` is the opening as written, `end` where the rest of the claim begins; `title` is still to be rendered."""

    text: str
    end: int
    title: str
    reference: Reference
    word: str

    def rendered(self, title: str, to: Lang) -> str:
        """The opening in the other language."""
        word = _WORDS[to][" ".join(self.word.lower().split()).replace("characterised", "characterized")]
        if to == "en":
            return f"The {title} according to {phrase(self.reference, 'en')},{' ' + word if word else ''}"
        return f"根据{phrase(self.reference, 'zh')}所述的{title}，{word}"


def opening_of(claim: Claim) -> Opening | None:
    """The opening of a claim that depends in a usual form of words; None for all others."""
    basis = claim.basis
    if basis is None or not claim.title or not claim.opens_with_reference or basis.mode in ("joint", "bare"):
        return None
    return _chinese(claim, basis) if claim.lang == "zh" else _english(claim, basis)


def opening_in(text: str, lang: Lang) -> tuple[str, Opening] | None:
    """The opening of a text that is one claim, or its beginning, and the number written before it."""
    if not _NAMED.search(text):
        return None
    claims = parse_claims([text], lang).claims
    opening = opening_of(claims[0]) if len(claims) == 1 else None
    at = text.find(claims[0].text) if opening else -1
    return (text[:at], opening) if opening and at >= 0 else None


def _chinese(claim: Claim, basis: Reference) -> Opening | None:
    start = claim.text.find(claim.title, basis.end)
    if start < 0 or not re.match(r"\s*(?:根据|如|按照|依据)?\s*权利要求", claim.text):
        return None
    return _cut(claim, basis, start + len(claim.title), _ZH_AFTER, claim.title)


def _english(claim: Claim, basis: Reference) -> Opening | None:
    before = _EN_BEFORE.match(claim.text[: basis.start])
    return _cut(claim, basis, basis.end, _EN_AFTER, before["title"]) if before else None


def _cut(claim: Claim, basis: Reference, end: int, after: re.Pattern[str], title: str) -> Opening | None:
    match = after.match(claim.text, end)
    stop = match.end() if match else end
    if stop >= len(claim.text) or match is None or stop == end:
        return None
    return Opening(claim.text[:stop], stop, title, basis, match["word"] or "")


def phrase(reference: Reference, to: Lang) -> str:
    """The claims named: "claim 1", "claim 1 or 2", "any one of claims 1 to 3"; 权利要求1至3中任一项."""
    if reference.preceding and not reference.numbers:
        return "any one of the preceding claims" if to == "en" else "前述权利要求中任一项"
    numbers = reference.numbers
    if len(numbers) == 1:
        return f"claim {numbers[0]}" if to == "en" else f"权利要求{numbers[0]}"
    runs = _runs(numbers)
    joint = reference.mode == "joint"
    if to == "en":
        listed = _listed([f"{first} to {last}" if last > first else str(first) for first, last in runs], ", ", " and ")
        if joint:
            return f"claims {listed}"
        return f"claim {numbers[0]} or {numbers[1]}" if len(numbers) == 2 else f"any one of claims {listed}"
    listed = _listed(
        [f"{first}至{last}" if last > first else str(first) for first, last in runs], "、", "和" if joint else "或"
    )
    return f"权利要求{listed}" if joint or len(numbers) == 2 else f"权利要求{listed}中任一项"


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """1, 2, 3, 7 as (1, 3), (7, 7); two in a row are no run."""
    starts = [numbers[0], *(two for one, two in pairwise(numbers) if two != one + 1)]
    ends = [*(one for one, two in pairwise(numbers) if two != one + 1), numbers[-1]]
    runs: list[tuple[int, int]] = []
    for first, last in zip(starts, ends, strict=True):
        runs += [(first, last)] if last > first + 1 else [(number, number) for number in range(first, last + 1)]
    return runs


def _listed(parts: list[str], comma: str, last: str) -> str:
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + last + parts[-1]


def with_tail(text: str, reference: Reference, lang: Lang) -> tuple[int, int]:
    """Where a reference stands with the words around it that say "any one of"."""
    if lang == "zh":
        tail = _ZH_TAIL.match(text, reference.end)
        return reference.start, tail.end() if tail else reference.end
    head = re.search(
        r"(?:any|either|at\s+least|each)?\s*(?:one)?\s*(?:of)?\s*(?:the)?\s*$", text[: reference.start], re.IGNORECASE
    )
    start = head.start() if head and re.search(r"any|either|one", head[0], re.IGNORECASE) else reference.start
    return start + (len(text[start : reference.start]) - len(text[start : reference.start].lstrip())), reference.end
