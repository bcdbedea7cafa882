"""What is said of a noun: 壳体设有槽 as "the housing is provided with a groove", with the "is" that Chinese has not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.clauses import gerund
from taibao_cli.patents.word_order.determiners import LINKS, PLURAL
from taibao_cli.patents.word_order.nouns import BEGIN, JOINS, SEVERAL, ends_noun

_PARTICIPLE: Final = re.compile(r"(?!based)(?:\w+ly )?(?:\w+ed|made|set|put|built|driven)(?: (?:\w+|consisting of))?")
_OPENS: Final = re.compile("[，。；：,;:.]")
_STAYS: Final = BEGIN | {"的", "分别", "还", "均", "都", "也"}
"""What may stand between the beginning of a subject and what is said of it."""

_PLURAL: Final = (JOINS | SEVERAL) - {"或", "或者"}
_VERBS: Final = {
    **dict.fromkeys(("包括", "包含"), ("comprises", "comprise")),
    "还包括": ("further comprises", "further comprise"),
    "用于": ("is used for", "are used for"),
    **dict.fromkeys(("使", "使得"), ("makes", "make")),
}
"""What is said of one noun, and of several."""

_ALONE: Final = {
    **dict.fromkeys(("包括", "包含"), ("it comprises", "comprising")),
    "还包括": ("it further comprises", "further comprising"),
    "具有": ("it has", "having"),
    "还具有": ("it further has", "further having"),
    "设有": ("it is provided with", "provided with"),
    "还设有": ("it is further provided with", "further provided with"),
}
"""Without a noun before it: as a sentence and as a participle."""

_ORDINARY: Final = re.compile(
    "(?:further )?(?:compris(?:es|ing)|ha(?:s|ving))|(?:is )?(?:further )?provided with|for|so that"
)
"""The lexicon's renderings of these words; what a glossary says instead stands."""

_SO: Final = frozenset({"从而", "进而", "由此", "因而"})
_FINITE: Final = re.compile(
    "(?:reduce|improve|increase|avoid|prevent|save|realize|ensure|prolong|shorten|lower|enhance|solve|achieve|make)s?"
)
"""What follows "thereby" as a participle."""

_THAT: Final = "其特征在于"


def with_predicates(pieces: Sequence[Match]) -> list[Match]:
    """The pieces of a sentence, in the order of English, with "is" or "are" between a noun that begins a clause and a
    participle, and "comprises" instead of "comprising" behind such a noun."""
    done: list[Match] = []
    subject: list[Match] | None = []
    for piece in _thereby(_characterized(pieces)):
        source = piece.source.strip()
        if _OPENS.search(source) or source == _THAT:
            subject = []
        elif subject is not None:
            if not ends_noun(piece) or source in _STAYS | _PLURAL:
                subject.append(piece)
            else:
                done += _said_of(subject, piece)
                subject = None
                continue
        done.append(piece)
    return done


def opened(pieces: Sequence[Match], *, sentence: bool) -> list[Match]:
    """The pieces of a clause, whose verb has no noun before it, behind "characterized in that" (a `sentence`) or behind
    a comma."""
    if not pieces or pieces[0].source not in _ALONE or not _ORDINARY.fullmatch(_shown(pieces[0])):
        return list(pieces)
    told, participle = _ALONE[pieces[0].source]
    return [Match(pieces[0].source, (told if sentence else participle,)), *pieces[1:]]


def _characterized(pieces: Sequence[Match]) -> list[Match]:
    """No comma behind "characterized in that", and "it" before its verb."""
    at = next((at for at, piece in enumerate(pieces) if piece.source == _THAT), len(pieces)) + 1
    skipped = at < len(pieces) and pieces[at].source.strip() in ("，", ",", "：", ":")
    return [*pieces[:at], *opened(pieces[at + skipped :], sentence=True)]


def _thereby(pieces: Sequence[Match]) -> Iterator[Match]:
    """从而降低了 as "thereby reducing"."""
    before = ""
    for piece in pieces:
        first, *rest = _shown(piece).split(" ")
        if before in _SO and _FINITE.fullmatch(first):
            yield Match(piece.source, (" ".join([gerund(first), *rest]),))
        else:
            yield piece
        before = piece.source


def _said_of(subject: Sequence[Match], piece: Match) -> list[Match]:
    """A piece behind the beginning of a clause, as it is said of a noun that stands there."""
    head = [each for each in takewhile(lambda each: each.source != "的", subject) if each.source.strip() not in _STAYS]
    if not head or not piece.renderings or subject[-1].source == "的" or LINKS.fullmatch(_last_word(head[-1])):
        return [piece]
    many = any(each.source.strip() in _PLURAL for each in head) or bool(PLURAL.fullmatch(_last_word(head[-1])))
    shown = piece.renderings[0]
    said = _VERBS.get(piece.source, ("", ""))[many]
    if said and _ORDINARY.fullmatch(shown):
        return [Match(piece.source, (said,))]
    return [Match("", ("are" if many else "is",)), piece] if _PARTICIPLE.fullmatch(shown) else [piece]


def _last_word(piece: Match) -> str:
    return _shown(piece).split(" ")[-1]


def _shown(piece: Match) -> str:
    return piece.renderings[0] if piece.renderings else ""
