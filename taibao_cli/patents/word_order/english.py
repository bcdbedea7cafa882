"""English pieces in the order of Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from taibao_cli.patents.lexicon import Match

ARTICLES: Final = frozenset({"a", "an", "the", "said"})
_ENDS: Final = re.compile(
    "of|for|to|in|on|at|by|with|from|into|onto|through|between|and|or|that|which|who|whose|wherein|where|when"
    "|while|is|are|was|were|be|been|being|has|have|had|comprises|comprising|comprise|includes|including|include"
    "|consists|contains|containing|having|provided|provides|discloses|disclosed|relates|arranged|disposed|mounted"
    "|connected|located|positioned|configured|adapted|used|using|based|formed|made|according|such|as|than|if|so"
    "|can|may|will|not|also|it|its|this|these|those|each|both|there|via|within|under|over|along|during"
    "|characterized"
)
"""Words that no noun with what belongs to it goes beyond."""

_JOINED: Final = re.compile(
    r"(?:(?:is|are|be|being) )?((?:(?:fixedly|electrically|rotatably|slidably|directly|mechanically) )?"
    r"(?:connected|coupled|engaged|communicated|linked|welded|hinged))(?: (to|with))?"
)
_MOVING: Final = frozenset({"of", "for", "one of"})
_BE: Final = frozenset({"is", "are", "be", "being"})
_NUMERAL: Final = re.compile(r"\(\d+[A-Za-z]?\)")
_WORD: Final = re.compile(r"\w")
_VERBS: Final = {"coupled": "耦合", "engaged": "接合", "communicated": "连通", "welded": "焊接", "hinged": "铰接"}
_HOW: Final = {"fixedly": "固定", "electrically": "电", "rotatably": "转动", "slidably": "滑动", "directly": "直接"}
_WITH: Final = Match("with", ("与",))
_LINK: Final = Match("of", ("的",))


def from_english(pieces: Sequence[Match]) -> list[Match]:
    """ "the end (2) of the shaft" as 所述轴的端(2), "a device for cutting" as 一种用于切割的装置, "one of them" as
    它们之一."""
    return _moved(_connected(_joined(pieces)))


def _joined(pieces: Sequence[Match]) -> list[Match]:
    """Reference numerals as one piece with their parentheses: they move with their nouns."""
    done: list[Match] = []
    for piece in pieces:
        done.append(piece)
        last = "".join(each.source for each in done[-3:])
        if _NUMERAL.fullmatch(last):
            done[-3:] = [Match(last, ())]
    return done


def _connected(pieces: Sequence[Match]) -> list[Match]:
    """ "is connected to the housing" as 与所述壳体连接."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        match = _JOINED.fullmatch(pieces[at].source.lower())
        after = pieces[at + 1].source.lower() if at + 1 < len(pieces) else ""
        start = at + 1 if match and match[2] else at + 2 if after in ("to", "with") else len(pieces)
        end = noun_after(pieces, start)
        if match is None or end == start:
            done.append(pieces[at])
            at += 1
            continue
        if done and done[-1].source.lower() in _BE:
            done.pop()
        verb = next((_VERBS[word] for word in match[1].split()[::-1] if word in _VERBS), "连接")
        done += [_WITH, *pieces[start:end], Match(pieces[at].source, (_HOW.get(match[1].split()[0], "") + verb,))]
        at = end
    return done


def _moved(pieces: Sequence[Match]) -> list[Match]:
    done: list[Match] = []
    at, moved = 0, (0, 0)
    while at < len(pieces):
        word = pieces[at].source.lower()
        end = noun_after(pieces, at + 1) if word in _MOVING else at + 1
        start = moved[0] if moved[1] == len(done) > 0 else _noun_before(done)
        if end == at + 1 or (start == len(done) and word != "one of"):
            done.append(pieces[at])
            at += 1
            continue
        article, noun = _parted(done[start:])
        end = chain_end(pieces, end) if word == "for" else end
        after = _moved(pieces[at + 1 : end])
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
    while at > 0 and not ends_noun(pieces[at - 1]):
        at -= 1
        if pieces[at].source.lower() in ARTICLES:
            break
    return len(pieces) if all(piece.source.lower() in ARTICLES for piece in pieces[at:]) else at


def noun_after(pieces: Sequence[Match], start: int) -> int:
    """Behind the noun that begins at `start`, perhaps with an article or as what is done to it ("cutting the steel");
    `start` when there is none, or a number."""
    if start < len(pieces) and pieces[start].source[:1].isdigit():
        return start
    at = start
    while at < len(pieces) and not ends_noun(pieces[at]):
        object_follows = at == start + 1 and pieces[start].source.endswith("ing")
        if at > start and pieces[at].source.lower() in ARTICLES and not object_follows:
            break
        at += 1
    return start if all(piece.source.lower() in ARTICLES for piece in pieces[start:at]) else at


def chain_end(pieces: Sequence[Match], at: int) -> int:
    """Behind the nouns that follow with "of"."""
    while at < len(pieces) and pieces[at].source.lower() == "of" and (end := noun_after(pieces, at + 1)) > at + 1:
        at = end
    return at


def ends_noun(piece: Match) -> bool:
    """Whether no noun with what belongs to it goes beyond the piece."""
    first, last = piece.source.lower().split(" ")[0], piece.source.lower().split(" ")[-1]
    joins = piece.source == "-" or _NUMERAL.fullmatch(piece.source)
    return not (joins or _WORD.search(piece.source)) or bool(_ENDS.fullmatch(first) or _ENDS.fullmatch(last))


def _parted(noun: Sequence[Match]) -> tuple[list[Match], list[Match]]:
    """The article of a noun, and the rest."""
    size = int(bool(noun) and noun[0].source.lower() in ARTICLES)
    return list(noun[:size]), list(noun[size:])
