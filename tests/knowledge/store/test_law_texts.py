"""Official texts beside the repository, where they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taibao_cli.knowledge.store.check import check
from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.files import text_files
from taibao_cli.knowledge.store.lookup import applicable
from taibao_cli.knowledge.store.numbering import numbering
from taibao_cli.knowledge.store.statute import read_statute
from tests.knowledge.store.texts import source

LAW = Path(__file__).parents[3] / "../shared/data/law"
ON = "2026-06-01"

pytestmark = pytest.mark.skipif(not LAW.is_dir(), reason="the law texts are not beside the repository")


def index() -> dict[str, list[str]]:
    lines = (LAW / "INDEX.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \S+\.md \|", line)]
    return {row[0]: row[1:] for row in rows}


def read(name: str) -> str:
    return (LAW / name).read_bytes().decode("utf-8")


def test_articles_are_as_many_as_the_index_says() -> None:
    counts = {name: len(read_statute(read(name)).articles) for name in index()}
    expected = {name: 0 if "headings" in row[3] else int(row[3].split()[0]) for name, row in index().items()}
    assert counts == expected
    assert (len(counts), sum(counts.values())) == (57, 1667)


def test_numbering_is_complete_but_for_the_guidelines() -> None:
    for name in index():
        if name != "examination-guidelines.md":
            assert numbering(read_statute(read(name))) == (), name
    guidelines = read_statute(read("examination-guidelines.md"))
    assert len(guidelines.headings) == 1381
    assert [finding.line for finding in numbering(guidelines)] == [
        567, 2931, 3011, 5315, 8343, 10009, 10361, 11079, 11111, 11631,
    ]  # fmt: skip


def test_amending_decisions_by_amended_text() -> None:
    decision = read_statute(read("spc-ip-amendments-2020.md"))
    headings = [heading for heading in decision.headings if heading.level]
    assert len(headings) == 18
    assert all(heading.title.startswith("修改《") for heading in headings)
    assert len([passage for passage in decision.passages if passage.kind == "point"]) == 148


def test_all_texts_in_the_store(tmp_path: Path) -> None:
    files = text_files([LAW])
    assert [path.name for path in files.left_out] == ["INDEX.md"]
    with StatuteStore.open(tmp_path / "law.sqlite") as store:
        added = store.add([source(read(path.name), "renamed.md" if "patent-law" in path.name else path.name)
                           for path in files.taken])  # fmt: skip
        assert {one.outcome for one in added} == {"added"}
        names = {text.id: path.name for text, path in zip((one.text for one in added), files.taken, strict=True)}
        articles = [(names[text.id], one) for text in store.texts() for one in store.passages(text) if one.number]
        for name, article in articles[:: len(articles) // 200]:
            assert article.text in read(name)
        may_answer = {names[text.id] for text in applicable(store.texts(), ON)}
        superseded = {name for name, row in index().items() if "SUPERSEDED" in row[2]}
        assert len(superseded) == 9
        assert may_answer & superseded == set()
        assert set(index()) - may_answer - superseded == {"spc-patent-disputes-2015.md"}
        assert [problem for problem in check(store, ON) if problem.severity == "FIX"] == []
