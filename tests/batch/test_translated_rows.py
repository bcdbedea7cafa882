"""Rows of the task `translate`: hints, sentences, drafts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from taibao_cli.engine.base import Request, Result
from taibao_cli.engine.fake import FakeEngine
from taibao_cli.errors import RowError
from taibao_cli.tasks.prepare import Hints
from tests.batch.answering import LARGE, MODEL, answer_all

LONG = {"text": "1. 一种泵。它转动。\n2. 一种阀。", "task": "translate"}


def test_hints_reach_the_prompt_of_a_translation_only() -> None:
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.messages[-1].content)
        return "the batteries"

    rows = [{"text": "电池", "task": "translate"}, {"text": "电池", "task": "summarize"}]
    hints = lambda text, source, to: Hints(draft=f"from {source} to {to}")  # noqa: E731
    answered = answer_all(rows, engine=FakeEngine(answer), hints=hints)
    assert asked == ["电池\n\nfrom zh to en\n\n译成英文", "电池\n\n概括"]
    assert [row["output"] for row in answered] == ["the batteries", "the batteries"]


@pytest.mark.parametrize(
    ("answer", "output", "finish"),
    [
        ("a pump with 12 vanes", "a pump with 12 vanes", "stop"),
        ("a pump with vanes", "pump of 12 blades", "draft"),
        ("12 it", "pump of 12 blades", "draft"),
        ("a pump of 12 叶片", "pump of 12 blades", "draft"),
        ("a pump that has exactly 12 vanes and more", "pump of 12 blades", "draft"),
    ],
)
def test_a_translation_that_strays_gives_way_to_its_draft(answer: str, output: str, finish: str) -> None:
    hints = lambda text, source, to: Hints(draft="pump of 12 blades")  # noqa: E731
    row = {"text": "一种１２片的泵", "task": "translate"}
    (small,) = answer_all([row], engine=FakeEngine(lambda request: answer), hints=hints)
    assert (small["output"], small["finish"]) == (output, finish)
    (large,) = answer_all([row], engine=FakeEngine(lambda request: answer), hints=hints, model=LARGE)
    assert (large["output"], large["finish"]) == (answer, "stop")


def test_a_loop_gives_way_to_the_draft_and_only_its_own_sentence() -> None:
    class Looping(FakeEngine):
        def _result(self, request: Request) -> Result:
            result = super()._result(request)
            return replace(result, finish="loop") if "转动" in request.messages[-1].content else result

    hints = lambda text, source, to: Hints(draft=f"{text}~")  # noqa: E731
    (row,) = answer_all(
        [LONG], engine=Looping(lambda request: request.messages[-1].content.split("\n")[0]), hints=hints
    )
    assert row["output"] == "1. 一种泵。 它转动。~\n2. 一种阀。"
    assert row["finish"] == "draft"


def test_brief_prompts_translate_sentence_by_sentence() -> None:
    answers = {"1. 一种泵。": "1. -----", "它转动。": "++++++", "2. 一种阀。": "2. *****"}
    asked: list[str] = []

    def answer(request: Request) -> str:
        asked.append(request.messages[-1].content)
        return answers[asked[-1].split("\n")[0]]

    hints = lambda text, source, to: Hints(draft=f"<{text}>")  # noqa: E731
    (row,) = answer_all([LONG], engine=FakeEngine(answer), hints=hints, width=1)
    assert asked == [f"{text}\n\n<{text}>\n\n译成英文" for text in answers]
    assert row["output"] == "1. ----- ++++++\n2. *****"
    assert row["finish"] == "stop"
    alone = answer_all([{**LONG, "text": text} for text in answers], engine=FakeEngine(answer), hints=hints)
    assert row["usage"] == {key: sum(each["usage"][key] for each in alone) for key in row["usage"]}


def test_full_prompts_translate_the_whole_text_at_once() -> None:
    asked: list[Request] = []
    engine = FakeEngine(lambda request: asked.append(request) or "x")  # type: ignore[func-returns-value]
    answer_all([LONG], engine=engine, model=replace(MODEL, prompt="full"))
    assert len(asked) == 1
    assert LONG["text"] in asked[0].messages[-1].content


def test_the_penalty_on_repetitions_goes_with_the_style_of_the_prompt() -> None:
    asked: list[Request] = []
    engine = FakeEngine(lambda request: asked.append(request) or "x")  # type: ignore[func-returns-value]
    row = {"text": "一种泵。", "task": "translate"}
    answer_all([row], engine=engine)
    answer_all([row], engine=engine, model=replace(MODEL, prompt="full"))
    assert [request.sampling.repeat_penalty for request in asked] == [1.15, 1.0]


def test_one_sentence_that_fails_fails_the_translation() -> None:
    engine = FakeEngine(errors={"1/0/1": RowError("engine", "broken", retryable=True)})
    broken, whole = answer_all([LONG, {**LONG, "text": "一种泵。"}], engine=engine)
    assert (broken["output"], broken["finish"], broken["error"]["type"]) == (None, "error", "engine")
    assert whole["error"] is None


def test_a_cancelled_translation_keeps_the_sentences_that_were_done() -> None:
    class Cancelled(FakeEngine):
        def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
            first, second = (request for request, _ in zip(requests, range(2), strict=False) if request)
            yield Result(first.key, "A pump.", "stop")
            yield Result(second.key, "It", "cancelled")

    (row,) = answer_all([LONG], engine=Cancelled())
    assert (row["output"], row["finish"], row["error"]) == ("A pump. It", "cancelled", None)
