from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.knowledge.answer import answer, judge
from taibao_cli.knowledge.claims_of_law import compare
from taibao_cli.knowledge.primer import Lang, entries

ON = "2026-06-01"


def test_a_grounded_answer_names_its_articles_with_version_and_date() -> None:
    found = answer("外观设计专利权的期限是多久？", "zh", ON)
    assert found.state == "GROUNDED"
    assert "十五年" in found.text
    assert found.text.endswith("依据：《专利法》第四十二条（2020-10-17 修正，2021-06-01 施行）")
    assert [(c.law, c.article, c.article_number, c.version, c.effective) for c in found.citations] == [
        ("专利法", "第四十二条", "42", "2020-10-17", "2021-06-01")
    ]


def test_a_grounded_answer_in_english() -> None:
    found = answer("What is the term of a utility model?", "en", ON)
    assert found.state == "GROUNDED"
    assert "ten years" in found.text
    assert found.text.endswith("Basis: Patent Law, Article 42 (amended 2020-10-17, in force 2021-06-01)")


def test_a_text_that_may_have_changed_is_marked() -> None:
    assert "核对" in answer("注册商标的有效期是多少年？", "zh", ON).text
    assert "check whether" in answer("How long does a trademark registration last in China?", "en", ON).text


@pytest.mark.parametrize(
    ("question", "lang", "start"),
    [("今天天气怎么样", "zh", "没有涵盖这个问题的依据。"), ("how do I cook rice", "en", "No source here covers")],
)
def test_no_match_says_so_and_cites_nothing(question: str, lang: Lang, start: str) -> None:
    found = answer(question, lang, ON)
    assert (found.state, found.citations) == ("NO MATCH", ())
    assert found.text.startswith(start)
    assert "第" not in found.text
    assert "Article" not in found.text


def test_articles_named_in_any_answer_come_from_its_basis() -> None:
    for entry in entries():
        named = set(re.findall(r"第[零一二三四五六七八九十百千]+条", entry.answer_zh))
        assert named <= {item.article for item in entry.basis}
        assert not re.search(r"\b[Aa]rt(icle|\.)s? \d", entry.answer_en)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_statement_of_the_primer_is_judged_as_the_primer_says(lang: Lang) -> None:
    for entry in entries():
        for known in entry.statements:
            found = judge(known.text(lang), lang, ON)
            assert (found.verdict, found.state) == (known.verdict, "GROUNDED"), known.text(lang)
            assert found.entry is not None
            assert found.citations


@pytest.mark.parametrize(
    ("statement", "lang", "verdict"),
    [
        ("发明专利的保护期是20年", "zh", "right"),
        ("发明专利权的期限为十年", "zh", "wrong"),
        ("实用新型专利权的期限为二十年。", "zh", "wrong"),
        ("外观设计专利权的期限为15年", "zh", "right"),
        ("专利权的期限不自申请日起计算", "zh", "wrong"),
        ("发明专利申请自申请日起满六个月公布", "zh", "wrong"),
        ("对驳回申请的决定不服的，可以自收到通知之日起3个月内请求复审", "zh", "right"),
        ("对驳回申请的决定不服的，可以自收到通知之日起两个月内请求复审", "zh", "wrong"),
        ("权利要求书不应当以说明书为依据", "zh", "wrong"),
        ("从属权利要求只能引用在后的权利要求", "zh", "cannot decide"),
        ("说明书可以使用商业性宣传用语", "zh", "wrong"),
        ("专利侵权的法定赔偿为3万元以上500万元以下", "zh", "right"),
        ("专利侵权的法定赔偿为1万元以上100万元以下", "zh", "wrong"),
        ("专为科学研究和实验而使用有关专利的，视为侵犯专利权。", "zh", "wrong"),
        ("声音不可以作为商标申请注册", "zh", "wrong"),
        ("布图设计专利权的期限为二十年", "zh", "cannot decide"),
        ("有约定的，接受委托完成的发明创造，申请专利的权利属于完成的单位或者个人。", "zh", "cannot decide"),
        ("今天下雨", "zh", "cannot decide"),
        ("", "zh", "cannot decide"),
        ("The term of an invention patent is 20 years.", "en", "right"),
        ("The term of a utility model is ten years.", "en", "right"),
        ("The term of an invention patent is ten years.", "en", "wrong"),
        ("The term of a utility model patent is twenty years", "en", "wrong"),
        ("The term of an invention patent is not twenty years", "en", "wrong"),
        ("A sound cannot be registered as a trademark.", "en", "wrong"),
        ("The claims need not be supported by the description", "en", "wrong"),
        ("The claims must not be supported by the description.", "en", "wrong"),
        ("The description may contain commercial advertising.", "en", "wrong"),
        ("Statutory damages for patent infringement range from 10,000 to 1,000,000 yuan.", "en", "wrong"),
        ("Statutory damages for patent infringement range from 30,000 to 5 million yuan.", "en", "right"),
        ("The limitation period for patent infringement is 2 years", "en", "wrong"),
        ("The term of a trademark licence is twenty years.", "en", "cannot decide"),
        ("It rains today.", "en", "cannot decide"),
    ],
)
def test_judge(statement: str, lang: Lang, verdict: str) -> None:
    found = judge(statement, lang, ON)
    assert found.verdict == verdict
    assert bool(found.citations) == (verdict != "cannot decide")
    assert found.state == ("NO MATCH" if verdict == "cannot decide" else "GROUNDED")


@given(st.text(alphabet="发明专利权不未得应当可以没有三十万亿年元，。 1２٣,.%#=;的may not must 5 years", max_size=40))
def test_no_text_breaks_the_judge(statement: str) -> None:
    for lang in ("zh", "en"):
        assert bool(judge(statement, lang, ON).citations) == (judge(statement, lang, ON).verdict != "cannot decide")


def test_a_year_reads_the_same_in_both_numerals() -> None:
    known = "现行专利法自2021年6月1日起施行。"
    assert compare(known, "现行专利法自二〇二一年六月一日起施行。", "zh") == "same"
    assert compare(known, "现行专利法自二〇二〇年六月一日起施行。", "zh") == "contrary"
