"""What is known of statutes without their texts: names, versions, dates. The shipped table is facts.toml."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal

from taibao_cli.patents.language import Lang

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

State = Literal["in force", "superseded", "probably superseded", "not yet in force", "status not known"]

_BRACKETS: Final = re.compile(r"[《》〈〉<>]")
_REMARK: Final = re.compile(r"[（(][^（）()]*(?:节选|摘录|修正|修订|[12][0-9]{3})[^（）()]*[)）]")
_PUNCTUATION: Final = re.compile(r"[\s　、,，:：.·]+")
_ENGLISH_TAIL: Final = re.compile(r"ofthe(?:peoplesrepublicofchina|prc)$|ofchina$")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a law, named by `date`. Dates are ISO, `ends` may be a year alone; `articles` is 0 if not known."""

    date: str
    starts: str
    adopted: str = ""
    ends: str = ""
    doubtful: bool = False
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Law:
    """A law with its known versions, oldest first."""

    id: str
    zh: str
    en: str
    aliases: tuple[str, ...]
    versions: tuple[Version, ...]
    note_zh: str = ""
    note_en: str = ""

    def name(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def note(self, lang: Lang) -> str:
        return self.note_zh if lang == "zh" else self.note_en

    def version(self, date: str) -> Version | None:
        return next((version for version in self.versions if version.date == date), None)

    def in_force(self, on: str) -> Version | None:
        """The version that holds on an ISO date, doubtful ones left out."""
        return next((version for version in self.versions if self.status(version.date, on).state == "in force"), None)

    def status(self, date: str, on: str) -> Status:
        """What holds of the version named `date` on the day `on`."""
        at = next((at for at, version in enumerate(self.versions) if version.date == date), None)
        if at is None:
            return NOT_KNOWN
        version = self.versions[at]
        newer = self.versions[at + 1] if at + 1 < len(self.versions) else None
        until = version.ends or (newer.starts if newer else "")
        if on < version.starts:
            return Status("not yet in force", version.starts, until)
        if until and on >= until:
            return Status("probably superseded" if version.doubtful else "superseded", version.starts, until)
        return Status("in force", version.starts, until)


@dataclass(frozen=True, slots=True)
class Status:
    """A state on a day, and the first day (`starts`) and first day no more (`until`, "" for open) of the version."""

    state: State
    starts: str = ""
    until: str = ""


NOT_KNOWN: Final = Status("status not known")


@functools.cache
def laws() -> Mapping[str, Law]:
    """All laws of the shipped table by id; read and checked once.

    Raises:
        ValueError: the table breaks its rules.
    """
    return {id_: _law(id_, raw) for id_, raw in _table()["law"].items()}


def known_on() -> str:
    """The month up to which the shipped table follows the law, like 2026-01."""
    return str(_table()["known_on"])


def law_named(words: str) -> Law | None:
    """The law of that name or alias, Chinese or English, 中华人民共和国 and brackets left out; None for others."""
    return _names().get(plain_name(words))


def plain_name(words: str) -> str:
    """A name as it is compared: 《中华人民共和国专利法》（2020年修正） and 专利法 are the same."""
    bare = _BRACKETS.sub("", _REMARK.sub("", words.strip()))
    plain = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", bare)).replace("中华人民共和国", "").casefold()
    plain = re.sub(r"[’']", "", plain)
    return _ENGLISH_TAIL.sub("", plain.removeprefix("the"))


@functools.cache
def _table() -> Mapping[str, Any]:
    text = resources.files("taibao_cli.knowledge.store").joinpath("facts.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@functools.cache
def _names() -> Mapping[str, Law]:
    names: dict[str, Law] = {}
    for law in laws().values():
        for name in (law.zh, law.en, *law.aliases):
            if names.setdefault(plain_name(name), law) is not law:
                raise ValueError(f"facts.toml: {name} names two laws")
    return names


def _law(id_: str, raw: Mapping[str, Any]) -> Law:
    try:
        versions = tuple(Version(**version) for version in raw["versions"])
        law = Law(
            id_,
            raw["zh"],
            raw["en"],
            tuple(raw.get("aliases", ())),
            versions,
            raw.get("note_zh", ""),
            raw.get("note_en", ""),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"facts.toml: {id_}: {error}") from error
    starts = [version.starts for version in versions]
    if not versions or starts != sorted(set(starts)):
        raise ValueError(f"facts.toml: {id_}: versions are not in order")
    return law
