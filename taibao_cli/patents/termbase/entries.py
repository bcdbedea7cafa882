"""What a glossary or a translation memory holds, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from taibao_cli.patents.language import Lang, nfc

Glossary = Mapping[Lang, Mapping[str, str]]
"""Source language -> term -> rendering; the first rendering of a term holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One concept or segment: its Chinese and its English, and words that must not be used for it."""

    zh: str
    en: str
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Termbase:
    """The entries of a file. `glossary` serves both directions."""

    entries: tuple[Entry, ...] = ()
    glossary: Glossary = field(default_factory=lambda: {"zh": {}, "en": {}})
    forbidden: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Termbase:
        kept = tuple(entries)
        zh: dict[str, str] = {}
        en: dict[str, str] = {}
        for entry in kept:
            if entry.zh and entry.en:
                zh.setdefault(nfc(entry.zh).strip(), nfc(entry.en).strip())
                en.setdefault(nfc(entry.en).strip(), nfc(entry.zh).strip())
        forbidden = tuple(dict.fromkeys(word for entry in kept for word in entry.forbidden))
        return cls(kept, {"zh": zh, "en": en}, forbidden)
