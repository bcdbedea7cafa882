from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.knowledge.numerals import to_han
from taibao_cli.knowledge.store.numbering import numbering
from taibao_cli.knowledge.store.statute import Statute, read_statute
from tests.knowledge.store.texts import GUIDELINES, MEMO, OLD_LAW, PATENT_LAW


def labels(statute: Statute) -> list[str]:
    return [passage.label for passage in statute.passages]


def test_articles_with_their_chapters() -> None:
    law = read_statute(PATENT_LAW)
    assert (law.title, law.lang) == ("中华人民共和国专利法", "zh")
    assert labels(law) == ["", "第一条", "第二条", "第三条", "第三条之一", "第四条"]
    assert [(passage.number, passage.sub) for passage in law.articles] == [(1, 0), (2, 0), (3, 0), (3, 1), (4, 0)]
    assert [law.headings[at].label for passage in law.articles for at in passage.headings[1:]] == [
        "第一章", "第一章", "第二章", "第二章", "第二章",
    ]  # fmt: skip
    assert law.text_of(law.articles[2]) == "第三条　实用新型专利权的期限为十年。"
    assert law.body_of(law.articles[2]) == "实用新型专利权的期限为十年。"
    assert law.front.startswith("2020年10月17日")
    assert numbering(law) == ()


def test_plain_text_with_a_table_of_contents() -> None:
    contents = "目  录\n第一章 总则\n第二章 附则\n"
    text = f"某法\n{contents}第一章 总则\n第一条 甲。\n第二章 附则\n第二条 乙，依照\n第一条规定办理。\n"
    law = read_statute(text)
    assert [(heading.level, heading.label) for heading in law.headings] == [(0, ""), (3, "第一章"), (3, "第二章")]
    assert labels(law)[-2:] == ["第一条", "第二条"]
    assert law.text_of(law.articles[1]) == "第二条 乙，依照\n第一条规定办理。"


@pytest.mark.parametrize(
    "line",
    ["第一条 甲", "第1条 甲", "第１条　甲", "**第一条** 甲", "#### 第一条 甲", "第 1 条 甲", "第一条甲", "第一条：甲"],
)
def test_ways_of_writing_an_article(line: str) -> None:
    law = read_statute(f"# 某法\n\n{line}\n第二条 乙\n")
    assert [passage.number for passage in law.articles] == [1, 2]
    assert law.body_of(law.articles[0]) == "甲"
    assert law.text_of(law.articles[0]) == line


def test_an_english_law() -> None:
    first = "Article 1\n(1) A.\n(2) B, see\nArticle 1 of the Rules."
    text = f"# Patent Act\n\n## Chapter 1 General\n\n{first}\n\nArticle 2. C.\n"
    law = read_statute(text)
    assert law.lang == "en"
    assert [(passage.label, passage.number) for passage in law.articles] == [("Article 1", 1), ("Article 2", 2)]
    assert law.body_of(law.articles[0]) == "(1) A.\n(2) B, see\nArticle 1 of the Rules."


def test_sections_of_guidelines_have_their_whole_path() -> None:
    guidelines = read_statute(GUIDELINES)
    assert labels(guidelines) == ["第一部分第一章1", "第一部分第一章2.1", "第一部分第二章1"]
    assert len(guidelines.headings) == 8
    assert guidelines.text_of(guidelines.passages[1]) == "保密原则的内容。"
    assert numbering(guidelines) == ()


def test_footnote_digits_before_a_section_number() -> None:
    text = "# 指南\n\n## 第一章 甲\n\n### 5.1乙\n\n一。\n\n### 575.2丙\n\n二。\n\n### 5.4丁\n\n三。\n"
    guidelines = read_statute(text)
    assert [heading.label for heading in guidelines.headings[2:]] == ["5.1", "5.2", "5.4"]
    assert [(finding.code, finding.line) for finding in numbering(guidelines)] == [
        ("section-gap", 5), ("section-mended", 9), ("section-gap", 13),
    ]  # fmt: skip


def test_points_of_a_decision_outside_quotations() -> None:
    text = (
        "关于修改某法的决定\n\n一、修改《甲规定》\n\n1.将第一条修改为：\n\n“案件：\n\n1.侵权；\n\n2.合同。”\n\n2.删除第二条。\n\n"
        "二、修改《乙规定》\n\n将第七条修改为：\n\n“丙。”\n\n本决定自2021年1月1日起施行。\n"
    )
    decision = read_statute(text)
    assert labels(decision) == ["一、1", "一、2", "二", "附则"]
    assert decision.text_of(decision.passages[0]).endswith("2.合同。”")


def test_other_texts() -> None:
    assert labels(read_statute(MEMO)) == ["Grace periods", "Licences"]
    assert labels(read_statute("备忘录\n\n第一段。\n第二段。\n")) == ["¶1", "¶2"]
    assert read_statute("").passages == ()
    assert labels(read_statute("某批复\n\n某法院：\n\n一、可以。\n\n二、不可以。\n")) == ["", "一", "二"]


def test_broken_numbering_is_found() -> None:
    found = numbering(read_statute("# 某法\n\n第一条 甲：\n\n（一）乙；\n\n（三）丙。\n\n第三条 丁。\n\n第三条 戊。\n"))
    assert [(finding.code, finding.line, finding.label) for finding in found] == [
        ("item-gap", 3, "第一条"), ("article-gap", 9, "第三条"), ("article-repeated", 11, "第三条"),
    ]  # fmt: skip
    assert numbering(read_statute("# 某法（节选）\n\n第八条 甲。\n\n第三条 乙。\n")) == ()
    assert [finding.code for finding in numbering(read_statute(OLD_LAW))] == []


MARKS = [
    "第一条",
    "第二章 总则",
    "（一）乙；",
    "1.",
    "4.1.1",
    "一、",
    "目录",
    "Article 3 ",
    "# ",
    "## ",
    "<!-- x -->",
    "**",
]
WORDS = st.sampled_from([*MARKS, "甲", "第", "条", "“", "”", "，", "。", "\n", "\r\n", "\n\n", " ", "　"])


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40).map("".join))
def test_nothing_of_any_text_is_lost(text: str) -> None:
    statute = read_statute(text)
    pieces = sorted([(one.start, one.end) for one in (*statute.headings, *statute.passages)])
    at, between = 0, []
    for start, end in pieces:
        assert at <= start < end
        between.append(text[at:start])
        at = end
    assert "".join([*between, text[at:]]).strip() == ""
    numbering(statute)


@settings(deadline=None)
@given(st.integers(1, 60), st.sampled_from(["\n", "\n\n", "\r\n"]), st.booleans())
def test_as_many_articles_as_were_written(count: int, gap: str, glued: bool) -> None:
    space = "" if glued else " "
    text = gap.join(f"第{to_han(number)}条{space}甲方应当付款。" for number in range(1, count + 1))
    statute = read_statute(text)
    assert [passage.number for passage in statute.articles] == list(range(1, count + 1))
    assert numbering(statute) == ()
