from __future__ import annotations

import json
from pathlib import Path

import pytest

from taibao_cli.patents.language import Lang
from tests.train.corpora import make_corpora
from train.evaluation.baselines import (
    Train,
    cached_baselines,
    containment,
    first_clause,
    fit_classifier,
    fit_thresholds,
    make_vectorizer,
    rank,
    sentences,
)
from train.evaluation.sets import Lookup, build_sets


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_corpora(tmp_path_factory.mktemp("corpora"))


@pytest.mark.parametrize(
    ("lang", "texts", "asked"),
    [
        ("zh", ["电池充电电路", "充电电池组", "夹爪机械手", "机械手夹具", "聚乙烯组合物", "聚乙烯树脂"], "电池的充电"),
        ("en", ["battery charging", "pack charging", "gripper jaw", "long jaw", "resin", "resin blend"], "charging"),
    ],
)
def test_svm_ranks_the_class_of_the_words_first(lang: Lang, texts: list[str], asked: str) -> None:
    pytest.importorskip("sklearn")
    vectorizer = make_vectorizer(lang, rare=1)
    classifier = fit_classifier(vectorizer.fit_transform(texts), ["H02", "H02", "B65", "B65", "C08", "C08"])
    (ranked,) = rank(classifier, vectorizer.transform([asked]), 3)
    assert ranked[0] == "H02"
    assert sorted(ranked) == ["B65", "C08", "H02"]


def test_svm_of_two_classes_and_of_one() -> None:
    pytest.importorskip("sklearn")
    vectorizer = make_vectorizer("en", rare=1)
    matrix = vectorizer.fit_transform(["charging battery", "gripper jaw"])
    assert rank(fit_classifier(matrix, ["H", "B"]), matrix, 3) == [("H", "B"), ("B", "H")]
    assert rank(fit_classifier(matrix, ["H", "H"]), matrix, 3) == [("H",), ("H",)]


def test_thresholds_part_labels_by_their_mean() -> None:
    values = [0.1, 0.2, 0.3, 0.8, 0.9, 0.95, 1.0, 1.0, 1.0]
    golds = ["neutral"] * 3 + ["contradicted"] * 3 + ["entailed"] * 3
    decide = fit_thresholds(values, golds)
    assert [decide(value) for value in values] == golds
    assert (decide(0.0), decide(0.85)) == ("neutral", "contradicted")


def test_containment_counts_neighbouring_units() -> None:
    assert containment("上盖", "下壳与上盖", "zh") == 1.0
    assert containment("上盖板", "下壳与上盖", "zh") == 0.5
    assert containment("the upper cover", "an upper cover", "en") == 0.5
    assert containment("", "an upper cover", "en") == 0.0


def test_leads() -> None:
    assert first_clause("本发明公开了一种泵，包括壳体。", "zh") == "本发明公开了一种泵"
    assert first_clause("A pump (1.5 kW), comprising a shell.", "en") == "A pump (1.5 kW)"
    assert sentences("一种泵；包括壳体。结构简单。", "zh") == ["一种泵；", "包括壳体。", "结构简单。"]
    assert sentences("A 1.5 kW pump. It works; well.", "en") == ["A 1.5 kW pump.", "It works;", "well."]


def test_every_set_of_documents_has_its_baselines(folder: Path) -> None:
    pytest.importorskip("sklearn")
    sets = build_sets(folder, Lookup()).made
    found = cached_baselines(sets, Train(folder), None, None)
    by_name = {evalset.name: evalset for evalset in sets}
    assert {name for name, own in found.items() if not own} == {
        "translate zh-en",
        "translate en-zh",
        "invented data en",
    }
    for name, own in found.items():
        assert all(len(answers) == len(by_name[name].rows) for answers in own.values())

    def right(name: str, baseline: str) -> float:
        rows = by_name[name].rows
        return sum(a[0] == row.gold for a, row in zip(found[name][baseline], rows, strict=True)) / len(rows)

    assert right("type zh", "wording rule") == 1.0
    assert right("type neutral zh", "wording rule") == 0.5
    assert right("type zh", "majority") == 0.5
    assert right("ipc subclass zh", "TF-IDF + linear SVM") == right("ipc subclass en", "TF-IDF + linear SVM") == 1.0
    assert right("ipc section zh", "majority") == pytest.approx(1 / 3)
    rows = by_name["title zh"].rows
    topics = [str(row.gold).rstrip("0123456789") for row in rows]
    cut = found["title zh"]["first clause, opening cut"]
    assert [(a.startswith("一种"), topic[:2] in a) for a, topic in zip(cut, topics, strict=True)] == [(True, True)] * 12


def test_answers_are_kept_until_what_they_depend_on_changes(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "report.baselines.json"
    sets = build_sets(folder, Lookup(), tasks=["title"]).made
    first = cached_baselines(sets, Train(folder), None, cache)
    kept = json.loads(cache.read_text(encoding="utf-8"))
    assert [entry["set"] for entry in kept.values()] == ["title zh", "title en"]
    key = next(iter(kept))
    kept[key]["answers"] = {"first clause": ["kept"] * 12}
    cache.write_text(json.dumps(kept), encoding="utf-8")
    assert cached_baselines(sets, Train(folder), None, cache)["title zh"] == {"first clause": ["kept"] * 12}
    fewer = build_sets(folder, Lookup(), tasks=["title"], limit=5).made
    again = cached_baselines(fewer, Train(folder), None, cache)["title zh"]["first clause"]
    assert again == first["title zh"]["first clause"][:5]
