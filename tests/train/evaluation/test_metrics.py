from __future__ import annotations

import math

import numpy as np
import pytest

from train.evaluation import metrics

TEXTS = [
    ("the cover is connected to the shell", "the cover is fixed to the shell"),
    ("A pump", "A pump with two inlets."),
    ("", "nothing was answered"),
    ("上盖与下壳固定连接。", "上盖和下壳可拆卸连接。"),
]


def test_chrf_by_hand() -> None:
    # "abc" and "abd": orders 1, 2 and 3 exist on both sides with 2/3, 1/2 and 0 in common.
    assert metrics.chrf(["abc"], ["a b d"]) == pytest.approx(100 * (2 / 3 + 1 / 2 + 0) / 3)
    assert metrics.chrf(["一种泵"], ["一种泵"]) == 100.0
    assert metrics.chrf([""], ["一种泵"]) == 0.0


def test_chrf_is_that_of_sacrebleu() -> None:
    reference = pytest.importorskip("sacrebleu").CHRF()
    answers, golds = [answer for answer, _ in TEXTS], [gold for _, gold in TEXTS]
    assert metrics.chrf(answers, golds) == pytest.approx(reference.corpus_score(answers, [golds]).score, abs=1e-9)
    for answer, gold in TEXTS:
        expected = reference.sentence_score(answer, [gold]).score
        assert metrics.chrf([answer], [gold]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("answer", "gold", "lang", "expected"),
    [
        ("一种水泵", "一种 泵", "zh", 2 * 3 / 7),
        ("The Pump, a new one", "the new pump", "en", 2 * 2 / 8),
        ("pump", "pump", "en", 1.0),
        ("", "泵", "zh", 0.0),
        ("。", "the pump", "en", 0.0),
    ],
)
def test_rouge_l(answer: str, gold: str, lang: metrics.Lang, expected: float) -> None:
    assert metrics.rouge_l(answer, gold, lang) == pytest.approx(expected)


def test_common_subsequence_is_that_of_the_textbook() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = (rng.integers(0, 4, rng.integers(0, 30)).tolist() for _ in range(2))
        table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                table[i + 1][j + 1] = table[i][j] + 1 if x == y else max(table[i][j + 1], table[i + 1][j])
        assert metrics.common_subsequence(a, b) == table[-1][-1]


def test_jaccard() -> None:
    assert metrics.jaccard("水泵", "泵阀", "zh") == pytest.approx(1 / 3)
    assert metrics.jaccard("Water pump", "pump", "en") == 0.5
    assert metrics.jaccard("", "", "zh") == 0.0


def test_macro_f1() -> None:
    golds, answers = np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    assert metrics.macro_f1(golds, answers) == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert metrics.macro_f1(golds, np.full(4, -1.0)) == 0.0


def test_correlations() -> None:
    golds = np.array([0.0, 0.25, 0.5, 1.0])
    assert metrics.pearson(golds, 3 * golds + 1) == pytest.approx(1.0)
    assert metrics.spearman(golds, np.array([1.0, 10.0, 100.0, 1000.0])) == pytest.approx(1.0)
    assert metrics.spearman(golds, -golds) == pytest.approx(-1.0)
    assert metrics.pearson(golds, np.ones(4)) == 0.0
    # Ranks 1.5, 1.5, 3 against 1, 2, 3.
    assert metrics.spearman(np.array([0.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(math.sqrt(3) / 2)


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [(0, 10, 0.0, 0.27753), (10, 10, 0.72247, 1.0), (50, 100, 0.40383, 0.59617), (0, 0, 0.0, 1.0)],
)
def test_wilson(hits: int, rows: int, low: float, high: float) -> None:
    assert metrics.wilson(hits, rows) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_bootstrap_is_seeded_and_covers_the_mean() -> None:
    values = np.linspace(0, 1, 200)
    draws = metrics.resamples(len(values), samples=2000, seed=3)
    drawn = metrics.bootstrap(values, metrics.accuracy, draws)
    assert drawn.tolist() == [values[draw].mean() for draw in metrics.resamples(200, samples=2000, seed=3)]
    low, high = metrics.percentile_interval(drawn)
    # Normal theory: 0.5 ± 1.96 · 0.2901 / sqrt(200).
    assert (low, high) == (pytest.approx(0.4598, abs=0.005), pytest.approx(0.5402, abs=0.005))
