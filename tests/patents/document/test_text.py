"""Markdown and plain text: parts by their headings, paragraphs by their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.patents.document.description import build_sections, description_text, read_description
from taibao_cli.patents.document.patent import Origin, Patent
from taibao_cli.patents.document.text import read_text

ZH = """发明名称：一种水泵

说明书摘要
本发明公开一种水泵。

权利要求书
1. 一种水泵，包括泵壳。
2. 根据权利要求1所述的水泵，还包括叶轮。

说明书
技术领域
[0001] 本发明涉及水泵。
背景技术
[0002] 现有的水泵噪声大。
它们也不耐用。
[0003]附图说明
[0004]图1为结构图。
"""
EN = """# Quiet pump

## Abstract

A quiet pump.

## Claims

1. A pump comprising a casing.
2. The pump of claim 1, wherein it is red.

## Description

### Technical Field

Pumps, and in particular pumps that are used where noise is
not wanted.

### Detailed Description

A pump is shown in FIG. 1.

#### Example 1

It is red.
"""


def read(text: str) -> Patent:
    return read_text(text, Origin("file", "text"))


def shape(patent: Patent) -> list[tuple[str, str, list[tuple[str, str]]]]:
    return [(each.kind, each.heading, [(p.id, p.text) for p in each.paragraphs]) for each in patent.description]


def test_chinese_with_paragraph_numbers() -> None:
    patent = read(ZH)
    assert (patent.title, patent.abstract, patent.lang) == ("一种水泵", "本发明公开一种水泵。", "zh")
    assert [(claim.number, claim.refers) for claim in patent.claims] == [(1, ()), (2, (1,))]
    assert shape(patent) == [
        ("field", "技术领域", [("0001", "本发明涉及水泵。")]),
        ("background", "背景技术", [("0002", "现有的水泵噪声大。\n它们也不耐用。")]),
        ("drawings", "附图说明", [("0004", "图1为结构图。")]),
    ]
    assert not patent.counted


def test_english_markdown() -> None:
    patent = read(EN)
    assert (patent.title, patent.abstract, patent.lang) == ("Quiet pump", "A quiet pump.", "en")
    assert [(claim.number, claim.refers) for claim in patent.claims] == [(1, ()), (2, (1,))]
    assert shape(patent) == [
        (
            "field",
            "Technical Field",
            [("0001", "Pumps, and in particular pumps that are used where noise is not wanted.")],
        ),
        ("embodiments", "Detailed Description", [("0002", "A pump is shown in FIG. 1.")]),
        ("embodiments", "Example 1", [("0003", "It is red.")]),
    ]
    assert patent.counted


def test_claims_alone_and_a_description_alone() -> None:
    alone = read("1. A pump comprising a casing.\n2. The pump of claim 1, wherein it is red.\n")
    assert ([claim.number for claim in alone.claims], alone.description) == ([1, 2], ())
    plain = read("A pump is shown.\n\nIt is red.\n")
    assert (len(plain.claims), shape(plain)) == (
        0,
        [("other", "", [("0001", "A pump is shown."), ("0002", "It is red.")])],
    )


@pytest.mark.parametrize("keywords", ["Keywords: pump; wheel", "关键词：泵；叶轮"])
def test_keywords_of_a_front_page_were_a_description(keywords: str) -> None:
    patent = read(f"Title: 一种泵\n{keywords}\nAbstract: 一种泵，包括叶轮。")
    assert (patent.title, patent.abstract, patent.description) == ("一种泵", "一种泵，包括叶轮。", ())


def test_numbers_in_the_middle_of_a_line_begin_paragraphs_in_sequence() -> None:
    found = read_description("[0001]水泵。[0002]参见[0009]段。[0003]叶轮。").sections
    assert [(p.id, p.text) for p in found[0].paragraphs] == [
        ("0001", "水泵。"),
        ("0002", "参见[0009]段。"),
        ("0003", "叶轮。"),
    ]


def test_what_stands_before_the_first_number_is_kept() -> None:
    found = read_description("本申请要求优先权。\n[0001] 水泵。").sections
    assert [p.text for section in found for p in section.paragraphs] == ["本申请要求优先权。", "水泵。"]


def test_a_description_reads_back_as_it_was_written() -> None:
    for text in (ZH, EN):
        sections = read(text).description
        assert read_description(description_text(sections)).sections == sections


@given(st.text(max_size=300), st.sampled_from(["", ZH, EN]), st.integers(0, 300))
def test_no_text_is_too_strange(text: str, around: str, at: int) -> None:
    patent = read(around[:at] + text + around[at:])
    ids = [paragraph.id for _, paragraph in patent.paragraphs()]
    assert all(ids)
    again = read_description(description_text(patent.description))
    assert [p.id for section in again.sections for p in section.paragraphs][: len(ids)] or not ids


def test_no_paragraph_is_lost() -> None:
    assert build_sections(()).sections == ()
    assert not read("").description
