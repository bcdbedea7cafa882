"""Which symbols the scheme 2026.01 has, and where older ones went."""

from __future__ import annotations

import functools
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final, Literal

from taibao_cli.patents.ipc import parse, table

EDITION: Final = "2026.01"

_DATA: Final = resources.files("taibao_cli.patents") / "data"
_ANY: Final = "*"

State = Literal["valid", "unknown", "withdrawn", "not checked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a symbol.

    Attributes:
        missing: the part of it that the scheme does not have or, "not checked", that the table does not reach.
        last_edition: the last one known to have had a withdrawn symbol.
        successors: where most of its contents went, as a hint; empty when this is not known.
    """

    symbol: str
    state: State
    missing: str = ""
    last_edition: str = ""
    successors: tuple[str, ...] = ()


def standing(text: str) -> Standing:
    """Look up a symbol of any level and spelling.

    Raises:
        UsageError: not an IPC symbol.
    """
    parsed = parse(text)
    symbol = str(parsed)
    for name in filter(None, (parsed.at("section"), parsed.at("class"), parsed.at("subclass"))):
        if name in withdrawn():
            return _withdrawn(symbol, name, name)
        if name not in table():
            return Standing(symbol, "unknown", name)
    if parsed.group is None:
        return Standing(symbol, "valid")
    main = f"{symbol[:4]} {parsed.group}"
    if main in withdrawn():
        return _withdrawn(symbol, main, f"{main}/00")
    if symbol in withdrawn():
        return _withdrawn(symbol, symbol, symbol)
    subgroups = groups()[symbol[:4]].get(int(parsed.group))
    if subgroups is None:
        return Standing(symbol, "unknown", f"{main}/00")
    if parsed.subgroup in subgroups:
        return Standing(symbol, "valid")
    return Standing(symbol, "not checked" if _ANY in subgroups else "unknown", symbol)


def _withdrawn(symbol: str, name: str, missing: str) -> Standing:
    last, successors = withdrawn()[name]
    return Standing(symbol, "withdrawn", missing, last, successors)


@functools.cache
def groups() -> Mapping[str, Mapping[int, frozenset[str]]]:
    """Subgroups (`00` is the main group itself) by main group and subclass, all 7,668 of them; `*` stands for newer
    subgroups that the table may not hold. Read once."""
    packed = lzma.decompress((_DATA / "ipc_groups.tsv.xz").read_bytes())
    found: dict[str, Mapping[int, frozenset[str]]] = {}
    for line in _lines(packed.decode("utf-8")):
        subclass, _, listed = line.partition("\t")
        pairs = (entry.split(":") for entry in listed.split())
        found[subclass] = {int(group): frozenset(subgroups.split(",")) for group, subgroups in pairs}
    return found


@functools.cache
def withdrawn() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Subclasses, main groups ("A01G 1") and subgroups that older editions had: the last edition known to have had
    them, and where most of their contents went, as far as that is known. Read once."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for line in _lines((_DATA / "ipc_withdrawn.tsv").read_text(encoding="utf-8")):
        name, last, successors = line.split("\t")
        found[name] = (last, tuple(successors.split(", ")) if successors else ())
    return found


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]
