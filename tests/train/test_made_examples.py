"""Examples made by rule: statements about a text, and translations of its sentences by the lexicon."""

from __future__ import annotations

from pathlib import Path
from random import Random

from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.tasks import get
from taibao_cli.tasks.hints import lexicon_hints
from tests.tiny_corpora import make_corpora
from train.data.corpora import Corpora
from train.data.pairs import entailment_tree
from train.data.translations import back_trees

ROW = {"abstract": "一种电机，包括壳体和转轴，所述壳体的厚度为12毫米，所述转轴安装在壳体内部的轴承上。"}
FOREIGN = {"abstract": "一种混凝土搅拌车，包括车架和搅拌筒，所述搅拌筒通过支架安装在车架的尾部。"}


def test_one_text_carries_a_statement_of_each_kind() -> None:
    tree = entailment_tree(ROW, FOREIGN, "zh", get("entail"), Random(1))
    assert tree
    assert [branch.answer for branch in tree.branches] == ["支持", "未涉及", "矛盾"]
    texts = {branch.messages[0].content.split("\n")[0] for branch in tree.branches}
    assert len(texts) == 1, "the text stands in the common start"
    supported, foreign, contradicted = (branch.messages[0].content.split("\n")[1] for branch in tree.branches)
    assert supported in ROW["abstract"]
    assert foreign in FOREIGN["abstract"]
    assert contradicted not in ROW["abstract"]


def test_a_text_without_clauses_teaches_only_what_is_foreign_to_it() -> None:
    tree = entailment_tree({"abstract": "电机"}, FOREIGN, "zh", get("entail"), Random(1))
    assert tree
    assert [branch.answer for branch in tree.branches] == ["未涉及"]


def test_back_translation_asks_for_the_sentence_behind_a_draft(tmp_path: Path) -> None:
    terms = {"支架": "bracket", "壳体": "housing", "弹簧": "spring", "传感器": "sensor", "控制器": "controller"}
    terms |= {"所述": "the", "与": "and", "固定连接": "fixedly connected", "底座": "base"}
    lexicon = Lexicon({zh: (en,) for zh, en in terms.items()}, {en: (zh,) for zh, en in terms.items()})
    corpora = Corpora(make_corpora(tmp_path / "corpora"))
    trees = list(back_trees(corpora, "train", get("translate"), lexicon, Random(1), 60))
    into_en = [tree.branches[0] for tree in trees if "译成英文" in tree.branches[0].messages[0].content]
    into_zh = [tree.branches[0] for tree in trees if "译成英文" not in tree.branches[0].messages[0].content]
    assert into_en
    assert into_zh
    hints = lexicon_hints(lexicon)
    for branch in into_zh:
        source = hints(branch.answer, "zh", "en").draft
        assert branch.messages[0].content.startswith(source)
        assert hints(source, "en", "zh").draft in branch.messages[0].content
