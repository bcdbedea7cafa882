from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.errors import UsageError
from taibao_cli.patents import ipc


def test_table_has_the_scheme_of_2026() -> None:
    assert [len(ipc.labels(level)) for level in ("section", "class", "subclass")] == [8, 132, 655]
    assert len(ipc.table()) == 795
    assert ipc.labels("section") == tuple("ABCDEFGH")


def test_every_symbol_has_its_parent_and_clean_titles() -> None:
    for symbol, row in ipc.table().items():
        assert [step.symbol for step in ipc.path(symbol)] == [symbol[:n] for n in (1, 3, 4) if n <= len(symbol)]
        assert re.search(r"[\u4e00-\u9fff]", row.zh)
        assert not re.search(r"[\u4e00-\u9fff]", row.en)
        assert not re.search(r"入[A-H]\d\d", row.zh), symbol
        assert row.zh_edition
        assert row.en_edition


@pytest.mark.parametrize(
    ("symbol", "zh", "en"),
    [
        ("H", "电学", "Electricity"),
        ("A61", "医学或兽医学；卫生学", "Medical or veterinary science; Hygiene"),
        ("C01C", "氨；氰；其化合物", "Ammonia; Cyanogen; Compounds thereof"),
        ("H10B", "电存储器件", "Electronic memory devices"),
        ("H10K", "有机电固态器件", "Organic electric solid-state devices"),
        ("H10", "半导体器件；其他类目中不包括的电固体器件",
         "Semiconductor devices; Electric solid-state devices not otherwise provided for"),
    ],
)  # fmt: skip
def test_titles(symbol: str, zh: str, en: str) -> None:
    assert (ipc.table()[symbol].zh, ipc.table()[symbol].en) == (zh, en)


@pytest.mark.parametrize("withdrawn", ["H01L", "F24J"])
def test_withdrawn_subclasses_are_absent(withdrawn: str) -> None:
    assert withdrawn not in ipc.table()
    with pytest.raises(UsageError, match=withdrawn):
        ipc.path(withdrawn)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H04L 65/1016", "H04L 65/1016"),
        ("h04l65/1016", "H04L 65/1016"),
        ("Ｈ０４Ｌ　６５／１０１６", "H04L 65/1016"),
        ("H04L 65/1016 (2022.05)", "H04L 65/1016"),
        ("H04L 65/1016（2022.05）", "H04L 65/1016"),
        ("H04L 65/1016[2022.05]", "H04L 65/1016"),
        ("H04L0065101600", "H04L 65/1016"),
        ("H01B0001000000", "H01B 1/00"),
        ("A61K", "A61K"),
        ("A61", "A61"),
        ("A", "A"),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert ipc.normalise(text) == expected


@pytest.mark.parametrize(
    "text", ["", "E01D101", "Y02E 10/50", "I01A", "H4L", "H04L 0/00", "H04L 65/1", "H04L0000000000"]
)
def test_not_a_symbol(text: str) -> None:
    with pytest.raises(UsageError):
        ipc.parse(text)


def test_parts_and_levels() -> None:
    parsed = ipc.parse("H04L 65/1016 (2022.05)")
    assert parsed == ipc.IpcSymbol("H", "04", "L", "65", "1016", "2022.05")
    assert [parsed.at(level) for level in ("section", "class", "subclass")] == ["H", "H04", "H04L"]
    levels = [ipc.parse(text).level for text in ("H", "H04", "H04L", "H04L 65/00", "H04L 65/10")]
    assert levels == ["section", "class", "subclass", "group", "subgroup"]
    assert ipc.parse("H04").at("subclass") is None


@given(
    st.sampled_from(ipc.labels("subclass")),
    st.integers(1, 9999),
    st.from_regex(r"\A(?:00|[0-9]{1,5}[1-9]|[1-9]0)\Z").filter(lambda text: len(text) >= 2),
)
def test_every_spelling_of_a_group_meets(subclass: str, group: int, subgroup: str) -> None:
    expected = f"{subclass} {group}/{subgroup}"
    assert ipc.normalise(expected) == expected
    assert ipc.normalise(f"{subclass.lower()}{group} / {subgroup}") == expected
    assert ipc.normalise(f"{subclass}{group:04d}{subgroup.ljust(6, '0')}") == expected
    assert [row.symbol for row in ipc.path(expected)] == [subclass[0], subclass[:3], subclass]
