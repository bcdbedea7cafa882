"""Where the other language says it the other way round: "B of A" and A的B, "B for A" and 用于A的B.

Chinese puts what is said of a noun before it, English mostly behind. Only what function words delimit is moved: the
pieces of a draft are known by their words, not by their grammar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Match

_EN_ARTICLES: Final = frozenset({"a", "an", "the", "said"})
_EN_ENDS: Final = re.compile(
    "of|for|to|in|on|at|by|with|from|into|onto|through|between|and|or|that|which|who|whose|wherein|where|when"
    "|while|is|are|was|were|be|been|being|has|have|had|comprises|comprising|comprise|includes|including|include"
    "|consists|contains|containing|having|provided|provides|discloses|disclosed|relates|arranged|disposed|mounted"
    "|connected|located|positioned|configured|adapted|used|using|based|formed|made|according|such|as|than|if|so"
    "|can|may|will|not|also|it|its|this|these|those|each|both|there|via|within|under|over|along|during"
    "|characterized"
)
"""Words that no noun with what belongs to it goes beyond."""

_ZH_BEGIN: Final = frozenset({"所述", "所述的", "该"})
_ZH_ENDS: Final = re.compile(
    "的|和|与|及|以及|或|或者|在|于|由|对|从|向|以|并|并且|且|其中|其|将|把|被|使|使得|通过|根据|按照|基于|利用|用"
    "|采用|可|能|能够|可以|是|为|有|具有|包括|包含|含有|设有|设置有|设置|设置在|设置于|设于|安装|安装在|固定|固定在|连接"
    "|连接于|相连|连通|位于|属于|涉及|提供|公开|实现|提高|降低|减少|避免|解决|进行|形成|得到|当|时|后|前|上|下|内|外|中"
    "|之间|等|而|又|也|还|不|从而|进入|依次|分别|同时|使用|至|到|其特征在于|一种|一个|多个|两个"
)
_WORD = re.compile(r"\w")
_LINK: Final = Match("of", ("的",))


def in_order(pieces: Sequence[Match], source: Lang) -> list[Match]:
    """The pieces in the order of the other language."""
    return _from_english(pieces) if source == "en" else _from_chinese(pieces)


def _from_english(pieces: Sequence[Match]) -> list[Match]:
    """ "the end of the shaft" as 所述轴的端, "a device for cutting" as 一种用于切割的装置, "one of them" as 它们之一"""
    done: list[Match] = []
    at, moved = 0, (0, 0)
    while at < len(pieces):
        word, end = pieces[at].source.lower(), _noun_after(pieces, at + 1)
        start = moved[0] if moved[1] == len(done) > 0 else _noun_before(done)
        if end == at + 1 or word not in ("of", "for", "one of") or (start == len(done) and word != "one of"):
            done.append(pieces[at])
            at += 1
            continue
        article, noun = _parted(done[start:])
        end = _chain_end(pieces, end) if word == "for" else end
        after = _from_english(pieces[at + 1 : end])
        if word == "one of":
            done += [*after, pieces[at]]
        elif word == "of":
            done[start:] = [*after, _LINK, *noun]
        else:
            done[start:] = [*article, pieces[at], *after, _LINK, *noun]
        at, moved = end, (start, len(done))
    return done


def _noun_before(pieces: Sequence[Match]) -> int:
    """Where the noun that ends a text begins, with its article; behind the text when it ends otherwise."""
    at = len(pieces)
    while at > 0 and not _ends_english(pieces[at - 1]):
        at -= 1
        if pieces[at].source.lower() in _EN_ARTICLES:
            break
    return len(pieces) if all(piece.source.lower() in _EN_ARTICLES for piece in pieces[at:]) else at


def _noun_after(pieces: Sequence[Match], start: int) -> int:
    """Behind the noun that begins at `start`, perhaps with an article or as what is done to it ("cutting the steel");
    `start` when there is none, or a number."""
    if start < len(pieces) and pieces[start].source[:1].isdigit():
        return start
    at = start
    while at < len(pieces) and not _ends_english(pieces[at]):
        done_to = at == start + 1 and pieces[start].source.endswith("ing")
        if at > start and pieces[at].source.lower() in _EN_ARTICLES and not done_to:
            break
        at += 1
    return start if all(piece.source.lower() in _EN_ARTICLES for piece in pieces[start:at]) else at


def _chain_end(pieces: Sequence[Match], at: int) -> int:
    """Behind the nouns that follow with "of"."""
    while at < len(pieces) and pieces[at].source.lower() == "of" and (end := _noun_after(pieces, at + 1)) > at + 1:
        at = end
    return at


def _ends_english(piece: Match) -> bool:
    first, last = piece.source.lower().split(" ")[0], piece.source.lower().split(" ")[-1]
    joins = piece.source == "-"
    return not (joins or _WORD.search(piece.source)) or bool(_EN_ENDS.fullmatch(first) or _EN_ENDS.fullmatch(last))


def _parted(noun: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """The article of a noun, and the rest."""
    size = int(bool(noun) and noun[0].source.lower() in _EN_ARTICLES)
    return list(noun[:size]), list(noun[size:])


def _from_chinese(pieces: Sequence[Match]) -> list[Match]:
    """所述轴的一端 as "the end of the shaft"."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        begun = next((i for i in range(len(done) - 1, -1, -1) if _ends_chinese(done[i])), -1)
        end = at + 1
        while end < len(pieces) and not _ends_chinese(pieces[end]) and pieces[end].source not in _ZH_BEGIN:
            end += 1
        owned = begun >= 0 and done[begun].source in _ZH_BEGIN and begun + 1 < len(done)
        if pieces[at].source == "的" and owned and end > at + 1:
            article = done[begun]
            done[begun:] = [article, *pieces[at + 1 : end], pieces[at], *done[begun:]]
            at = end
        else:
            done.append(pieces[at])
            at += 1
    return done


def _ends_chinese(piece: Match) -> bool:
    ends = bool(_ZH_ENDS.fullmatch(piece.source)) or piece.source in _ZH_BEGIN
    return ends or not piece.renderings or not _WORD.search(piece.source)
