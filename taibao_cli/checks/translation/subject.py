"""A translation and its source, cut into the pieces that are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from taibao_cli.checks.base import Place
from taibao_cli.checks.document import is_claim_set
from taibao_cli.patents.claims.claimset import ClaimSet, parse_claims
from taibao_cli.patents.language import Lang, detect, nfc, other

_PARAGRAPH = re.compile(r"[\[【](\d{4,5})[\]】]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the source and its rendering: one claim, one numbered paragraph, or the whole text."""

    place: Place
    source: str
    answer: str


@dataclass(frozen=True)
class Translation:
    """`source` and `answer` as they are; `to` is the language the answer should have.

    Attributes:
        glossary: source term -> the rendering it must have.
        forbidden: words that must not stand in the answer.
        frozen: source term -> the one rendering that was chosen for a whole document.
    """

    source: str
    answer: str
    to: Lang
    glossary: Mapping[str, str] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    frozen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        source: str,
        answer: str,
        to: Lang | None = None,
        glossary: Mapping[str, str] | None = None,
        forbidden: tuple[str, ...] = (),
    ) -> Translation:
        """Normalised texts; without `to` the answer should be in the other language than the source."""
        clean = nfc(source)
        return cls(clean, nfc(answer), to or other(detect(clean)), dict(glossary or {}), forbidden)

    @property
    def source_lang(self) -> Lang:
        return other(self.to)

    @cached_property
    def source_claims(self) -> ClaimSet | None:
        """The claims of the source, None when it is no claim set."""
        read = parse_claims(self.source, self.source_lang)
        return read if is_claim_set(read) else None

    @cached_property
    def answer_claims(self) -> ClaimSet | None:
        """The answer read as claims, None when the source has none."""
        return parse_claims(self.answer, self.to) if self.source_claims is not None else None

    @cached_property
    def source_paragraphs(self) -> tuple[str, ...]:
        return tuple(_PARAGRAPH.findall(self.source))

    @cached_property
    def answer_paragraphs(self) -> tuple[str, ...]:
        return tuple(_PARAGRAPH.findall(self.answer))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """Claim by claim or paragraph by paragraph where both sides have the same ones, else the whole."""
        first, second = self.source_claims, self.answer_claims
        if first is not None and second is not None and _numbers(first) == _numbers(second):
            return tuple(
                Unit(Place("claim", claim.number), claim.text, rendered.text)
                for claim, rendered in zip(first, second, strict=True)
            )
        ids = self.source_paragraphs
        if ids and ids == self.answer_paragraphs:
            pieces = zip(ids, _pieces(self.source), _pieces(self.answer), strict=True)
            return tuple(Unit(Place("paragraph", number), source, answer) for number, source, answer in pieces)
        return (Unit(Place("answer"), self.source, self.answer),)


def _numbers(claims: ClaimSet) -> list[int]:
    return [claim.number for claim in claims]


def _pieces(text: str) -> list[str]:
    """The text after each paragraph number; what precedes the first one belongs to it."""
    starts = [match.end() for match in _PARAGRAPH.finditer(text)]
    ends = [*(match.start() for match in _PARAGRAPH.finditer(text)), len(text)][1:]
    return [text[start:end] for start, end in zip([0, *starts[1:]], ends, strict=True)]
