"""Chinese pieces in the order of English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from taibao_cli.patents.lexicon import Match

_BEGIN: Final = frozenset({"所述", "所述的", "该"})
_SINGULAR: Final = frozenset({"一种", "一个"})
_PLURAL: Final = frozenset({"多个", "两个"})
_COUNTS: Final = _SINGULAR | _PLURAL
_ENDS: Final = re.compile(
    "的|和|与|及|以及|或|或者|在|于|由|对|从|向|以|并|并且|且|其中|其|将|把|被|使|使得|通过|根据|按照|基于|利用|用"
    "|采用|可|能|能够|可以|是|为|有|具有|包括|包含|含有|设有|设置有|设置|设置在|设置于|设于|安装|安装在|固定|固定在|连接"
    "|连接于|相连|连通|位于|属于|涉及|提供|公开|实现|提高|降低|减少|避免|解决|进行|形成|得到|当|时|后|前|上|下|内|外|中"
    "|之间|等|而|又|也|还|不|从而|进入|依次|分别|同时|使用|至|到|其特征在于|还包括|包括有|还设有|还具有|一种|一个|多个|两个"
)
"""Words that no noun with what belongs to it goes beyond."""

_JOINS: Final = frozenset({"和", "与", "及", "以及", "或", "或者", "、"})
_OF: Final = "的"
_FOR: Final = frozenset({"用于", "用来", "适用于", "应用于", "针对", "基于"})
_WITH: Final = frozenset({"具有", "带有", "带", "采用", "利用", "使用", "含有", "包含", "设有"})
"""Between 一种 and a noun that it is said of."""

_STOPS: Final = re.compile("[，。；：,;:]|[.](?![0-9])")

_MADE: Final = {
    "制成": "made of",
    "组成": "consisting of",
    "构成": "composed of",
    "驱动": "driven by",
}
"""Behind 由 and a noun."""

_JOINED: Final = re.compile(
    "(?:固定|转动|滑动|活动|螺纹|电)?连接|相连接|相连|相?连通|相通|铰接|焊接|相?配合|接触|啮合|抵接"
)
"""Behind 与 and a noun."""

_PUT: Final = {
    "在": "",
    "位于": "located",
    **dict.fromkeys(("设置在", "设置于", "设于", "设在"), "arranged"),
    **dict.fromkeys(("安装在", "安装于", "装在"), "mounted"),
    **dict.fromkeys(("固定在", "固定于"), "fixed"),
    "连接在": "connected",
    "放置在": "placed",
}
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
"""Behind a word of `_PUT` and a noun."""

_HAS: Final = re.compile("(?:设|设置|开设|安装|固定安装|固定|填充|形成|(?:固定|转动|滑动|螺纹)?连接|套设|装)有")
"""Behind a noun and a word of `_PLACES`."""

_QUALITY: Final = re.compile(
    "high|low|large|small|new|different|good|simple|same|long|short|other|first|second"
    "|.*(?:ed|able|ible|ary|ous|ful|ive|al|ic|ent|ant|ar|ly)"
)
"""English words that stand before their noun."""

_NUMERAL: Final = re.compile(r"([（(]\d+[A-Za-z]?[）)])")
_WORD: Final = re.compile(r"\w")


def from_chinese(pieces: Sequence[Match]) -> list[Match]:
    """所述轴的一端 as "the end of the shaft", 由钢制成 as "made of steel", 与壳体连接 as "connected with the housing",
    设置在壳体内 as "arranged in the housing", 用于切割的装置 as "device for cutting"."""
    done: list[Match] = []
    for piece in _split(pieces):
        if (start := _place(done, piece)) >= 0:
            place = done.pop()
            done[start:] = [Match(place.source, (_PLACES[place.source],)), *done[start:], _there(piece)]
            continue
        start, moved = _moved(done, piece)
        done[start:] = [moved, *done[start + 1 :]]
    return _owned(_between(_meant_for(done)))


def _split(pieces: Sequence[Match]) -> Iterator[Match]:
    """Reference numerals as pieces of their own: they move with their nouns."""
    for piece in pieces:
        if piece.renderings:
            yield piece
        else:
            yield from (Match(part, ()) for part in _NUMERAL.split(piece.source) if part)


def _place(done: Sequence[Match], piece: Match) -> int:
    """Where the noun begins of 壳体内设有, a place that has something; -1 when that is not said."""
    if not (_HAS.fullmatch(piece.source) and piece.renderings and done and done[-1].source in _PLACES):
        return -1
    start = _nouns(done[:-1], _JOINS if done[-1].source == "之间" else frozenset())
    return start if start < len(done) - 1 else -1


def _there(piece: Match) -> Match:
    return Match(piece.source, ("there is " + re.sub(r"^is | with$", "", piece.renderings[0]),))


def _moved(done: Sequence[Match], piece: Match) -> tuple[int, Match]:
    """Where a piece goes, in place of the word that began its phrase; behind all others when there is none."""
    word = piece.source
    if word in _MADE and (start := _begun(done, {"由"}, _JOINS)) >= 0:
        return start, Match(word, (_MADE[word],))
    if _JOINED.fullmatch(word) and piece.renderings and (start := _begun(done, {"与"}, frozenset())) >= 0:
        return start, Match(word, (re.sub(r" (?:with|to)$", "", piece.renderings[0]) + " with",))
    inner = _JOINS if word == "之间" else frozenset({_OF})
    if word in _PLACES and (start := _begun(done, _PUT.keys(), inner)) >= 0:
        return start, Match(word, (f"{_PUT[done[start].source]} {_PLACES[word]}".strip(),))
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
        end = _noun_end(pieces, link + 1)
        if at + 1 < link < end - 1:
            done += [*pieces[link + 1 : end], *pieces[at:link]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _says_more(done: Sequence[Match], piece: Match) -> bool:
    """Whether what begins with the piece may belong to a noun behind it."""
    put = piece.source in _PUT and piece.source != "在"
    begins = not done or _ends(done[-1])
    counted = bool(done) and done[-1].source in _COUNTS
    return piece.source in _FOR or (put and begins) or (piece.source in _WITH and counted)


def _link(pieces: Sequence[Match], start: int) -> int:
    """Where the 的 stands that ends what begins at `start`; `start` when there is none."""
    for at in range(start + 1, len(pieces)):
        if pieces[at].source == _OF:
            return at
        if _STOPS.search(pieces[at].source) or pieces[at].source in _FOR:
            return start
    return start


def _between(pieces: Sequence[Match]) -> list[Match]:
    """A与B之间的C as C 之间 A 与 B."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        words = [piece.source for piece in pieces[at : at + 2]]
        size = 1 if words[0] == "之间的" else 2 * (words == ["之间", _OF])
        end = _noun_end(pieces, at + size)
        if size and end > at + size and (start := _pair(done)) < len(done):
            done[start:] = [*pieces[at + size : end], Match("之间", ("between",)), *done[start:]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _pair(done: Sequence[Match]) -> int:
    """Where the two nouns that end a text begin; behind the text when it does not end so."""
    start = _nouns(done, _JOINS)
    return start if any(piece.source.strip() in _JOINS for piece in done[start:]) else len(done)


def _nouns(done: Sequence[Match], inner: Set[str]) -> int:
    """Where the noun that ends a text begins, or nouns with words `inner` between them."""
    at = len(done)
    while at > 0 and not _parts(done[at - 1], inner):
        at -= 1
    return at


def _parts(piece: Match, inner: Set[str]) -> bool:
    """Whether nouns end at a piece, though words `inner`, determiners and what is not known may stand in them."""
    stops = _ends(piece) if piece.renderings else bool(_STOPS.search(piece.source))
    return stops and piece.source.strip() not in inner | _BEGIN | _COUNTS


def _owned(pieces: Sequence[Match]) -> list[Match]:
    """所述A的B as "the B of the A", 一种A的B as "a B of A", 两个A的B as "B of two A", 柔性的B as "flexible B"."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        if pieces[at].source != _OF:
            done.append(pieces[at])
            at += 1
            continue
        start, end = _noun_start(done), _noun_end(pieces, at + 1)
        if start == len(done) or end == at + 1:
            done.append(pieces[at])
        elif not _quality(done[-1]):
            first = [piece for piece in done[start - 1 : start] if piece.source in _BEGIN | _COUNTS]
            own = [piece for piece in first if piece.source not in _PLURAL]
            owner = [piece for piece in first if piece.source not in _SINGULAR] + done[start:]
            done[start - len(first) :] = [*own, *pieces[at + 1 : end], pieces[at], *owner]
            at = end - 1
        at += 1
    return done


def _quality(piece: Match) -> bool:
    """Whether English says it before a noun, without "of"."""
    return bool(piece.renderings) and bool(_QUALITY.fullmatch(piece.renderings[0].split(" ")[-1]))


def _noun_start(done: Sequence[Match]) -> int:
    """Where the noun that ends a text begins; behind the text when it does not end so."""
    return next((at for at in range(len(done), 0, -1) if _ends(done[at - 1])), 0)


def _noun_end(pieces: Sequence[Match], start: int) -> int:
    """Behind the noun that begins at `start`."""
    return next((at for at in range(start, len(pieces)) if _ends(pieces[at])), max(start, len(pieces)))


def _ends(piece: Match) -> bool:
    word = piece.source
    ends = bool(_ENDS.fullmatch(word) or _JOINED.fullmatch(word)) or word in _BEGIN or word in _MADE or word in _PUT
    known = bool(piece.renderings) and bool(_WORD.search(word))
    return ends or not (known or _NUMERAL.fullmatch(word))
