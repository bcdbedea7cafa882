"""Errors in Chinese. What fails speaks English, in which batch rows, logs and JSON keep it; where a message reaches a
Chinese user, its English is looked up among templates: `{}` stands for what varies, `{0}`, `{1}` in the Chinese for
what these caught. A template of marks alone (`{}: {}`) counts only where something it caught is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import starmap
from string import Formatter
from typing import Final

from taibao_cli.patents.language import Lang

CATALOGUES: Final = ("errors_zh.tsv", "foreign_zh.tsv")
"""Messages of taibao's own; those of click and of the operating system."""

_REMEMBERED: Final = 1024
"""Texts whose Chinese is kept: parts of a message are met again and again while it is read in different ways."""

_ROW: Final = re.compile(r"line (\d+): (.*)", re.DOTALL)
"""An error of a row, as output rows have it."""


@dataclass(frozen=True, slots=True)
class Template:
    """`literals` stand around and between the places of the English."""

    literals: tuple[str, ...]
    chinese: str
    longest: str
    """Of the literals; what lacks it is no such message."""
    length: int
    """Of all literals."""
    has_words: bool

    @classmethod
    def of(cls, english: str, chinese: str) -> Template:
        literals = tuple(_literals(english))
        joined = "".join(literals)
        return cls(literals, chinese, max(literals, key=len), len(joined), any(map(str.isalpha, joined)))

    def ways(self, text: str) -> Iterator[list[str]]:
        """What the places hold, each as little as it can from the left, then from the right; nothing for a text of
        another kind."""
        first, *others = self.literals
        if not others:
            if text == first:
                yield []
            return
        *inner, last = others
        if len(first) + len(last) > len(text) or not (text.startswith(first) and text.endswith(last)):
            return
        held = text[len(first) : len(text) - len(last)]
        if (found := _from_left(held, inner)) is not None:
            yield from filter(self._fits, [found, _from_right(held, inner)])

    def _fits(self, caught: Sequence[str]) -> bool:
        """Whether a bare colon parts a file and the number of a line, and not the drive of a path."""
        return all(caught[at].isdecimal() for at, literal in enumerate(self.literals) if literal == ":")


def _from_left(text: str, literals: Sequence[str]) -> list[str] | None:
    found, at = [], 0
    for literal in literals:
        to = text.find(literal, at)
        if to < 0:
            return None
        found.append(text[at:to])
        at = to + len(literal)
    return [*found, text[at:]]


def _from_right(text: str, literals: Sequence[str]) -> list[str]:
    """Of a text that holds the literals in this order."""
    found = []
    for literal in reversed(literals):
        at = text.rfind(literal)
        found.append(text[at + len(literal) :])
        text = text[:at]
    return [text, *reversed(found)]


def in_words(error: object, lang: Lang) -> str:
    """The message of an error in that language; what is in no catalogue stays as it is."""
    text = str(error)
    if lang == "en":
        return text
    if row := _ROW.fullmatch(text):
        return f"第 {row[1]} 行：{_chinese(row[2])}"
    return _chinese(text)


@lru_cache(_REMEMBERED)
def _chinese(text: str) -> str:
    for template in _templates():
        if template.longest not in text:
            continue
        read = [_Read.of(caught) for caught in template.ways(text)]
        if read and (template.has_words or any(way.known for way in read)):
            best = max(read, key=lambda way: (way.numbers, way.known))
            return template.chinese.format(*best.chinese)
    return text


@dataclass(frozen=True, slots=True)
class _Read:
    """One way to read a message: the Chinese of its places, how many hold a number, how much of them is known."""

    chinese: Sequence[str]
    numbers: int
    known: int

    @classmethod
    def of(cls, caught: Sequence[str]) -> _Read:
        chinese = [_chinese(each) for each in caught]
        numbers = sum(each.replace(",", "").isdecimal() for each in caught)
        known = sum(len(each) for each, said in zip(caught, chinese, strict=True) if each != said)
        return cls(chinese, numbers, known)


def read_catalogue(name: str) -> Mapping[str, str]:
    """English template -> Chinese, of a table with a pair on each line; lines that begin with # are headings."""
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


@cache
def _templates() -> Sequence[Template]:
    """Those with the most literal characters first."""
    pairs = [pair for name in CATALOGUES for pair in read_catalogue(name).items()]
    return sorted(starmap(Template.of, pairs), key=lambda template: template.length, reverse=True)


def _literals(english: str) -> Iterator[str]:
    """The texts around the places: one more than there are places."""
    held = ""
    for literal, place, _, _ in Formatter().parse(english):
        held += literal
        if place is not None:
            yield held
            held = ""
    yield held
