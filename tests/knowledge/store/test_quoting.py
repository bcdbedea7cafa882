from __future__ import annotations

from collections.abc import Iterator

import pytest

from taibao_cli.knowledge.primer import Lang
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.excerpt import excerpt
from taibao_cli.knowledge.store.judging import judge_by_text
from taibao_cli.knowledge.store.quoting import answer_from_store
from taibao_cli.knowledge.store.reference import Pinpoint
from tests.knowledge.store.texts import MEMO, OLD_LAW, PATENT_LAW, source

ON = "2026-01-01"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StatuteStore]:
    with StatuteStore.open(tmp_path_factory.mktemp("kb") / "law.sqlite") as opened:
        opened.add([source(PATENT_LAW, "p.md", version="2020-10-17"), source(OLD_LAW, "o.md"), source(MEMO, "memo.md")])
        yield opened


def test_an_answer_is_what_the_law_says(store: StatuteStore) -> None:
    found = answer_from_store(store, "算法和棋谱如何？", "zh", ON)
    assert (found.state, found.inferred) == ("GROUNDED", False)
    (cited,) = found.citations
    assert (cited.law, cited.article, cited.paragraph) == ("专利法", "第二条", 1)
    assert (cited.version, cited.effective, cited.status) == ("2020-10-17", "2021-06-01", "in force")
    assert (cited.checked, cited.source) == ("text", "p.md")
    assert cited.quote in PATENT_LAW
    assert found.text == f"《专利法》第二条第一款（2020-10-17 版本，2021-06-01 施行，现行有效）\n{cited.quote}"


def test_an_answer_under_the_law_of_a_day(store: StatuteStore) -> None:
    found = answer_from_store(store, "专利法第二条", "zh", "2015-06-01")
    assert found.text.startswith(
        "《专利法》第二条（2008-12-27 版本，2009-10-01 施行，现行有效）\n外观设计专利权的期限为十年。"
    )


def test_an_own_text_of_unknown_status_says_so(store: StatuteStore) -> None:
    found = answer_from_store(store, "Do publications by the applicant harm an application?", "en", ON)
    assert found.text.startswith(
        "Firm memorandum, Grace periods (version not stated, status not known)\nPublications by"
    )


@pytest.mark.parametrize(
    ("question", "lang"),
    [
        ("今天天气怎么样", "zh"),
        ("专利法是什么", "zh"),
        ("怎么做红烧肉", "zh"),
        ("how do I cook rice", "en"),
        ("", "zh"),
    ],
)
def test_what_the_store_does_not_answer(store: StatuteStore, question: str, lang: Lang) -> None:
    found = answer_from_store(store, question, lang, ON)
    assert (found.state, found.citations) == ("NO MATCH", ())


@pytest.mark.parametrize(
    ("question", "lang", "why"),
    [
        ("专利法第九十九条", "zh", "《专利法》（2020-10-17 版本）没有第九十九条。"),
        ("专利法第九十九条规定的期限是多久？", "zh", "《专利法》（2020-10-17 版本）没有第九十九条。"),
        ("Article 99 of the Patent Law", "en", "Patent Law (version 2020-10-17) has no Article 99."),
        (
            "反不正当竞争法第九条",
            "zh",
            "法规库中没有《反不正当竞争法》现行文本（2025-06-27 版本，2025-10-15 施行），无法引用第九条。",
        ),
    ],
)
def test_a_place_that_is_not_there_is_named(store: StatuteStore, question: str, lang: Lang, why: str) -> None:
    found = answer_from_store(store, question, lang, ON)
    assert (found.state, found.text, found.citations) == ("NO MATCH", why, ())


def test_an_article_named_inside_a_question_is_quoted(store: StatuteStore) -> None:
    found = answer_from_store(store, "请问专利法第三条规定的期限是多久？", "zh", ON)
    assert [one.quote for one in found.citations] == ["实用新型专利权的期限为十年。"]


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ("实用新型专利权的期限为十年", "right"),
        ("实用新型专利权的期限为二十年", "wrong"),
        ("被诉侵权人不可以请求停止保全", "wrong"),
        ("科学发现；", None),
        ("布图设计的期限为十年", None),
    ],
)
def test_a_sentence_of_a_text_decides(store: StatuteStore, statement: str, verdict: str | None) -> None:
    found = judge_by_text(store, statement, "zh", ON)
    if verdict is None:
        assert found is None
        return
    assert found is not None
    assert (found.verdict, found.state) == (verdict, "GROUNDED")
    (cited,) = found.citations
    assert cited.quote in PATENT_LAW
    assert cited.quote in found.reason


def test_of_a_long_paragraph_the_item_that_speaks_of_it_is_quoted() -> None:
    words = "下列行为无效：\n（一）" + "甲" * 300 + "；\n（二）展览会上首次展出；\n（三）" + "乙" * 300 + "。\n另一款。"
    place, quote = excerpt(words, Pinpoint(24), "在展览会展出")
    assert (place, quote) == (Pinpoint(24, 0, 1, 2), "（二）展览会上首次展出；")
    assert excerpt("只有一款。", Pinpoint(3), "无关") == (Pinpoint(3), "只有一款。")


def test_of_a_long_sentence_after_sentence_the_one_that_speaks_of_it_is_quoted() -> None:
    words = "甲" * 400 + "。费用应当退还。" + "乙" * 100 + "。"
    assert excerpt(words, Pinpoint(5), "退还费用") == (Pinpoint(5), "费用应当退还。")
