"""Questions with choices: read, asked, answered by the probabilities of letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from taibao_cli.engine.base import LabelScore, Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from train.evaluation.choices import ask_choices, is_choice, longest_choice, read_choice

CHOICES = ["十年", "十五年", "二十年，自申请日起计算", "二十五年"]


class Knows:
    """Answers with the letters it was given; keeps what it was asked."""

    def __init__(self, *letters: str) -> None:
        self.letters, self.asked = letters, list[Request]()

    def run(self, requests: Iterator[Request]) -> Iterator[Result]:
        for request, best in zip(requests, self.letters, strict=True):
            assert request.labels is not None
            self.asked.append(request)
            rest = [label for label in request.labels if label != best]
            scores = (LabelScore(best, 0.7), *(LabelScore(label, 0.3 / len(rest)) for label in rest))
            yield Result(request.key, best, "label", labels=scores)


@pytest.mark.parametrize(
    ("row", "gold"),
    [
        ({"question": "保护期？", "choices": CHOICES, "answer": "C"}, "C"),
        ({"query": "保护期？", "options": dict(zip("ABCD", CHOICES, strict=True)), "answer": "c"}, "C"),
        ({"question": "保护期？", "A": "十年", "B": "二十年", "answer": ["B"]}, "B"),
        ({"question": "保护期？", "choices": CHOICES, "answer": "二十年，自申请日起计算"}, "C"),
        ({"question": "哪些？", "choices": CHOICES, "answer": "D、A"}, "AD"),
        ({"question": "Which?", "choices": CHOICES, "reference": ["A", "B"]}, "AB"),
    ],
)
def test_rows_of_several_forms(row: dict[str, Any], gold: str) -> None:
    assert is_choice(row)
    made = read_choice({**row, "subject": "专利法"}, "1")
    assert (made.gold, made.part, len(made.inputs["choices"])) == (gold, "专利法", 2 if "A" in row else 4)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"choices": CHOICES, "answer": "A"}, "needs question"),
        ({"question": "?", "choices": ["一"], "answer": "A"}, "two to 8 choices, not 1"),
        ({"question": "?", "choices": ["一", 2], "answer": "A"}, "a list of texts"),
        ({"question": "?", "choices": CHOICES, "answer": "E"}, "letters from A to D, not 'E'"),
        ({"question": "?", "choices": CHOICES}, "letters from A to D, not None"),
        ({"text": "A pump.", "text_b": "A fan.", "label": 2}, "label must be 1 .* or 0, not 2"),
    ],
)
def test_rows_that_do_not_fit(row: dict[str, Any], why: str) -> None:
    with pytest.raises(RowError, match=why):
        read_choice(row, "1")


@pytest.mark.parametrize(("label", "gold"), [(1, "A"), ("0", "B")])
def test_a_claim_and_a_passage_are_a_question_of_two_choices(label: object, gold: str) -> None:
    english = read_choice({"text": "A pump {1}.", "text_b": "A fan.", "label": label, "index": 7}, "1")
    assert (english.gold, english.inputs["choices"]) == (gold, ["yes", "no"])
    assert english.inputs["question"].startswith("Claim: A pump {1}.\n\nPassage of an earlier document: A fan.\n\n")
    chinese = read_choice({"text": "一种泵。", "text_b": "一种风扇。", "label": label}, "1")
    assert (chinese.gold, chinese.inputs["choices"], chinese.inputs["lang"]) == (gold, ["是", "否"], "zh")


def test_letters_are_scored_and_nothing_is_written() -> None:
    rows = [read_choice({"question": "保护期？", "choices": CHOICES, "answer": "C"}, "1")]
    engine = Knows("C")
    (row,) = ask_choices(rows, engine)
    assert (row["output"], row["labels"][0]) == ("C", {"label": "C", "p": 0.7})
    (request,) = engine.asked
    assert request.labels == ("A", "B", "C", "D")
    assert request.messages[0].content.startswith("保护期？\n\nA. 十年\nB. 十五年\nC. 二十年，自申请日起计算\n")
    assert "只有一个正确" in request.messages[0].content


def test_braces_in_a_question_stay() -> None:
    rows = [read_choice({"question": "{choices} of {question}?", "choices": ["{x}", "y"], "answer": "A"}, "1")]
    engine = Knows("A")
    ask_choices(rows, engine)
    assert engine.asked[0].messages[0].content.startswith("{choices} of {question}?\n\nA. {x}\nB. y\n")


def test_where_any_question_has_several_right_choices_all_combinations_are_scored() -> None:
    rows = [
        read_choice({"question": "哪些？", "choices": CHOICES, "answer": "AC"}, "1"),
        read_choice({"question": "哪个？", "choices": CHOICES[:2], "answer": "A"}, "2"),
    ]
    engine = Knows("AC", "B")
    answered = ask_choices(rows, engine)
    assert [row["output"] for row in answered] == ["AC", "B"]
    assert engine.asked[0].labels is not None
    assert len(engine.asked[0].labels) == 15
    assert engine.asked[1].labels == ("A", "B", "AB")


def test_an_engine_that_fails_leaves_an_error() -> None:
    rows = [read_choice({"question": "保护期？", "choices": CHOICES, "answer": "C"}, "1")]
    (row,) = ask_choices(rows, FakeEngine(errors={"0": RowError("too_long", "too long")}))
    assert (row["output"], row["error"]["type"], row["finish"]) == (None, "too_long", "error")


def test_the_longest_choice() -> None:
    rows = [read_choice({"question": "保护期？", "choices": CHOICES, "answer": "C"}, "1")]
    assert longest_choice(rows) == [("C",)]
