from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from taibao_cli.knowledge.asked import Asked
from taibao_cli.knowledge.likeness import Likeness, words_of
from taibao_cli.knowledge.questions import asked_of_laws, asked_of_primer, digest, of_laws, of_primer


def test_words() -> None:
    assert words_of("专利 PCT费") == {"专", "利", "专 利", "pct", "费", "pct 费"}
    assert words_of("the term of patents") == {"term", "patent"}
    assert words_of("，？ the") == set()


@pytest.fixture
def likeness(tmp_path: Path) -> Likeness:
    vectors = np.array([[3.0, 0.0], [0.0, 0.5], [-1.0, 0.0]], np.float32)
    places = np.array([[1.0, 0.0], [0.6, 0.8]], np.float32)
    Likeness.save(tmp_path / "l.npz", ["钱", "费", "谁"], vectors, places, "abc")
    with (tmp_path / "l.npz").open("rb") as file:
        return Likeness.load(file)


def test_likeness_is_the_cosine(likeness: Likeness) -> None:
    assert likeness.learned_from == "abc"
    assert likeness.of("钱") == pytest.approx([1.0, 0.6], abs=0.01)
    assert likeness.of("费？") == pytest.approx([0.0, 0.8], abs=0.01)
    assert likeness.of("钱 费") == pytest.approx([0.986, 0.723], abs=0.01)
    assert likeness.of("谁") == pytest.approx([0.0, 0.0])  # never below nothing
    assert likeness.of("火星") == pytest.approx([0.0, 0.0])


def test_what_is_like_counts_and_what_shares_no_word_is_not_covered(likeness: Likeness) -> None:
    asked = Asked.of([("one", "甲"), ("two", "乙")], likeness)
    near = asked.near("费")
    assert set(near) == {"two"}
    assert near["two"].score > 0
    assert near["two"].coverage == 0


def test_the_shipped_vectors_were_learned_from_the_shipped_questions() -> None:
    for asked, questions in (
        (asked_of_laws(), of_laws()),
        (asked_of_primer("zh"), of_primer("zh")),
        (asked_of_primer("en"), of_primer("en")),
    ):
        assert asked.likeness is not None
        assert asked.likeness.learned_from == digest(questions), "run python -m train.likeness again"
        assert len(asked.likeness.places) == len(asked.places)
