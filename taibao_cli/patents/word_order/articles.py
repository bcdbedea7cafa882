"""What English has and Chinese has not: articles, and the "is" before a participle."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from taibao_cli.patents.lexicon import Match

_CLAIM: Final = re.compile(r"\b(?:said|wherein|characterized|comprising|claims? \d)\b")
"""Words by which a text shows that it is of a claim."""

_TOLD: Final = re.compile(r"(?:.* )?(?:(?:provid|disclos|propos)(?:es?|ed)|relates to|belongs to)")
"""What stands before the name of an invention."""

_DONE: Final = re.compile(".*(?:ed|ly)|built|driven|given|held|made|put|set|shown")
"""What follows an "is" that Chinese leaves out."""

_NOTHING: Final = Match("", ())


def without_articles(pieces: Sequence[Match], *, claim: bool) -> list[Match]:
    """English pieces without what Chinese leaves out. "a" stays where the name of an invention begins (一种泵), "the"
    in a claim, where 所述 says that the part has been named: a text is of a claim when it says so, or `claim` does."""
    claim = claim or bool(_CLAIM.search(" ".join(piece.source.lower() for piece in pieces)))
    kept: list[Match] = []
    named = _is_told(pieces)
    for before, piece, after in zip([_NOTHING, *pieces], pieces, [*pieces[1:], _NOTHING], strict=False):
        word, following = piece.source.lower(), after.source.split(" ")[0]
        match word:
            case "a" | "an":
                needed = not named or bool(_TOLD.fullmatch(before.source.lower())) or not following.isalpha()
            case "the":
                needed = claim
            case "is" | "are":
                needed = not _DONE.fullmatch(following)
            case _:
                needed = True
        named = named or word.isalpha()
        if needed:
            kept.append(piece)
    return kept


def _is_told(pieces: Sequence[Match]) -> bool:
    """Whether something "is" in the first clause, which then names no invention."""
    clause = takewhile(lambda piece: piece.source not in (",", ";", ":"), pieces)
    return any(piece.source.lower().split(" ")[0] in ("is", "are") for piece in clause)
