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
    "A01G 1": ("2017.01", ("A01G 9", "A01G 22")),
    "A01G 16": ("2017.01", ("A01G 22/22",)),
    "A23K 1": ("2015.01", ("A23K 10", "A23K 20", "A23K 40")),
    "A23L 1": ("2015.01", ("A23L 5", "A23L 7", "A23L 11", "A23L 33")),
    "A23L 3": ("2024.01", ("A23B 2",)),
    "A61B 19": ("2015.01", ("A61B 50", "A61B 90")),
    "B01F 3": ("2021.01", ("B01F 23",)),
    "B01F 7": ("2021.01", ("B01F 27",)),
    "B29C 47": ("2018.01", ("B29C 48",)),
    "B60L 11": ("2018.01", ("B60L 50", "B60L 53", "B60L 58")),
    "C01B 31": ("2016.01", ("C01B 32",)),
    "F03D 11": ("2015.01", ("F03D 80",)),
    "G06F 19": ("2018.01", ("G16B", "G16C", "G16H")),
    "G06K 9": ("2021.01", ("G06V",)),
    "H01M 2": ("2020.01", ("H01M 50",)),
    "H02N 6": ("2013.01", ("H02S",)),
    "H04L 29": ("2021.01", ("H04L 65", "H04L 67", "H04L 69")),
    "H04N 15": ("2017.01", ("H04N 13",)),
    "H05B 37": ("2019.01", ("H05B 47",)),
    "H05B 43": ("2019.01", ("H05B 45",)),
}
"""Subclasses and main groups that older editions had: the last edition, and where most of their contents went. Hints,
made by comparing an edition of about 2013 with the present one; other withdrawn groups count as not in the scheme."""

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
            return _withdrawn(symbol, name, name)
        if name not in table():
            return Standing(symbol, "unknown", name)
    if parsed.group is None:
        return Standing(symbol, "valid")
    main = f"{symbol[:4]} {parsed.group}"
    if main in WITHDRAWN:
        return _withdrawn(symbol, main, f"{main}/00")
    subgroups = groups()[symbol[:4]].get(int(parsed.group))
    if subgroups is None:
        return Standing(symbol, "unknown", f"{main}/00")
    if parsed.subgroup in subgroups:
        return Standing(symbol, "valid")
    return Standing(symbol, "not checked" if _ANY in subgroups else "unknown", symbol)


def _withdrawn(symbol: str, name: str, missing: str) -> Standing:
    last, successors = WITHDRAWN[name]
    return Standing(symbol, "withdrawn", missing, last, successors)


@functools.cache
def groups() -> Mapping[str, Mapping[int, frozenset[str]]]:
    """Subgroups (`00` is the main group itself) by main group and subclass, all 7,668 of them; `*` stands for subgroups
    that the table does not hold. Read once."""
    packed = (resources.files("taibao_cli.patents") / "data/ipc_groups.tsv.xz").read_bytes()
    found: dict[str, Mapping[int, frozenset[str]]] = {}
    for line in lzma.decompress(packed).decode("utf-8").splitlines():
        if line.startswith("#"):
            continue
        subclass, _, listed = line.partition("\t")
        pairs = (entry.split(":") for entry in listed.split())
        found[subclass] = {int(group): frozenset(subgroups.split(",")) for group, subgroups in pairs}
    return found
