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

WITHDRAWN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "F24J": ("2017.01", ("F24S", "F24T", "F24V")),
    "H01L": ("2025.01", ("H10",)),
}
"""Subclasses that older editions had: the last edition, and where their contents went."""

_ANY: Final = "*"

State = Literal["valid", "unknown", "withdrawn", "not checked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of a symbol. `missing` is the part of it that the scheme does not have (or, "not checked", that the
    table does not reach); `last_edition` and `successors` are those of a withdrawn one."""

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
        if name in WITHDRAWN:
            last, successors = WITHDRAWN[name]
            return Standing(symbol, "withdrawn", name, last, successors)
        if name not in table():
            return Standing(symbol, "unknown", name)
    if parsed.group is None:
        return Standing(symbol, "valid")
    held = groups().get(symbol[:4])
    if held is None:
        return Standing(symbol, "not checked", f"{symbol[:4]} {parsed.group}/{parsed.subgroup}")
    subgroups = held.get(int(parsed.group))
    if subgroups is None:
        return Standing(symbol, "unknown", f"{symbol[:4]} {parsed.group}/00")
    if parsed.subgroup in subgroups:
        return Standing(symbol, "valid")
    return Standing(symbol, "not checked" if _ANY in subgroups else "unknown", symbol)


@functools.cache
def groups() -> Mapping[str, Mapping[int, frozenset[str]]]:
    """Subgroups (`00` is the main group itself) by main group and subclass, as far as they are known; read once."""
    packed = (resources.files("taibao_cli.patents") / "data/ipc_groups.tsv.xz").read_bytes()
    found: dict[str, Mapping[int, frozenset[str]]] = {}
    for line in lzma.decompress(packed).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        subclass, _, listed = line.partition("\t")
        pairs = (entry.split(":") for entry in listed.split())
        found[subclass] = {int(group): frozenset(subgroups.split(",")) for group, subgroups in pairs}
    return found
