from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.knowledge.store.crossref import Reference, follow, references
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.reference import Pinpoint
from tests.knowledge.store.texts import OLD_LAW, PATENT_LAW, source


def ref(law: str, *numbers: int) -> Reference:
    article, paragraph, item = (*numbers, 0, 0)[:3]
    return Reference(law, Pinpoint(article, 0, paragraph, item))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("依照本法第四十五条的规定", [ref("", 45)]),
        ("不符合专利法第二十二条第三款、第二十六条第四款", [ref("patent-law", 22, 3), ref("patent-law", 26, 4)]),
        ("专利法第五十三条第（一）项和第五十六条", [ref("patent-law", 53, 0, 1), ref("patent-law", 56)]),
        ("《中华人民共和国商标法》第十条", [ref("trademark-law", 10)]),
        ("依照专利法实施细则第六条", [ref("implementing-rules", 6)]),
        ("依据专利法第十一条，并适用本规定第二条至第四条", [ref("patent-law", 11), ref("", 2), ref("", 4)]),
        ("适用第十条的规定", []),
        ("专利法第十条。另有第十一条", [ref("patent-law", 10)]),
        ("修改前的专利法第二十七条第二款", []),
        ("2001年修正的商标法第十条", []),
        ("刑法第二百一十七条", []),
        ("专利法第47条说了什么", [ref("patent-law", 47)]),
        ("Does Article 42(2) of the Patent Law allow it?", [ref("patent-law", 42, 2)]),
        ("Art. 5 Implementing Rules of the Patent Law applies", [ref("implementing-rules", 5)]),
        ("Article 9 of the Penal Code", []),
    ],
)
def test_references(words: str, found: list[Reference]) -> None:
    assert list(references(words)) == found


def test_a_reference_means_the_law_of_its_day(tmp_path: Path) -> None:
    """An interpretation of 2010 names articles of the law of 2008, not those of the same number today."""
    old = (
        "最高人民法院关于审理侵犯专利权纠纷案件应用法律若干问题的解释\n\n（2009年12月21日通过，自2010年1月1日起施行）\n\n"
        + "".join(f"第{number}条 依照专利法第二条。\n" for number in "一二三四五六七八九")
        + "".join(f"第{number}条 依照本解释第一条、专利法第二条。\n" for number in
                  ("十", "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十"))
    )  # fmt: skip
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        added = store.add([source(old, "i.md", version="2009-12-28"), source(PATENT_LAW, "p.md", version="2020-10-17")])
        interpretation = added[0].text
        words = "依照本解释第一条、专利法第二条"
        own, missing = follow(store, interpretation, words, "2026-01-01")
        assert (own.text, own.words) == (interpretation, "依照专利法第二条。")
        assert (missing.version, missing.text, missing.words) == ("2008-12-27", None, None)
        store.add([source(OLD_LAW, "o.md")])
        _, there = follow(store, interpretation, words, "2026-01-01")
        assert there.text is not None
        assert (there.text.version, there.words) == ("2008-12-27", "外观设计专利权的期限为十年。")
