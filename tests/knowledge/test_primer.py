from __future__ import annotations

import re
from pathlib import Path

import pytest

from taibao_cli.knowledge.primer import MARK, Lang, article_name, entries

LAW_TEXTS = Path(__file__).parents[2] / "../shared/data/law"
FILES = {
    "patent-law": "patent-law-2020",
    "implementing-rules": "implementing-rules-2023",
    "patent-agency": "patent-agency-regulations-2018",
    "trademark-law": "trademark-law-2019",
    "trademark-regulations": "trademark-law-regulations-2014",
    "copyright-law": "copyright-law-2020",
    "network-dissemination": "network-dissemination-right-2013",
    "software-regulations": "software-protection-2013",
    "layout-design-regulations": "integrated-circuit-layout-2001",
    "customs-regulations": "customs-protection-2018",
    "foreign-related-disputes": "foreign-related-ip-disputes-2025",
    "civil-code": "civil-code-technology-contracts",
    "spc-patent-grant": "spc-patent-grant-2020",
    "spc-patent-infringement-1": "spc-patent-infringement-1-2009",
    "spc-patent-infringement-2": "spc-patent-infringement-2-2020",
    "spc-punitive-damages": "spc-punitive-damages-2021",
    "spc-ip-evidence": "spc-ip-evidence-2020",
    "spc-injunctions": "spc-injunctions-2018",
    "spc-ip-jurisdiction": "spc-ip-jurisdiction-2022",
    "spc-drug-patent": "spc-drug-patent-2021",
    "spc-technology-contracts": "spc-technology-contracts-2020",
    "spc-trade-secrets": "spc-trade-secrets-2020",
    "spc-plant-variety-1": "spc-plant-variety-1-2020",
    "spc-plant-variety-2": "spc-plant-variety-2-2021",
    "copyright-regulations": "copyright-law-regulations-2013",
    "copyright-collective-administration": "copyright-collective-administration-2013",
    "national-defence-patents": "national-defence-patents-2004",
    "spc-technical-investigators": "spc-technical-investigators-2019",
}
NOT_AT_HAND = {
    "examination-guidelines", "promotion-law", "technology-import-export", "paris-convention", "pct", "us-patent-act",
    "epc",
}  # fmt: skip


def test_the_primer_is_large_and_complete() -> None:
    assert len(entries()) == 177
    for entry in entries():
        assert min(len(entry.questions_zh), len(entry.questions_en)) >= 3, entry.id
        for text in (entry.answer_zh, entry.topic_zh, *entry.questions_zh, *(s.text_zh for s in entry.statements)):
            assert re.search(r"[\u4e00-\u9fff]", text), entry.id
        for text in (entry.answer_en, entry.topic_en, *entry.questions_en, *(s.text_en for s in entry.statements)):
            assert not re.search(r"[\u4e00-\u9fff]", text), entry.id


def test_texts_are_dated_and_no_superseded_text_is_used() -> None:
    for basis in {item for entry in entries() for item in entry.basis}:
        assert basis.version <= basis.effective
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", date) for date in (basis.version, basis.effective))
        assert basis.law not in ("反不正当竞争法", "植物新品种保护条例")
        if basis.article_number.isdecimal() and basis.law_id != "us-patent-act":
            assert basis.article == article_name(int(basis.article_number))


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "第一条"), (10, "第十条"), (22, "第二十二条"), (101, "第一百零一条"), (110, "第一百一十条"),
     (123, "第一百二十三条"), (850, "第八百五十条"), (1185, "第一千一百八十五条"), (1005, "第一千零五条")],
)  # fmt: skip
def test_article_name(number: int, name: str) -> None:
    assert article_name(number) == name


@pytest.mark.skipif(not LAW_TEXTS.is_dir(), reason="the law texts are not beside this checkout")
def test_every_article_exists_in_the_text_it_names() -> None:
    articles = {law: _articles((LAW_TEXTS / f"{file}.md").read_text(encoding="utf-8")) for law, file in FILES.items()}
    for entry in entries():
        for item in entry.basis:
            if item.law_id in NOT_AT_HAND:
                assert item.note_zh, item.law_id
            else:
                assert item.article in articles[item.law_id], (entry.id, item.law, item.article)


def _articles(text: str) -> dict[str, str]:
    parts = re.split(r"(?m)^(第[零一二三四五六七八九十百千]+条)", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_names_its_articles(lang: Lang) -> None:
    for entry in entries():
        marked = entry.marked(lang)
        if len(entry.basis) == 1:
            assert marked == entry.answer(lang)
            continue
        sentences = re.findall(r"[^。]+。", marked) if lang == "zh" else re.split(r"(?<=\.)\s+(?=[A-Z])", marked)
        for sentence in sentences:
            assert MARK.search(sentence), (entry.id, sentence)
        assert "".join(sentences).replace(" ", "") == marked.replace(" ", "")
