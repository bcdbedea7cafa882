"""A claim cut into its features, as a claim chart has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.patents.claims.claimset import Claim
from taibao_cli.patents.language import Lang

_STRONG: Final = re.compile(r"[;；\n]+")
_WEAK: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"[，,](?=\s*(?:所述|所说|该|其中|包括|包含|设有|具有|且|并|还|以及|同时|用于|另|每|任一|其))"),
    "en": re.compile(
        r",(?=\s*(?:and\s+)?(?:wherein|whereby|where|the|said|an?|at\s+least|one\s+or\s+more|each|which|further)\b)",
        re.IGNORECASE,
    ),
}
_EDGES: Final = re.compile(
    r"^(?:[\s,，;；:：、.。]|(?:and|or)\s+|[和及与且](?=所述|一)|以及|[(（]?[a-zA-Z\d]{1,2}[)）]\s*)+|[\s,，;；:：、.。]+$|\s*\b(?:and|or)$"
)
_LONG: Final = 60
"""Characters of a Chinese piece, twice as many of an English one, above which commas part it as well."""


@dataclass(frozen=True, slots=True)
class Feature:
    """`text` stands in the claim word for word, from `start`. The first one is what the claim is about."""

    number: int
    text: str
    start: int


def features(claim: Claim) -> tuple[Feature, ...]:
    """The preamble, then the body, cut at semicolons and lines; at commas before 所述, 其中, "wherein", "a", "the" …
    where a piece is long or has no semicolon around it. Nothing is lost but the transition, signs and "and".
    """
    found: list[Feature] = []
    ends, begins = _transition(claim)
    spans = [*_pieces(claim.text, 0, ends, claim.lang), *_pieces(claim.text, begins, len(claim.text), claim.lang)]
    for start, end in spans:
        start, end = _trimmed(claim.text, start, end)
        if start < end:
            found.append(Feature(len(found) + 1, claim.text[start:end], start))
    return tuple(found)


def _transition(claim: Claim) -> tuple[int, int]:
    """Where the preamble ends and the body begins; (0, 0) for a claim without a transition.

    Words of a transition that say something begin the body (由…组成); those that only mark it are in neither
    (其特征在于, "comprising").
    """
    if not claim.transition:
        return 0, 0
    at = claim.text.find(claim.preamble) + len(claim.preamble)
    if claim.transition.startswith("由"):
        return at, at
    marked = re.compile(r"[\s,，]*" + r"\s+".join(map(re.escape, claim.transition.split())), re.IGNORECASE)
    match = marked.match(claim.text, at)
    return at, match.end() if match else at


def _pieces(text: str, start: int, end: int, lang: Lang) -> Iterator[tuple[int, int]]:
    strong = list(_cut(text, start, end, _STRONG))
    for piece in strong:
        length = (piece[1] - piece[0]) / (1 if lang == "zh" else 2)
        if len(strong) == 1 or length > _LONG:
            yield from _cut(text, *piece, _WEAK[lang])
        else:
            yield piece


def _cut(text: str, start: int, end: int, signs: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in signs.finditer(text, start, end):
        if text.count("（", at, match.start()) + text.count("(", at, match.start()) > text.count(
            "）", at, match.start()
        ) + text.count(")", at, match.start()):
            continue  # within parentheses
        yield at, match.start()
        at = match.end()
    yield at, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (match := _EDGES.search(text[start:end])) is not None and match.end() > match.start():
        if match.start() == 0:
            start += match.end()
        else:
            end = start + match.start()
    return start, end
