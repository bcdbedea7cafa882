"""Placeholders for what must come through: formulas, sequence and publication numbers, references to claims.

A text goes to the model with placeholders and comes back with them, each as often as it was given; then they are
filled in: formulas byte by byte, references to claims as the other language writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.patents.claims.openings import phrase, with_tail
from taibao_cli.patents.claims.references import references
from taibao_cli.patents.language import Lang
from taibao_cli.patents.protected import Kind, protected

_KEPT: Final[frozenset[Kind]] = frozenset(("formula", "sequence", "publication"))
_FIRST: Final = 701
_PLACEHOLDER = re.compile(r"(?<![A-Za-z\d])X ?(7\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Shielded:
    """`text` with placeholders, and what stands for each of them in the answer."""

    text: str
    values: tuple[str, ...]

    def filled(self, answer: str) -> str | None:
        """The answer with the values; None when a placeholder is missing, doubled or made up."""
        found = sorted(int(number) for number in _PLACEHOLDER.findall(answer))
        if found != list(range(_FIRST, _FIRST + len(self.values))):
            return None
        return _PLACEHOLDER.sub(lambda match: self.values[int(match[1]) - _FIRST], answer)


def shielded(text: str, lang: Lang, to: Lang) -> Shielded:
    """The text with placeholders; a text that has none of what they are for comes back as it is."""
    places = [*_kept(text), *_references(text, lang, to)]
    places.sort()
    if not places or _PLACEHOLDER.search(text):
        return Shielded(text, ())
    parts: list[str] = []
    values: list[str] = []
    end = 0
    for start, stop, value in places:
        if start < end:
            continue
        space = " " if lang == "en" or (start and text[start - 1].isascii() and text[start - 1].isalnum()) else ""
        parts += [
            text[end:start],
            space if parts and not text[end:start].endswith(" ") and start else "",
            f"X{_FIRST + len(values)}",
        ]
        values.append(value)
        end = stop
    return Shielded("".join([*parts, text[end:]]), tuple(values))


def fragments(shield: Shielded) -> list[str]:
    """What stands between the placeholders; one more than there are placeholders."""
    return _PLACEHOLDER.split(shield.text)[::2]


def joined(shield: Shielded, answers: list[str], to: Lang) -> str:
    """The answers to the fragments with the values between them."""
    space = " " if to == "en" else ""
    parts = [answers[0].strip()]
    for value, answer in zip(shield.values, answers[1:], strict=True):
        parts += [value, answer.strip()]
    return re.sub(r"\s+([,.;:)])", r"\1", space.join(part for part in parts if part))


def _kept(text: str) -> Iterator[tuple[int, int, str]]:
    return ((span.start, span.end, span.text) for span in protected(text) if span.kind in _KEPT)


def _references(text: str, lang: Lang, to: Lang) -> Iterator[tuple[int, int, str]]:
    for reference in references(text, lang):
        if reference.mode != "bare":
            start, end = with_tail(text, reference, lang)
            yield start, end, phrase(reference, to)
