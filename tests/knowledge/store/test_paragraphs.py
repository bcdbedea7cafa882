from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from taibao_cli.knowledge.store.paragraphs import Item, paragraphs
from taibao_cli.knowledge.store.statute import read_statute
from tests.knowledge.store.texts import PATENT_LAW


def shape(items: tuple[Item, ...]) -> list[object]:
    return [(item.label, shape(item.items)) if item.items else item.label for item in items]


def test_paragraphs_items_and_sub_items() -> None:
    law = read_statute(PATENT_LAW)
    first, second = paragraphs(law.body_of(law.articles[1]))
    assert shape(first.items) == ["（一）", ("（二）", ["1.", "2."]), "（三）"]
    assert first.items[1].text == "（二）智力活动的规则：\n\n1.算法；\n\n2.棋谱；"
    assert (second.number, second.text) == (2, "对前款第（一）项所列的应用，可以授予专利权。")


def test_lines_between_two_items_belong_to_the_first() -> None:
    (only,) = paragraphs("甲：\n\n（一）乙。\n\n乙的说明。\n\n（二）丙。")
    assert [item.text for item in only.items] == ["（一）乙。\n\n乙的说明。", "（二）丙。"]


def test_two_lists_of_items() -> None:
    found = paragraphs("甲：\n（一）乙；\n（二）丙。\n丁：\n（一）戊；\n（二）己。")
    assert [(one.number, shape(one.items)) for one in found] == [(1, ["（一）", "（二）"]), (2, ["（一）", "（二）"])]


def test_a_line_that_goes_on() -> None:
    assert [one.text for one in paragraphs("甲，\n乙。\n丙。\n\n丁，\n\n戊。")] == [
        "甲，\n乙。",
        "丙。",
        "丁，",
        "戊。",
    ]


def test_numbered_paragraphs_of_an_english_article() -> None:
    found = paragraphs(
        "(1) A patent is granted for:\n(a) products;\n(b) processes.\n(2) No patent is granted for games."
    )
    assert [(one.number, shape(one.items)) for one in found] == [(1, ["(a)", "(b)"]), (2, [])]


LINES = st.sampled_from(["甲。", "乙，", "（一）丙；", "（二）丁。", "1.戊；", "(1) a", "(a) b", "", " "])


@settings(deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_every_line_is_in_one_paragraph(body: str) -> None:
    found = paragraphs(body)
    at = 0
    for number, paragraph in enumerate(found, 1):
        assert paragraph.number == number
        assert body[at:].lstrip().startswith(paragraph.text)
        at = body.index(paragraph.text, at) + len(paragraph.text)
        assert all(item.text in paragraph.text for item in paragraph.items)
    assert body[at:].strip() == ""
