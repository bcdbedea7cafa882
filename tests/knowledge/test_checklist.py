from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from taibao_cli.knowledge.checklist import TOPICS, Topic, checklist
from taibao_cli.knowledge.store.database import StatuteStore
from tests.cli.shell import taibao
from tests.knowledge.law_questions import LAW, ON, official_store


@pytest.mark.parametrize("topic", TOPICS)
def test_every_step_has_articles_and_both_languages(topic: Topic, tmp_path: Path) -> None:
    found = checklist(topic, ON, tmp_path / "none.sqlite")
    assert len(found.steps) >= 15
    assert len(found.questions) >= 6
    for step in found.steps:
        assert step.citations
        assert re.search(r"[\u4e00-\u9fff]", step.zh)
        assert not re.search(r"[\u4e00-\u9fff]", step.en)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not LAW.is_dir(), reason="the law texts are not beside the repository")
def test_every_article_is_quoted_from_its_text(tmp_path: Path) -> None:
    file = tmp_path / "law.sqlite"
    official_store(file)
    with StatuteStore.open(file) as store:
        bodies = {text.source: store.body(text) for text in store.texts()}
    for topic in TOPICS:
        for step in checklist(topic, ON, file).steps:
            for cited in step.citations:
                assert cited.checked == "text", cited
                assert cited.quote
                assert cited.quote in bodies[cited.source]


def test_the_law_of_another_day_leaves_steps_out(tmp_path: Path) -> None:
    assert len(checklist("filing", "2015-06-01", tmp_path / "none.sqlite").steps) < 20


def test_the_command(tmp_path: Path) -> None:
    lines = taibao("checklist", "transfer", home=tmp_path).stdout.decode().splitlines()
    assert lines[0] == "# Checklist: assigning or licensing a patent"
    assert lines[3] == "  Patent Law, Art. 44; Implementing Rules of the Patent Law, Art. 106, 145"
    assert "## Open questions" in lines
    assert lines[-1] == "This is information, not legal advice."
    zh = taibao("--lang", "zh", "checklist", "filing", home=tmp_path).stdout.decode()
    assert "\n- [ ] 列出发明人：只写作出创造性贡献的自然人。\n  《专利法》第十六条；《专利法实施细则》第十四条\n" in zh
    (tmp_path / "p.md").write_text("# 中华人民共和国专利法\n\n第四十四条 没有缴纳年费的，终止。\n", encoding="utf-8")
    assert taibao("kb", "add", "p.md", "--version", "2020-10-17", home=tmp_path).returncode == 0
    quoted = taibao("checklist", "transfer", "--quote", home=tmp_path).stdout.decode()
    assert "\n  Patent Law, Article 44: 没有缴纳年费的，终止。\n" in quoted
    row = json.loads(taibao("checklist", "commercialise", "--json", home=tmp_path).stdout)
    assert (row["on"] >= "2026-01-01", len(row["steps"])) == (True, 15)
