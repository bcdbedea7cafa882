"""Rules that turn corpus rows into training examples."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from random import Random

import pytest

from taibao_cli.knowledge.primer import entries
from taibao_cli.tasks import get
from taibao_cli.tasks.registry import builtin_tasks
from train.data.corpora import Corpora
from train.data.documents import Taken, cut, document_trees, ipc_branch, official_symbol, patent_type, scheme_trees
from train.data.pairs import contradict
from train.data.texts import lead_and_effect, numbered, primer_trees


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("CN205293909", "utility model"),
        ("CN115076697A", "invention"),
        ("CN301234567S", "design"),
        ("CN2550899Y", "utility model"),
        ("WO/2011/096233", "invention"),
        ("US7654321B2", "invention"),
        ("USD654321S1", "design"),
        ("EP0135822A2", None),
        (None, None),
    ],
)
def test_publication_numbers_prove_the_type(number: str | None, expected: str | None) -> None:
    assert patent_type({"pub_no": number}) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("甲。乙。丙。", 4, "甲。乙。"),
        ("甲。乙。丙。", 10, "甲。乙。丙。"),
        ("很长的第一句话。第二句。", 3, "很长的第一句话。"),
        ("没有句号的文字", 4, "没有句号"),
    ],
)
def test_texts_are_cut_at_a_sentence_end(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_labels_that_only_name_a_search_are_not_official() -> None:
    assert official_symbol({"ipc": ["A01B 1/02", "B25G 1/00"]}) == "A01B 1/02"
    assert official_symbol({"ipc": ["A01B"], "code_note": "file the record came from"}) is None
    assert official_symbol({}) is None


@pytest.mark.parametrize(
    ("symbol", "supervised", "prefix"), [("H02K 7/14", None, "H02K"), ("H01L 21/00", 3, "H01"), ("F24J 2/00", 3, "F24")]
)
def test_withdrawn_subclasses_teach_their_class(symbol: str, supervised: int | None, prefix: str) -> None:
    branch = ipc_branch(get("ipc"), {"text": "一种电机"}, symbol, 3.0)
    assert branch.supervised == supervised
    assert branch.answer.startswith(prefix)


def test_symbols_count_in_the_loss_as_much_as_is_said(tmp_path: Path) -> None:
    row = {"abstract": "一种电机，包括转子。", "title": "电机", "ipc": ["H02K 7/14"], "pub_no": "CN115076697A"}
    corpus = json.dumps({**row, "source": "made", "licence": "CC0", "split": "train"}, ensure_ascii=False)
    with lzma.open(tmp_path / "patents_zh.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(corpus + "\n")
    taken = Taken(limit=200, share=1.0, titled=0.35, text_share=0.0, symbol_weight=20.0)
    (tree,) = document_trees(Corpora(tmp_path), "patents_zh", "train", builtin_tasks(), Random(3), taken)
    assert {branch.answer: branch.weight for branch in tree.branches} == {"电机": 1.0, "H02K": 20.0, "发明": 1.0}


def test_contradictions_change_one_number_or_word() -> None:
    edits = {contradict("上板厚度为12毫米", "zh", Random(seed)) for seed in range(40)}
    assert edits == {"上板厚度为25毫米", "上板厚度为37毫米", "上板厚度为61毫米", "下板厚度为12毫米"}
    assert contradict("the upper plate is fixed", "en", Random(1)) == "the lower plate is fixed"
    assert contradict("没有可改之处", "zh", Random(1)) is None


def test_a_clause_with_nothing_but_a_number_is_always_contradicted() -> None:
    assert all(contradict("厚度为12毫米", "zh", Random(seed)) for seed in range(20))


def test_the_extractive_summary_is_the_lead_and_the_last_effect() -> None:
    text = "本发明公开了一种泵。它包括壳体、叶轮和电机，壳体内设有流道。叶轮装在轴上。从而提高了效率。"
    assert lead_and_effect(text, "zh") == "本发明公开了一种泵。从而提高了效率。"
    assert lead_and_effect("只有一句。", "zh") is None


def test_claims_are_numbered_within_the_limit() -> None:
    claims = ["1. 一种泵。", "2、根据权利要求1所述的泵。", "3. 根据权利要求2所述的泵。"]
    assert numbered(claims, 100) == "1. 一种泵。\n2. 根据权利要求1所述的泵。\n3. 根据权利要求2所述的泵。"
    assert numbered(claims, 5) == "1. 一种泵。"


def test_chat_on_the_primer_names_no_article() -> None:
    trees = list(primer_trees(Random(1), 2))
    answers = {branch.answer for tree in trees for branch in tree.branches}
    assert len(answers) == 2 * len(entries())
    named = re.compile(r"第[零一二三四五六七八九十百\d]+条|\bArt(?:icle|\.)\s*\d")
    assert not list(filter(named.search, answers))


def test_titles_of_the_scheme_stand_below_those_they_belong_to(tmp_path: Path) -> None:
    row = {
        "split": "train", "licence": "CC0-1.0", "source": "made", "kind": "ipc", "code": "B60W 10/108",
        "zh": "摩擦传动装置的", "en": "Friction gearings",
        "context": {"zh": "车辆 > 变速传动装置 > 无级变速传动装置的", "en": "Gearings > Infinitely variable gearings"},
    }  # fmt: skip
    with lzma.open(tmp_path / "pairs.jsonl.xz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({**row, "zh": f"{row['zh']}{n}"}) + "\n" for n in range(20))
    trees = list(scheme_trees(Corpora(tmp_path), "train", get("ipc"), Random(0), 1.0))
    prompts = {tree.branches[0].messages[-1].content for tree in trees}
    assert {tree.branches[0].answer for tree in trees} == {"B60W"}
    assert any(prompt.startswith("变速传动装置\n无级变速传动装置的\n摩擦传动装置的") for prompt in prompts)
    assert any(prompt.startswith("Gearings\nInfinitely variable gearings\nFriction gearings\n") for prompt in prompts)
