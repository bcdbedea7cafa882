from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.retrieve import search
from tests.knowledge.store.texts import GUIDELINES, MEMO, PATENT_LAW, source

ON = "2026-01-01"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StatuteStore]:
    with StatuteStore.open(tmp_path_factory.mktemp("kb") / "law.sqlite") as opened:
        opened.add([source(PATENT_LAW, version="2020-10-17"), source(GUIDELINES, "g.md"), source(MEMO, "memo.md")])
        yield opened


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("算法", "第二条"),
        ("期限 实用", "第三条"),
        ("外观设计专利权的期限是多久？", "第四条"),
        ("棋", "第二条"),
        ("谱", "第二条"),
        ("保密", "第一部分第一章2.1"),
        ("recording of a license", "Licences"),
        ("How long may publications not harm an application?", "Grace periods"),
    ],
)
def test_the_best_passage(store: StatuteStore, query: str, label: str) -> None:
    hit = search(store, query, ON).hits[0]
    assert (hit.passage.label, hit.exact) == (label, False)
    assert hit.quote in hit.passage.text


def test_every_pair_of_characters_finds_its_article(store: StatuteStore) -> None:
    text = store.texts()[0]
    for passage in store.passages(text):
        words = passage.words.replace("\n", "")
        pairs = {words[at : at + 2] for at in range(len(words) - 1) if words[at : at + 2].isalpha()}
        for pair in sorted(pairs) if passage.kind == "article" else ():
            assert passage.id in [hit.passage.id for hit in search(store, pair, ON, 20).hits], pair


def test_the_best_paragraph_is_quoted(store: StatuteStore) -> None:
    hit = search(store, "第（一）项的应用", ON).hits[0]
    assert (hit.pinpoint.article, hit.pinpoint.paragraph) == (2, 2)
    assert hit.quote == "对前款第（一）项所列的应用，可以授予专利权。"


@pytest.mark.parametrize(
    "query", ["专利法第二条第二款", "专利法2.2", "专利法第二条第二款是什么？", "专利法第2条第2款的规定"]
)
def test_a_citation_is_looked_up(store: StatuteStore, query: str) -> None:
    found = search(store, query, ON)
    assert [(hit.exact, hit.quote) for hit in found.hits] == [(True, "对前款第（一）项所列的应用，可以授予专利权。")]


def test_a_citation_of_what_is_not_there(store: StatuteStore) -> None:
    assert not any(hit.exact for hit in search(store, "专利法第九十九条", ON).hits)


def test_what_was_looked_at(store: StatuteStore) -> None:
    found = search(store, "期限", ON)
    assert (found.looked_at, found.passages, found.left_out) == (3, 10, ())
    assert [hit.coverage for hit in found.hits] == [1.0, 1.0, 1.0]
    assert search(store, "red cooking rice", ON).hits == ()
    assert search(store, "", ON).hits == ()
    assert search(store, '" OR NEAR(* -', ON).looked_at == 0
    assert len(search(store, "专利权", ON, k=2).hits) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='第一条专利法的权项期限（）(). 2A"*-', max_size=12))
def test_no_query_breaks_it(store: StatuteStore, query: str) -> None:
    for hit in search(store, query, ON).hits:
        assert hit.quote in hit.passage.text
        assert 0 <= hit.coverage <= 1
