"""International Patent Classification: symbols, their grammar, and the shipped table of titles (scheme 2026.01)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal

from taibao_cli.errors import UsageError

Level = Literal["section", "class", "subclass"]
LEVELS: Final[tuple[Level, ...]] = ("section", "class", "subclass")
"""From the top down, as far as the table has titles."""

_SYMBOL = re.compile(
    r"([A-H])(?:(\d{2})(?:([A-Z])(?:\s*([1-9]\d{0,3})\s*/\s*(\d{2,6}))?)?)?"
    r"(?:\s*[(\[](\d{4}\.\d{2})[)\]])?",
    re.ASCII,
)
_CPC_ONLY = re.compile(r"Y\d{2}[A-Z]", re.ASCII)
_WIPO_14 = re.compile(r"([A-H])(\d{2})([A-Z])(\d{4})(\d{6})", re.ASCII)


@dataclass(frozen=True)
class Symbol:
    """One line of the table. The editions say which scheme each title was taken from."""

    symbol: str
    level: Level
    zh: str
    en: str
    zh_edition: str
    en_edition: str


@dataclass(frozen=True)
class IpcSymbol:
    """A symbol taken apart. Parts below the level that was written are None; `edition` is like "2026.01"."""

    section: str
    class_: str | None = None
    subclass: str | None = None
    group: str | None = None
    subgroup: str | None = None
    edition: str | None = None

    @property
    def level(self) -> Literal["section", "class", "subclass", "group", "subgroup"]:
        """How deep the symbol goes; `/00` is a main group."""
        if self.class_ is None:
            return "section"
        if self.subclass is None:
            return "class"
        if self.group is None:
            return "subclass"
        return "group" if self.subgroup == "00" else "subgroup"

    def __str__(self) -> str:
        head = self.section + (self.class_ or "") + (self.subclass or "")
        return f"{head} {self.group}/{self.subgroup}" if self.group else head

    def at(self, level: Level) -> str | None:
        """The symbol cut to `level` ("H04L" for the subclass of H04L 65/1016), None if it does not go that deep."""
        if level == "section":
            return self.section
        if self.class_ is None or (level == "subclass" and self.subclass is None):
            return None
        return self.section + self.class_ + ((self.subclass or "") if level == "subclass" else "")


@functools.cache
def table() -> Mapping[str, Symbol]:
    """All 8 sections, 132 classes and 655 subclasses by symbol, in alphabetical order; read once."""
    text = resources.files("taibao_cli.patents").joinpath("data/ipc.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    symbols: dict[str, Symbol] = {}
    for line in lines[1:]:
        symbol, level, zh, en, zh_edition, en_edition = line.split("\t")
        symbols[symbol] = Symbol(symbol, _level(level), zh, en, zh_edition, en_edition)
    return MappingProxyType(symbols)


def _level(text: str) -> Level:
    match text:
        case "section" | "class" | "subclass":
            return text
        case _:
            raise ValueError(f"unknown level {text!r} in ipc.tsv")


@functools.cache
def labels(level: Level) -> tuple[str, ...]:
    """The symbols of one level, sorted."""
    return tuple(symbol for symbol, row in table().items() if row.level == level)


def path(symbol: str) -> list[Symbol]:
    """The titled ancestors of any symbol, from its section down to its subclass.

    Raises:
        UsageError: not an IPC symbol, or its section, class or subclass is not in the scheme.
    """
    parsed = parse(symbol)
    wanted = [parsed.at("section"), parsed.at("class"), parsed.at("subclass")]
    rows = []
    for name in wanted:
        if name is None:
            break
        if name not in table():
            raise UsageError(f"IPC {name} is not in the scheme 2026.01; check {symbol!r}")
        rows.append(table()[name])
    return rows


def parse(text: str) -> IpcSymbol:
    """Read a symbol in any common spelling: "H04L 65/1016", "h04l65/1016", full width, "H04L 65/1016 (2022.05)",
    or the 14-character WIPO form "H04L0065101600". The grammar alone is checked, not the scheme.

    Raises:
        UsageError: not an IPC symbol.
    """
    clean = unicodedata.normalize("NFKC", text).strip().upper()
    if wipo := _WIPO_14.fullmatch(clean):
        section, class_, subclass, group, subgroup = wipo.groups()
        group = group.lstrip("0")
        if group:
            return IpcSymbol(section, class_, subclass, group, subgroup[:2] + subgroup[2:].rstrip("0"))
    if match := _SYMBOL.fullmatch(clean):
        return IpcSymbol(*match.groups())
    if _CPC_ONLY.match(clean):
        raise UsageError(f"{text!r} is not an IPC symbol: it is of section Y, which the CPC has and the IPC does not")
    raise UsageError(f"{text!r} is not an IPC symbol; write it like H, H04, H04L or H04L 65/1016")


def normalise(text: str) -> str:
    """The one spelling used everywhere: "H04L 65/1016", without edition. Raises UsageError like `parse`."""
    return str(parse(text))
