"""A claim set as text with branches, JSON, Mermaid or DOT."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Any, Final

from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.claims.defects import Defect
from taibao_cli.patents.language import Lang

_WIDTH: Final = 64
"""Cells of a claim's beginning at most."""

_CATEGORY: Final[dict[Lang, dict[str, str]]] = {
    "zh": {"product": "产品", "method": "方法", "use": "用途"},
    "en": {"product": "product", "method": "method", "use": "use"},
}
_MERMAID: Final = re.compile(r"[^\w ,，、…()]")
"""What a label of Mermaid may take for syntax."""

_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "zh": {"cites": "（提及 {numbers}）", "again": "（见上）", "claim": "权利要求 {number}"},
    "en": {"cites": " (cites {numbers}) ", "again": " (see above)", "claim": "claim {number}"},
}


@dataclass(frozen=True, slots=True)
class Branches:
    """What the tree is drawn with: to a claim with more below, to the last one, and beside what is under each."""

    middle: str
    last: str
    beside: str
    under: str
    cut: str


BOXES: Final = Branches("├─ ", "└─ ", "│  ", "   ", "…")
ASCII: Final = Branches("|- ", "`- ", "|  ", "   ", "...")


def branches_for(encoding: str) -> Branches:
    """Box lines, or ASCII ones where the encoding has no box lines."""
    try:
        "├─└│…".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return ASCII
    return BOXES


def tree_text(claims: ClaimSet, lang: Lang, branches: Branches = BOXES, width: int | None = None) -> str:
    """One line for each claim: number, category, beginning. A claim with several parents stands under each of them.

    The second time only its number is given. A reference to a later or missing claim makes no branch. Lines keep
    within `width` cells: the deeper a claim, the less of it is shown.
    """
    children = _children(claims)
    nested = {child for below in children.values() for child in below}
    waiting = [(at, "", "") for at in range(len(claims) - 1, -1, -1) if at not in nested]
    lines: list[str] = []
    shown: set[int] = set()
    while waiting:
        at, lead, margin = waiting.pop()
        claim = claims.claims[at]
        if at in shown:
            lines.append(f"{lead}{claim.number}{_WORDS[lang]['again']}")
            continue
        shown.add(at)
        room = None if width is None else width - len(lead)
        lines.append(f"{lead}{_label(claim, lang, branches.cut, room)}")
        below = children[at]
        for place in range(len(below) - 1, -1, -1):
            end = place == len(below) - 1
            branch, space = (branches.last, branches.under) if end else (branches.middle, branches.beside)
            waiting.append((below[place], margin + branch, margin + space))
    return "\n".join(lines)


def defect_lines(found: tuple[Defect, ...], lang: Lang) -> Iterator[str]:
    """One for each defect: FIX claim 3: refers to itself [ref-self]."""
    for defect in found:
        claim = _WORDS[lang]["claim"].format(number=defect.claim)
        colon = "：" if lang == "zh" else ": "
        yield f"{defect.severity} {claim}{colon}{defect.message(lang)} [{defect.code}]"


def tree_json(claims: ClaimSet, found: tuple[Defect, ...]) -> dict[str, Any]:
    """Everything that was read, as an object that JSON can hold."""
    return {
        "claims": [
            {
                "number": claim.number,
                "lang": claim.lang,
                "independent": claim.independent,
                "category": claim.category,
                "refers": list(claim.refers),
                "cites": list(claim.cites),
                "title": claim.title,
                "preamble": claim.preamble,
                "transition": claim.transition,
                "body": claim.body,
                "text": claim.text,
            }
            for claim in claims
        ],
        "defects": [
            {
                "code": defect.code,
                "severity": defect.severity,
                "claim": defect.claim,
                "place": list(defect.place),
                "zh": defect.zh,
                "en": defect.en,
            }
            for defect in found
        ],
    }


def tree_mermaid(claims: ClaimSet, found: tuple[Defect, ...], lang: Lang) -> str:
    """A Mermaid flowchart; arrows go from a claim to those that depend on it, dotted ones to those that cite it."""
    lines = ["flowchart TD"]
    for at, claim in enumerate(claims):
        label = _MERMAID.sub(lambda char: f"#{ord(char[0])};", _label(claim, lang, "…"))
        lines.append(f'  c{at}["{label}"]')
    lines += [f"  c{start} --> c{end}" for start, end in _edges(claims, cited=False)]
    lines += [f"  c{start} -.-> c{end}" for start, end in _edges(claims, cited=True)]
    lines += [f"  %% {line}" for line in defect_lines(found, lang)]
    return "\n".join(lines)


def tree_dot(claims: ClaimSet, found: tuple[Defect, ...], lang: Lang) -> str:
    """A Graphviz digraph with the same arrows as the Mermaid flowchart."""
    lines = ["digraph claims {", "  node [shape=box];"]
    for at, claim in enumerate(claims):
        label = _label(claim, lang, "…").replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  c{at} [label="{label}"];')
    lines += [f"  c{start} -> c{end};" for start, end in _edges(claims, cited=False)]
    lines += [f"  c{start} -> c{end} [style=dashed];" for start, end in _edges(claims, cited=True)]
    lines += [f"  // {line}" for line in defect_lines(found, lang)]
    return "\n".join([*lines, "}"])


def _edges(claims: ClaimSet, *, cited: bool) -> Iterator[tuple[int, int]]:
    """Pairs of places in the set, from the claim named to the one that names it; only to earlier claims."""
    places: dict[int, int] = {}
    for at, claim in enumerate(claims):
        for number in claim.cites if cited else claim.refers:
            if number in places and number != claim.number:
                yield places[number], at
        places.setdefault(claim.number, at)


def _children(claims: ClaimSet) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {at: [] for at in range(len(claims))}
    for start, end in _edges(claims, cited=False):
        found[start].append(end)
    return found


def _label(claim: Claim, lang: Lang, cut: str, width: int | None = None) -> str:
    """Number, category, what it cites and the beginning of its text, within so many cells."""
    numbers = ("、" if lang == "zh" else ", ").join(map(str, claim.cites))
    cites = _WORDS[lang]["cites"].format(numbers=numbers) if claim.cites else " "
    head = f"{claim.number} [{_CATEGORY[lang][claim.category]}]{cites}"
    room = _WIDTH + len(cut)
    return head + _clipped(claim.text, cut, room if width is None else min(room, width - _cells(head)))


def _clipped(text: str, cut: str, room: int) -> str:
    """The beginning of a text on one line of so many cells."""
    line = " ".join(text.split())[: max(room, 0) + 1]
    if _cells(line) <= room:
        return line
    fitting = takewhile(lambda taken: taken + len(cut) <= room, accumulate(map(_cells, line)))
    return line[: sum(1 for _ in fitting)].rstrip() + cut


def _cells(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
