"""Chinese pieces in the order of English."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Final

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.clauses import prepared
from taibao_cli.patents.word_order.nouns import (
    BEGIN,
    CLAIMED,
    COUNTS,
    FOR,
    HAS,
    JOINED,
    JOINS,
    MADE,
    PUT,
    SEVERAL,
    SINGULAR,
    STOPS,
    ends_noun,
    noun_end,
)

_OF: Final = "的"
_WITH: Final = frozenset({"具有", "具备", "带有", "带", "采用", "利用", "使用", "含有", "包含", "设有"})
"""Between 一种 and a noun that it is said of."""

_PLACES: Final = {
    "上": "on",
    **dict.fromkeys(("内", "中", "内部", "内侧"), "in"),
    **dict.fromkeys(("外", "外部", "外侧"), "outside"),
    "下": "under",
    "上方": "above",
    "下方": "below",
    "处": "at",
    "之间": "between",
}
"""Behind a word of `PUT` and a noun."""

_QUALITY: Final = re.compile(
    "high|higher|low|lower|large|larger|small|smaller|new|novel|existing|corresponding|remaining|different|good|simple|same|long|short|other|first|second"
    "|.*(?:ed|able|ible|ary|ous|ful|ive|al|ic|ent|ant|ar|ly)"
)
"""English words that stand before their noun."""


def from_chinese(pieces: Sequence[Match]) -> list[Match]:
    """所述轴的一端 as "the end of the shaft", 由钢制成 as "made of steel", 与壳体连接 as "connected with the housing",
    设置在壳体内 as "arranged in the housing", 用于切割的装置 as "device for cutting"."""
    done: list[Match] = []
    for piece in prepared(pieces):
        if (start := _place(done, piece)) >= 0:
            place = done.pop()
            done[start:] = [Match(place.source, (_PLACES[place.source],)), *done[start:], _there(piece)]
            continue
        start, moved = _moved(done, piece)
        done[start:] = [moved, *done[start + 1 :]]
    return _claimed(_owned(_between(_meant_for(done))))


def _claimed(pieces: Sequence[Match]) -> list[Match]:
    """如权利要求1所述的泵 as "the pump according to claim 1"."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        end = noun_end(pieces, at + 1) if CLAIMED.fullmatch(pieces[at].source) else 0
        if end > at + 1:
            done += [Match("所述", ("the",)), *pieces[at + 1 : end], pieces[at]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _place(done: Sequence[Match], piece: Match) -> int:
    """Where the noun begins of 壳体内设有, a place that has something; -1 when that is not said."""
    if not (HAS.fullmatch(piece.source) and piece.renderings and done and done[-1].source in _PLACES):
        return -1
    start = _nouns(done[:-1], JOINS if done[-1].source == "之间" else frozenset())
    return start if start < len(done) - 1 else -1


def _there(piece: Match) -> Match:
    return Match(piece.source, ("there is " + re.sub(r"^is | with$", "", piece.renderings[0]),))


def _moved(done: Sequence[Match], piece: Match) -> tuple[int, Match]:
    """Where a piece goes, in place of the word that began its phrase; behind all others when there is none."""
    word = piece.source
    if word in MADE and (start := _begun(done, {"由"}, JOINS)) >= 0:
        return start, Match(word, (MADE[word],))
    if JOINED.fullmatch(word) and piece.renderings and (start := _begun(done, {"与"}, frozenset())) >= 0:
        return start, Match(word, (re.sub(r" (?:with|to)$", "", piece.renderings[0]) + " with",))
    inner = JOINS if word == "之间" else frozenset({_OF})
    if word in _PLACES and (start := _begun(done, PUT.keys(), inner)) >= 0:
        return start, Match(word, (f"{PUT[done[start].source]} {_PLACES[word]}".strip(),))
    return len(done), piece


def _begun(done: Sequence[Match], words: Set[str], inner: Set[str]) -> int:
    """Where the last of `words` stands, with a noun behind it that words `inner` may be part of, or -1."""
    for at in range(len(done) - 1, -1, -1):
        if done[at].source.strip() in words:
            return at if at < len(done) - 1 else -1
        if _parts(done[at], inner):
            return -1
    return -1


def _meant_for(pieces: Sequence[Match]) -> list[Match]:
    """用于A的B as B 用于 A, and 设于A的B and 具有A的B at the beginning of a noun as B 设于 A and B 具有 A."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        link = _link(pieces, at) if _says_more(done, pieces[at]) else at
        end = noun_end(pieces, link + 1) if link > at + 1 else 0
        if at + 1 < link < end - 1:
            done += [*pieces[link + 1 : end], _participle(pieces[at]), *pieces[at + 1 : link]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _participle(piece: Match) -> Match:
    """ "having" of "has"."""
    first, *rest = (piece.renderings or ("",))[0].split(" ")
    return Match(piece.source, (" ".join(["having", *rest]),)) if first in ("has", "have") else piece


def _says_more(done: Sequence[Match], piece: Match) -> bool:
    """Whether what begins with the piece may belong to a noun behind it."""
    told = bool(done) and not ends_noun(done[-1])
    inside = bool(done) and not told and not STOPS.search(done[-1].source)
    put = piece.source in PUT and piece.source != "在"
    return (not told and (put or piece.source in FOR)) or (inside and piece.source in _WITH)


def _link(pieces: Sequence[Match], start: int) -> int:
    """Where the 的 stands that ends what begins at `start`; `start` when there is none."""
    for at in range(start + 1, len(pieces)):
        if pieces[at].source == _OF:
            return at
        if STOPS.search(pieces[at].source) or pieces[at].source in FOR:
            return start
    return start


def _between(pieces: Sequence[Match]) -> list[Match]:
    """A与B之间的C as C 之间 A 与 B."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        words = [piece.source for piece in pieces[at : at + 2]]
        size = 1 if words[0] == "之间的" else 2 * (words == ["之间", _OF])
        end = noun_end(pieces, at + size) if size else 0
        if size and end > at + size and (start := _pair(done)) < len(done):
            done[start:] = [*pieces[at + size : end], Match("之间", ("between",)), *done[start:]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _pair(done: Sequence[Match]) -> int:
    """Where the two nouns that end a text begin; behind the text when it does not end so."""
    start = _nouns(done, JOINS)
    return start if any(piece.source.strip() in JOINS for piece in done[start:]) else len(done)


def _nouns(done: Sequence[Match], inner: Set[str]) -> int:
    """Where the noun that ends a text begins, or nouns with words `inner` between them."""
    at = len(done)
    while at > 0 and not _parts(done[at - 1], inner):
        at -= 1
    return at


def _parts(piece: Match, inner: Set[str]) -> bool:
    """Whether nouns end at a piece, though words `inner`, determiners and what is not known may stand in them."""
    stops = ends_noun(piece) if piece.renderings else bool(STOPS.search(piece.source))
    return stops and piece.source.strip() not in inner | BEGIN | COUNTS


def _owned(pieces: Sequence[Match]) -> list[Match]:
    """所述A的B as "the B of the A", 一种A的B as "a B of A", 两个A的B as "B of two A", 柔性的B as "flexible B"."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        if pieces[at].source != _OF:
            done.append(pieces[at])
            at += 1
            continue
        start, end = _noun_start(done), noun_end(pieces, at + 1)
        if start == len(done) or end == at + 1:
            done.append(pieces[at])
        elif not _quality(done[-1]):
            first = [piece for piece in done[start - 1 : start] if piece.source in BEGIN | COUNTS]
            own = [piece for piece in first if piece.source not in SEVERAL]
            owner = [piece for piece in first if piece.source not in SINGULAR] + done[start:]
            done[start - len(first) :] = [*own, *pieces[at + 1 : end], pieces[at], *owner]
            at = end - 1
        at += 1
    return done


def _quality(piece: Match) -> bool:
    """Whether English says it before a noun, without "of"."""
    return bool(piece.renderings) and bool(_QUALITY.fullmatch(piece.renderings[0].split(" ")[-1]))


def _noun_start(done: Sequence[Match]) -> int:
    """Where the noun that ends a text begins; behind the text when it does not end so."""
    return next((at for at in range(len(done), 0, -1) if ends_noun(done[at - 1])), 0)
