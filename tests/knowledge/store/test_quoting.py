from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.knowledge.primer import Lang
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.quoting import Quotation, answer_from_store
from tests.knowledge.store.texts import MEMO, OLD_LAW, PATENT_LAW, source

ON = "2026-01-01"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kb") / "law.sqlite"
    with StatuteStore.open(path) as store:
        store.add([source(PATENT_LAW, "p.md", version="2020-10-17"), source(OLD_LAW, "o.md"), source(MEMO, "memo.md")])
    return path


def test_an_answer_is_what_the_law_says(file: Path) -> None:
    found = answer_from_store(file, "算法和棋谱如何？", "zh", ON)
    assert found is not None
    assert found.state == "GROUNDED"
    (quotation,) = found.citations
    assert isinstance(quotation, Quotation)
    assert (quotation.law, quotation.article, quotation.paragraph) == ("专利法", "第二条", 1)
    assert (quotation.version, quotation.effective, quotation.status) == ("2020-10-17", "2021-06-01", "in force")
    assert quotation.quote in PATENT_LAW
    assert found.text == (
        "《专利法》第二条第一款（2020-10-17 版本，2021-06-01 施行，现行有效）\n"
        f"{quotation.quote}\n\n以上为法规原文，仅供参考，不构成法律意见。"
    )


def test_an_answer_under_the_law_of_a_day(file: Path) -> None:
    found = answer_from_store(file, "专利法第二条", "zh", "2015-06-01")
    assert found is not None
    assert found.text.startswith(
        "《专利法》第二条（2008-12-27 版本，2009-10-01 施行，现行有效）\n外观设计专利权的期限为十年。"
    )


def test_an_own_text_of_unknown_status_says_so(file: Path) -> None:
    found = answer_from_store(file, "Do publications by the applicant harm an application?", "en", ON)
    assert found is not None
    assert found.text.startswith(
        "Firm memorandum, Grace periods (version not stated, status not known)\nPublications by"
    )
    assert found.text.endswith("\n\nThese are the words of the law: information, not legal advice.")


@pytest.mark.parametrize(
    ("question", "lang"),
    [("今天天气怎么样", "zh"), ("专利法是什么", "zh"), ("怎么做红烧肉", "zh"), ("专利法第九十九条", "zh"),
     ("how do I cook rice", "en"), ("", "zh")],
)  # fmt: skip
def test_what_the_store_does_not_answer(file: Path, question: str, lang: Lang) -> None:
    assert answer_from_store(file, question, lang, ON) is None


def test_no_store_and_a_broken_one(tmp_path: Path) -> None:
    missing = tmp_path / "law.sqlite"
    assert answer_from_store(missing, "专利法第一条", "zh", ON) is None
    assert not missing.exists()
    missing.write_bytes(b"damaged" * 1000)
    found = answer_from_store(missing, "专利法第一条", "zh", ON)
    assert found is not None
    assert (found.state, found.citations) == ("UNAVAILABLE", ())
    assert "law.sqlite" in found.text
