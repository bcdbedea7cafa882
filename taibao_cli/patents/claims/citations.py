"""Other claims named inside a claim: 如权利要求3所述的泵 in 一种系统，包括水箱和如权利要求3所述的泵."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from taibao_cli.patents.claims.openings import phrase, with_tail
from taibao_cli.patents.claims.references import references
from taibao_cli.patents.lexicon import Match

_HEAD: Final = re.compile(r"(?:根据|如|按照|依据)$")
_TAIL: Final = re.compile(r"(?:所)?(?:述|限定|记载)的?")


def cited(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a Chinese text says "according to claim 3" of what follows, and that in English."""
    for reference in references(text, "zh"):
        start, end = with_tail(text, reference, "zh")
        head, tail = _HEAD.search(text[:start]), _TAIL.match(text, end)
        if tail and reference.mode != "bare":
            yield head.start() if head else start, tail.end(), f"according to {phrase(reference, 'en')}"


def match_around(text: str, match: Callable[[str], list[Match]]) -> list[Match]:
    """The pieces of a Chinese text, each such reference as one."""
    pieces: list[Match] = []
    at = 0
    for start, end, rendering in cited(text):
        pieces += [*(match(text[at:start]) if start > at else []), Match(text[start:end], (rendering,))]
        at = end
    return pieces + (match(text[at:]) if at < len(text) else [])
