from __future__ import annotations

import numpy as np
import pytest

from taibao_cli.patents.language import Lang
from train.evaluation.bleu import bleu_score, bleu_statistics

PAIRS: dict[Lang, list[tuple[str, list[str]]]] = {
    "zh": [
        ("上盖与下壳固定连接，内部设有第一腔体。", ["上盖和下壳固定连接，其内设有第一腔体。"]),
        ("一种水泵", ["一种水泵。", "水泵"]),
        ("", ["什么也没有回答"]),
        ("温度为100 ℃", ["温度为 100℃"]),
    ],
    "en": [
        ("The cover is fixedly connected to the shell.", ["The cover is fixed to the shell.", "A cover, fixed."]),
        ("A pump with two inlets", ["A pump with two inlets."]),
        ("heated to 250 °C (482 °F)", ["heated to 250 °C"]),
    ],
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_bleu_is_that_of_sacrebleu(lang: Lang) -> None:
    reference = pytest.importorskip("sacrebleu").BLEU(tokenize="zh" if lang == "zh" else "13a")
    answers = [answer for answer, _ in PAIRS[lang]]
    streams = [[golds[0] for _, golds in PAIRS[lang]], [golds[-1] for _, golds in PAIRS[lang]]]
    own = np.sum([bleu_statistics(answer, golds, lang) for answer, golds in PAIRS[lang]], axis=0)
    assert bleu_score(own) == pytest.approx(reference.corpus_score(answers, streams).score, abs=1e-9)
    assert 0 < bleu_score(own) < 100


def test_the_same_text_is_whole_and_another_is_nothing() -> None:
    assert bleu_score(bleu_statistics("一种用于电池的水泵。", ["一种用于电池的水泵。"], "zh")) == pytest.approx(100)
    assert bleu_score(bleu_statistics("", ["一种水泵。"], "zh")) == 0.0
