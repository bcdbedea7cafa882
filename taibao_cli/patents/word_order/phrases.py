"""English phrases as Chinese writes them: lists, 在…上, 以 before what is to be reached, 其 for "thereof"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.english import ARTICLES, chain_end, ends_noun, noun_after

_JOINS: Final = frozenset({"and", "or", "and/or"})
_INSIDE: Final = ARTICLES | {"of", "each"}
_PLACES: Final = {"on": "上", "in": "中"}
_NO_PLACE: Final = frozenset(
    {
        "accordance",
        "addition",
        "basis",
        "comparison",
        "detail",
        "direction",
        "form",
        "general",
        "manner",
        "mode",
        "order",
        "parallel",
        "particular",
        "response",
        "series",
        "state",
        "time",
        "turn",
        "way",
    }
)
"""Nouns that nothing is on or in, although English says so."""

_LONGEST: Final = 50
"""Commas of a list."""

_STOPS: Final = re.compile("[,;:.]")
_GOALS: Final = re.compile(
    "(?:achieve|adjust|avoid|control|detect|determine|drive|ensure|form|generate|get|improve|increase|make|obtain|prevent"
    "|produce|protect|provide|realize|reduce|rotate|solve|transmit)(?: .*)?"
)
"""What is to be reached: a verb behind "to"."""


def phrased(pieces: Sequence[Match]) -> list[Match]:
    """The pieces with their lists, places and purposes in the manner of Chinese."""
    return _timed(_aimed(_placed(_listed(pieces))))


def _listed(pieces: Sequence[Match]) -> list[Match]:
    """ "a motor, a pump, and a valve" as 电机、泵和阀."""
    done = list(pieces)
    at = 0
    while at < len(done):
        commas = _commas_of_list(done, at) if done[at].source == "," else []
        if not commas:
            at += 1
            continue
        last = commas[-1]
        for comma in commas:
            done[comma] = Match(",", ("、",))
        if done[last + 1].source.lower() in _JOINS:
            del done[last]
        at = last + 1
    return done


def _commas_of_list(pieces: Sequence[Match], start: int) -> list[int]:
    """Where the commas stand of a list whose first comma is at `start`; none when "and" or "or" does not end it."""
    if start == 0 or not _belongs(pieces[start - 1]):
        return []
    commas, at = [start], start + 1
    while at < (end := _item_end(pieces, at)) < len(pieces) and len(commas) < _LONGEST:
        if pieces[end].source == ",":
            commas.append(end)
        elif pieces[end].source.lower() in _JOINS:
            return commas if _item_end(pieces, end + 1) > end + 1 else []
        else:
            return []
        at = end + 1
    joined = at < len(pieces) and pieces[at].source.lower() in _JOINS and len(commas) > 1
    return commas if joined and _item_end(pieces, at + 1) > at + 1 else []


def _item_end(pieces: Sequence[Match], start: int) -> int:
    """Behind a noun of a list; `start` when there is none. What has an article inside is no noun but a verb with its
    object."""
    at = start
    while at < len(pieces) and _belongs(pieces[at]):
        if at > start and pieces[at].source.lower() in ARTICLES and pieces[at - 1].source.lower() != "of":
            return start
        at += 1
    return at


def _belongs(piece: Match) -> bool:
    return not ends_noun(piece) or piece.source.lower() in _INSIDE


def _placed(pieces: Sequence[Match]) -> list[Match]:
    """ "on the housing" as 在壳体上."""
    done: list[Match] = []
    at = 0
    while at < len(pieces):
        words = pieces[at].source.lower().split(" ")
        place = _PLACES.get(words[-1], "")
        end = chain_end(pieces, noun_after(pieces, at + 1)) if place else 0
        if end <= at + 1 or pieces[end - 1].source.lower().split(" ")[-1] in _NO_PLACE:
            done.append(pieces[at])
            at += 1
            continue
        done.append(Match(pieces[at].source, ("在",)) if len(words) == 1 else pieces[at])
        done += [*pieces[at + 1 : end], *([Match(words[-1], (place,))] if _shows_place(done[-1]) else [])]
        at = end
    return done


def _shows_place(piece: Match) -> bool:
    return bool(piece.renderings) and piece.renderings[0].endswith("在")


def _aimed(pieces: Sequence[Match]) -> list[Match]:
    """ "to obtain" as 以得到, "a method thereof" as 其方法."""
    done: list[Match] = []
    for piece, after in zip(pieces, [*pieces[1:], Match("", ())], strict=False):
        if piece.source.lower() == "to" and _GOALS.fullmatch(after.source.lower()):
            done.append(Match(piece.source, ("以",)))
        elif piece.source.lower() == "thereof":
            at = len(done)
            while at > 0 and not ends_noun(done[at - 1]) and done[at - 1].source.lower() not in ARTICLES:
                at -= 1
            done.insert(at, piece)
        else:
            done.append(piece)
    return done


def _timed(pieces: Sequence[Match]) -> list[Match]:
    """ "when it is hot," as 当其热时，; "and" between clauses as 且."""
    done: list[Match] = []
    waits = False
    for piece in pieces:
        word, before = piece.source.lower(), done[-1].source if done else ""
        if _STOPS.fullmatch(word) and waits:
            done.append(Match("when", ("时",)))
        waits = word == "when" or (waits and not _STOPS.fullmatch(word))
        done.append(Match(piece.source, ("且",)) if word == "and" and _STOPS.fullmatch(before) else piece)
    return done
