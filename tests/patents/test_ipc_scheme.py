"""The symbols of the scheme and their titles."""

from __future__ import annotations

import pytest

from taibao_cli.errors import UsageError
from taibao_cli.patents.ipc import labels
from taibao_cli.patents.ipc_scheme import Standing, groups, standing, withdrawn
from taibao_cli.patents.ipc_search import search_titles


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H", Standing("H", "valid")),
        ("h04l65/1016", Standing("H04L 65/1016", "valid")),
        ("H04L0065101600", Standing("H04L 65/1016", "valid")),
        ("A01B 1/00", Standing("A01B 1/00", "valid")),
        ("A01B 99/99", Standing("A01B 99/99", "unknown", "A01B 99/00")),
        ("A01B 1/01", Standing("A01B 1/01", "unknown", "A01B 1/01")),
        ("A98", Standing("A98", "unknown", "A98")),
        ("A01X 1/00", Standing("A01X 1/00", "unknown", "A01X")),
        ("H01L 21/00", Standing("H01L 21/00", "withdrawn", "H01L", "2025.01", ("H10",))),
        ("F24J", Standing("F24J", "withdrawn", "F24J", "2017.01", ("F24S", "F24T", "F24V"))),
        ("C01G 1/00", Standing("C01G 1/00", "valid")),
        ("C01G 1/02", Standing("C01G 1/02", "valid")),
        ("C01G 1/99", Standing("C01G 1/99", "not checked", "C01G 1/99")),
        ("C01G 2/00", Standing("C01G 2/00", "unknown", "C01G 2/00")),
        ("F16D 65/00", Standing("F16D 65/00", "valid")),
        ("A24F 40/465", Standing("A24F 40/465", "valid")),
        ("B62J 50/99", Standing("B62J 50/99", "unknown", "B62J 50/99")),
        ("G06K 9/62", Standing("G06K 9/62", "withdrawn", "G06K 9/00", "2021.01", ("G06V",))),
        ("E01D 101/30", Standing("E01D 101/30", "valid")),
        ("C13D 3/00", Standing("C13D 3/00", "withdrawn", "C13D", "2010.01", ("C13B",))),
        ("C23C 24/00", Standing("C23C 24/00", "valid")),
        ("G06F 17/30", Standing("G06F 17/30", "withdrawn", "G06F 17/30", "2018.01", ("G06F 16",))),
        ("H04Q 7/32", Standing("H04Q 7/32", "withdrawn", "H04Q 7/00", "2008.04", ("H04W",))),
        ("H05B 33/08", Standing("H05B 33/08", "withdrawn", "H05B 33/08", "2019.01", ("H05B 45",))),
        ("E05F 15/20", Standing("E05F 15/20", "withdrawn", "E05F 15/20", "2014.01", ())),
    ],
)
def test_what_became_of_a_symbol(text: str, expected: Standing) -> None:
    assert standing(text) == expected


def test_what_is_no_symbol_is_an_error() -> None:
    with pytest.raises(UsageError, match="is not an IPC symbol: it is of section Y, which the CPC has"):
        standing("Y02E 10/50")
    with pytest.raises(UsageError, match="is not an IPC symbol; write it like H"):
        standing("Z99Z")


def test_the_table_holds_what_is_known_of_the_scheme() -> None:
    assert (len(labels("section")), len(labels("class")), len(labels("subclass"))) == (8, 132, 655)
    assert set(groups()) == set(labels("subclass"))
    assert sum(len(held) for held in groups().values()) == 7_668
    assert all("00" in subgroups or "*" in subgroups for held in groups().values() for subgroups in held.values())


@pytest.mark.parametrize(
    "symbol",
    [
        "E21B 43/12",
        "E21B 43/116",
        "E01C 23/088",
        "E04F 13/075",
        "E06B 3/263",
        "G02F 1/13357",
        "D06M 15/643",
        "G06F 3/04817",
    ],
)
def test_subgroups_that_pages_of_the_chinese_edition_lost(symbol: str) -> None:
    assert standing(symbol).state == "valid"


@pytest.mark.parametrize("symbol", ["E05F 15/61", "E21B 33/07", "G01N 23/2000"])
def test_subgroups_that_had_lost_their_last_digit(symbol: str) -> None:
    assert standing(symbol).state == "unknown"


@pytest.mark.parametrize(
    ("query", "symbol"),
    [
        ("种植 播种", "A01C"),
        ("planting or sowing seeds", "A01C"),
        ("无线通信网络", "H04W"),
        ("wireless communication networks", "H04W"),
        ("锂电池隔膜", "H01M"),
        ("woven fabrics and looms", "D03D"),
    ],
)
def test_titles_are_found_by_their_words(query: str, symbol: str) -> None:
    assert symbol in [row.symbol for row, _ in search_titles(query, 3)]


def test_withdrawn_groups_are_gone_and_their_successors_are_there() -> None:
    for name, (_, successors) in withdrawn().items():
        assert name not in labels("subclass")
        subclass, _, group = name.partition(" ")
        main, _, subgroup = group.partition("/")
        assert not group or (subgroup or "00") not in groups().get(subclass, {}).get(int(main), ())
        assert all(standing(f"{to}/00" if " " in to and "/" not in to else to).state == "valid" for to in successors)


def test_nothing_is_found_where_no_title_says_it() -> None:
    assert search_titles("qwertyuiop") == []
    assert search_titles("") == []


def test_scores_fall() -> None:
    scores = [score for _, score in search_titles("machines for making paper or board", 30)]
    assert scores == sorted(scores, reverse=True)
