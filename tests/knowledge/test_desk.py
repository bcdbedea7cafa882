from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.knowledge import desk
from taibao_cli.knowledge.basis import holds
from taibao_cli.knowledge.primer import entries
from taibao_cli.knowledge.store.database import StatuteStore
from tests.knowledge.store.texts import OLD_LAW, source

ON = "2026-06-01"
TERMS = """# 中华人民共和国专利法

第四十二条 发明专利权的期限为二十年，实用新型专利权的期限为十年，外观设计专利权的期限为十五年，均自申请日起计算。

发明专利权期限的补偿，另有规定。

第四十三条 专利权人应当自被授予专利权的当年开始缴纳年费。
"""
QUESTION = "外观设计专利权的期限是多久？"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "law.sqlite"
    with StatuteStore.open(path) as store:
        store.add([source(TERMS, "p.md", version="2020-10-17"), source(OLD_LAW, "o.md")])
    return path


def test_the_primer_answers_and_the_store_quotes(file: Path) -> None:
    found = desk.ask(QUESTION, "zh", file, ON)
    assert (found.state, found.inferred) == ("GROUNDED", True)
    (cited,) = found.citations
    assert (cited.article_number, cited.paragraph, cited.checked, cited.source) == ("42", 1, "text", "p.md")
    assert cited.quote in TERMS
    assert found.text.startswith("概述（由条文推断，非条文原文）：")
    assert found.text.endswith(f"条文原文：\n第四十二条第一款：“{cited.quote}”")
    english = desk.ask("How long does a design patent last?", "en", file, ON)
    assert english.text.endswith(f"In the words of the law:\nArticle 42(1): “{cited.quote}”")


def test_without_a_store_the_table_vouches_for_the_article(tmp_path: Path) -> None:
    (cited,) = desk.ask(QUESTION, "zh", tmp_path / "none.sqlite", ON).citations
    assert (cited.checked, cited.quote) == ("table", "")
    assert list(tmp_path.iterdir()) == []


def test_under_the_law_of_another_day_the_primer_is_silent(file: Path) -> None:
    found = desk.ask(QUESTION, "zh", file, "2015-06-01")
    assert found.state == "GROUNDED"
    assert found.citations[0].quote == "外观设计专利权的期限为十年。"
    assert found.citations[0].version == "2008-12-27"
    assert "2015-06-01 适用的不是《专利法》2020-10-17 版本" in found.notes[0]
    assert desk.judge("外观设计专利权的期限为十五年", "zh", file, "2015-06-01").verdict == "wrong"
    assert desk.judge("外观设计专利权的期限为十五年", "zh", file, ON).verdict == "right"


def test_a_law_of_another_day_that_is_not_stored_is_no_match(tmp_path: Path) -> None:
    found = desk.ask(QUESTION, "zh", tmp_path / "none.sqlite", "2015-06-01")
    assert (found.state, found.citations) == ("NO MATCH", ())
    assert desk.judge("外观设计专利权的期限为十五年", "zh", tmp_path / "none.sqlite", "2015-06-01").verdict == (
        "cannot decide"
    )


def test_a_citation_goes_to_the_store_first(file: Path) -> None:
    assert desk.ask("专利法第四十三条", "zh", file, ON).citations[0].quote.startswith("专利权人应当自")
    missing = desk.ask("专利法第九百条的保护期限是多久", "zh", file, ON)
    assert (missing.state, missing.text) == ("NO MATCH", "《专利法》（2020-10-17 版本）没有第九百条。")


def test_what_is_nearest_when_nothing_matches(file: Path) -> None:
    found = desk.ask("火星上的年费", "zh", file, ON)
    assert found.state == "NO MATCH"
    assert any(one.startswith("《专利法》第四十三条：") for one in found.nearest)
    assert found.text.splitlines()[0] == "没有涵盖这个问题的依据。最接近的："


def test_a_verdict_comes_with_the_passage(file: Path) -> None:
    wrong = desk.judge("实用新型专利权的期限为二十年。", "zh", file, ON)
    assert (wrong.verdict, wrong.inferred) == ("wrong", True)
    assert wrong.citations[0].quote in wrong.reason
    text = desk.judge("专利权人应当自被授予专利权的当年开始缴纳年费", "zh", file, ON)
    assert (wrong.decided_by, text.decided_by) == ("primer", "text of the law")
    assert (text.verdict, text.citations[0].checked) == ("right", "text")


def test_a_store_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "law.sqlite"
    broken.write_bytes(b"damaged" * 1000)
    found = desk.ask("专利法第一条", "zh", broken, ON)
    assert (found.state, found.citations) == ("UNAVAILABLE", ())
    assert "law.sqlite" in found.text
    assert desk.judge("天是蓝的", "zh", broken, ON).state == "UNAVAILABLE"
    primer = desk.ask(QUESTION, "zh", broken, ON)
    assert primer.state == "GROUNDED"
    assert "法规库无法读取" in primer.notes[0]
    assert desk.judge("实用新型专利权的期限为二十年。", "zh", broken, ON).verdict == "wrong"


def test_every_article_of_the_primer_holds() -> None:
    assert [(entry.id, item.law_id) for entry in entries() for item in entry.basis if not holds(item, ON)] == []
