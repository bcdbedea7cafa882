from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from taibao_cli.errors import InputError, TaibaoError
from taibao_cli.knowledge.store.check import check
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.lookup import applicable, choose, place
from taibao_cli.knowledge.store.reference import Pinpoint
from taibao_cli.knowledge.store.retrieve import search
from tests.knowledge.store.texts import GUIDELINES, MEMO, OLD_LAW, PATENT_LAW, source

NEW = {"version": "2020-10-17"}


def test_a_text_is_kept_to_the_letter(tmp_path: Path) -> None:
    file = tmp_path / "law.sqlite"
    with StatuteStore.open(file) as store:
        (added,) = store.add([source(PATENT_LAW, **NEW)])
        assert (added.outcome, added.text.law_id, added.text.articles) == ("added", "patent-law", 5)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with StatuteStore.open(file) as store:
        (text,) = store.texts()
        assert store.body(text) == PATENT_LAW
        for passage in store.passages(text):
            assert passage.text in PATENT_LAW
        (article,) = store.passages_at(text, Pinpoint(3, 1))
        assert (article.label, article.words) == ("第三条之一", "被诉侵权人可以请求停止保全。")


def test_the_same_text_changes_nothing_and_another_one_says_so(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(PATENT_LAW, **NEW)])
        assert [one.outcome for one in store.add([source(PATENT_LAW, "copy.md", **NEW)])] == ["unchanged"]
        assert [text.source for text in store.texts()] == ["text.md"]
        (replaced,) = store.add([source(PATENT_LAW.replace("十五年", "二十年"), **NEW)])
        assert (replaced.outcome, replaced.changed) == ("replaced", 1)
        assert [hit.passage.label for hit in search(store, "二十", "2026-01-01").hits] == ["第四条"]
        assert search(store, "十五", "2026-01-01").hits == ()
        assert check(store, "2026-01-01") == []


def test_all_texts_are_added_or_none(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        with pytest.raises(InputError, match=r"a\.md and b\.md differ, and both are patent-law 2020-10-17"):
            store.add([source(PATENT_LAW, "a.md", **NEW), source(PATENT_LAW + "\n第五条 附。", "b.md", **NEW)])
        broken = source(MEMO, "memo.md")
        object.__setattr__(broken.identity, "law_id", None)
        with pytest.raises(sqlite3.IntegrityError):
            store.add([source(PATENT_LAW, **NEW), broken])
        assert store.texts() == []
        assert store.count() == 0


def test_versions_stand_side_by_side(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(PATENT_LAW, **NEW), source(OLD_LAW, "old.txt"), source(MEMO, "memo.md")])
        texts = store.texts()
        assert [(text.law_id, text.version) for text in applicable(texts, "2026-01-01")] == [
            ("patent-law", "2020-10-17"), ("title:firmmemorandum", ""),
        ]  # fmt: skip
        assert [(text.law_id, text.version) for text in applicable(texts, "2015-06-01")] == [
            ("patent-law", "2008-12-27"), ("title:firmmemorandum", ""),
        ]  # fmt: skip
        for day, words in (
            ("2026-01-01", "外观设计专利权的期限为十五年。"),
            ("2015-06-01", "外观设计专利权的期限为十年。"),
        ):
            assert search(store, "外观设计的期限", day).hits[0].quote == words
        assert choose(texts, "patent-law", "1980-01-01").text is None
        by_name = choose(texts, "patent-law", "2026-01-01", "2008-12-27").text
        assert by_name is not None
        assert by_name.source == "old.txt"


def test_what_is_superseded_is_never_searched(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(OLD_LAW, "patent-law-2020.md")])
        found = search(store, "外观设计专利权的期限", "2026-01-01")
        assert (found.hits, found.looked_at, [text.source for text in found.left_out]) == (
            (),
            0,
            ["patent-law-2020.md"],
        )
        assert search(store, "专利法2", "2026-01-01").hits == ()
        choice = choose(store.texts(), "patent-law", "2026-01-01")
        assert choice.text is None
        assert choice.known is not None
        assert choice.known.date == "2020-10-17"


def test_places(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        law, guidelines = (one.text for one in store.add([source(PATENT_LAW, **NEW), source(GUIDELINES, "g.md")]))
        assert place(store, law, Pinpoint(2, paragraph=1, item=3)).words == "（三）疾病的诊断方法。"
        assert place(store, law, Pinpoint(2, item=1)).words == "（一）科学发现；"
        assert place(store, law, Pinpoint(2, paragraph=3)).missing
        assert place(store, law, Pinpoint(9)).passages == ()
        section = place(store, guidelines, Pinpoint(2, paragraph=1, label="2.1"))
        assert ([one.text for one in section.passages], section.pinpoint) == (
            ["保密原则的内容。"],
            Pinpoint(label="2.1"),
        )
        both = place(store, guidelines, Pinpoint(label="1"))
        assert [one.label for one in both.passages] == ["第一部分第一章1", "第一部分第二章1"]


def test_removing_and_memoranda_of_one_title(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(MEMO, "a.md"), source(MEMO + "\nMore.\n", "b.md")])
        first, second = store.texts()
        store.remove(first)
        assert store.texts() == [second]
        assert store.count() == 2
        assert len(search(store, "licence", "2026-01-01").hits) == 1


def test_damage_is_found(tmp_path: Path) -> None:
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        store.add([source(PATENT_LAW, **NEW)])
        store.connection.execute("UPDATE passage SET words = replace(words, '十年', '百年')")
        assert [(one.severity, one.en) for one in check(store, "2026-01-01")] == [
            ("FIX", "passages differ from the text")
        ]
        store.connection.execute("UPDATE text SET body = body || 'x'")
        store.connection.execute("DELETE FROM word WHERE rowid = 2")
        assert [one.en for one in check(store, "2026-01-01")] == [
            "the index has 4 passages, not 5",
            "the text was changed",
        ]


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as a header" * 20, None])
def test_files_that_are_no_store(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "law.sqlite"
    if content is None:
        with sqlite3.connect(file) as connection:
            connection.execute("CREATE TABLE other (id)")
        connection.close()
    else:
        file.write_bytes(content)
    with pytest.raises(TaibaoError, match=r"law\.sqlite: .*move it away"), StatuteStore.open(file):
        pass
    with pytest.raises(TaibaoError, match=r"Is a directory"), StatuteStore.open(tmp_path):
        pass
