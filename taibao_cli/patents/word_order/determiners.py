"""The articles that English needs and Chinese has not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from taibao_cli.patents.lexicon import Match
from taibao_cli.patents.word_order.nouns import BEGIN, JOINS, noun_end

_DETERMINED: Final = re.compile(
    "the|an?|said|this|that|these|those|its|their|each|every|any|all|both|no|another|other|one|two|three|four|five|six"
    r"|several|multiple|plural|plurality|many|more|some|same|least|most|which|above|following|aforementioned|\d.*"
)
"""A word that stands in the place of an article, or with which none goes."""

_NEW: Final = re.compile(
    r"(?:(?:further|also) )?(?:compris|includ|consist|contain)(?:es?|s|ing|ed)?(?: of)?|ha(?:s|ve|ving)"
    r"|(?:(?:is|are) )?(?:\w+ )?(?:provided|equipped|fitted|mounted|connected) with|there (?:is|are).*"
    r"|(?:disclose|provide|propose|adopt|use|relate)(?:s|d)?(?: to)?|adopting|using"
)
"""Behind it something is named for the first time, and so is what a list goes on with."""

_STOPS: Final = re.compile("[，。；：,;:.]|其特征在于")
_GOES_ON: Final = JOINS | {"，", ","}
_ACTS: Final = re.compile(".*(?:ing|ed|ly)|.*[^aisu]s")
"""The end of a piece that, before a noun, rather does something to it."""

PLURAL: Final = re.compile("(?!.*ics$)[a-z]+[^aisu]s")
_SINGULAR: Final = frozenset({"lens", "means", "series"})
_SEVERAL: Final = re.compile(
    "(?:.* )?(?:two|three|four|five|six|several|multiple|plural|many|both|all|(?:plurality|pair) of)"
)
"""What stands before a noun in the plural."""

_HAS_OWN: Final = re.compile("the|an?|one|each|both|every")
"""The first word of a rendering that needs no "the"."""

_START: Final = Match("。", ())
LINKS: Final = re.compile(
    "about|according|after|against|along|and|around|as|at|be|before|between|by|can|convenient|create|during|each|ensure|for"
    "|from|if|in|into|like|located|mounted|on|or|out|over|the|through|thereon|to|toward|under|until|up|via|when|with"
    "|within|without"
)
"""Words that show that something else than a noun begins."""


@cache
def count_nouns() -> frozenset[str]:
    """English nouns that need an article in the singular."""
    text = (files("taibao_cli.patents") / "data" / "count_nouns.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


class _Told:
    """What a sentence has named so far."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._new = self._in_list = False
        self._begins = True

    def passes(self, piece: Match) -> None:
        """A piece between two nouns."""
        shown, source = _shown(piece), piece.source.strip()
        if source in ("：", ":"):
            self._in_list = self._new
        elif source in ("；", ";"):
            self._new = self._in_list
        elif not (self._new and source in _GOES_ON):
            self._new = bool(_NEW.fullmatch(shown))
        self._begins = bool(_STOPS.search(source)) or (self._begins and source in JOINS | BEGIN)

    def article(self, words: Sequence[str], *, of_another: bool) -> str:
        """That of a noun: "a" for what is named first, unless a clause begins with it or it is `of_another`."""
        name = " ".join(words)
        known = name in self._names or (not self._new and words[-1] in self._names)
        self._names |= {name, words[-1]}
        return "the" if known or ((of_another or self._begins) and not self._new) else "a"


def with_articles(pieces: Sequence[Match]) -> list[Match]:
    """The pieces of a sentence, in the order of English, with "a" where a part is named first and "the" from then on;
    nouns in the singular or plural, as the words before them say."""
    done: list[Match] = []
    told = _Told()
    at = 0
    while at < len(pieces):
        end = noun_end(pieces, at)
        if any(piece.renderings for piece in pieces[at:end]):
            owned = end < len(pieces) and pieces[end].source == "的"
            done = _with_noun(done, pieces[at:end], told, owned=owned)
        elif end == at:
            told.passes(pieces[at])
            end = at + 1
            done.append(pieces[at])
        else:
            done += pieces[at:end]
        at = end
    return done


def _with_noun(done: list[Match], noun: Sequence[Match], told: _Told, *, owned: bool) -> list[Match]:
    """What is done with the noun behind it, which may be one of another (`owned`: the end of …)."""
    words = [_shown(piece) for piece in noun if piece.renderings]
    before = done[-1] if done and not _STOPS.search(done[-1].source) else _START
    if _shown(before) == "the" and _HAS_OWN.fullmatch(words[0].split(" ")[0]):
        done, before = done[:-1], _START
    article = told.article(words, of_another=owned or before.source == "的")
    if noun[0].renderings and _free(before, words) and (owned or words[-1].split(" ")[-1] in count_nouns()):
        before = Match("", (article,))
        done = [*done, before]
    return [*done, *_in_number(noun, _shown(before))]


def _in_number(noun: Sequence[Match], before: str) -> list[Match]:
    """Words that belong to the noun behind them in the singular, and the noun as the word `before` it asks for."""
    last = max(at for at, piece in enumerate(noun) if piece.renderings)
    many = _counts(before) or bool(last and _counts(_shown(noun[0])))
    head = _shown(noun[last])
    if many and head.split(" ")[-1] in count_nouns():
        head = _plural(head)
    elif before.split(" ")[-1] in ("a", "an") and PLURAL.fullmatch(head.split(" ")[-1]) and head not in _SINGULAR:
        head = head[:-1]
    own = noun[:last] if noun[0].renderings else []
    return [*map(_singular, own), *noun[len(own) : last], Match(noun[last].source, (head,)), *noun[last + 1 :]]


def _counts(words: str) -> bool:
    """Whether a noun behind the words is in the plural."""
    return bool(_SEVERAL.fullmatch(words))


def _plural(noun: str) -> str:
    if re.search("(?:s|x|z|ch|sh)$", noun):
        return f"{noun}es"
    return re.sub("y$", "ies", noun) if re.search("[^aeiou]y$", noun) else f"{noun}s"


def _free(before: Match, words: Sequence[str]) -> bool:
    """Whether an article can stand before a noun of such words. A word before it that is not known belongs to it."""
    if not before.renderings and before.source[-1:].isalnum():
        return False
    first = words[0].split(" ")
    last = _shown(before).split(" ")[-1]
    determined = _DETERMINED.fullmatch(first[0]) or _DETERMINED.fullmatch(last) or _counts(_shown(before))
    acts = len(words) > 1 and _ACTS.fullmatch(first[-1]) and first[-1][:-1] not in count_nouns()
    return not (determined or LINKS.fullmatch(first[0]) or acts)


def _singular(piece: Match) -> Match:
    """A word that belongs to the noun behind it."""
    shown = _shown(piece)
    return Match(piece.source, (shown[:-1],)) if PLURAL.fullmatch(shown) and shown not in _SINGULAR else piece


def _shown(piece: Match) -> str:
    return piece.renderings[0] if piece.renderings else piece.source
