"""An engine in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taibao_cli.engine.base import LabelScore, Message, Request, Result, Sampling, Usage
from taibao_cli.engine.hosted import host
from taibao_cli.engine.hosted.host import HostedEngine
from taibao_cli.engine.hosted.wire import line, request_from_json, request_to_json, result_from_json, result_to_json
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.errors import ModelError, RowError

UNSTABLE = "tests.engine.unstable:make"


def ask(key: str, text: str) -> Request:
    return Request(key, (Message("user", text),), 50)


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[HostedEngine]:
    engine = HostedEngine(UNSTABLE, {"once": str(tmp_path / "died")}, ahead=4)
    yield engine
    engine.close()


def test_answers_are_those_of_the_engine(hosted: HostedEngine) -> None:
    texts = [f"row {number} 薄膜 \ud800" for number in range(30)]
    results = list(hosted.run(ask(str(number), text) for number, text in enumerate(texts)))
    assert [result.text for result in results] == [f"echo: {text}" for text in texts]
    assert [result.key for result in results] == [str(number) for number in range(30)]


def test_a_row_that_kills_the_engine_twice_is_an_error_and_the_others_are_answered(hosted: HostedEngine) -> None:
    texts = ["a", "b", "crash", "c", "d", "crash", "e"]
    found = {result.key: result for result in hosted.run(ask(str(n), text) for n, text in enumerate(texts))}
    assert {key: result.text for key, result in found.items() if result.error is None} == {
        str(n): f"echo: {text}" for n, text in enumerate(texts) if text != "crash"
    }
    for key in ("2", "5"):
        error = found[key].error
        assert str(error) == "the engine died twice at this row (SIGABRT: GGML_ASSERT(rows > 0) failed)"
        assert error is not None
        assert not error.retryable


def test_a_row_that_kills_the_engine_once_is_answered(hosted: HostedEngine) -> None:
    texts = ["a", "crash once", "b"]
    results = list(hosted.run(ask(text, text) for text in texts))
    assert sorted(result.text for result in results) == ["echo: a", "echo: b", "echo: crash once"]


def test_each_death_is_told() -> None:
    deaths: list[str] = []
    engine = HostedEngine(UNSTABLE, {}, ahead=1, on_death=deaths.append)
    assert [result.finish for result in engine.run([ask("1", "crash"), ask("2", "a")])] == ["error", "stop"]
    assert deaths == ["SIGABRT: GGML_ASSERT(rows > 0) failed"] * 2
    engine.close()


@pytest.fixture
def beats_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times a second in the child, by its environment's start-up."""
    begin = "from taibao_cli.engine.hosted import child; child.BEAT_SECONDS = 0.25; child.main()"
    monkeypatch.setattr(host, "_BEGIN", host._BEGIN.rsplit(";", 2)[0] + f"; {begin}")


@pytest.mark.usefixtures("beats_often")
def test_a_row_at_which_the_engine_hangs_twice_is_an_error_and_the_others_are_answered(tmp_path: Path) -> None:
    deaths: list[str] = []
    once = str(tmp_path / "hung")
    engine = HostedEngine(
        "tests.engine.unstable:Beating", {"once": once}, ahead=3, on_death=deaths.append, patience=1.0
    )
    texts = ["a", "hang once", "long", "hang", "b"]
    found = {result.key: result for result in engine.run(ask(text, text) for text in texts)}
    engine.close()
    assert {key: result.text for key, result in found.items() if result.error is None} == {
        text: f"echo: {text}" for text in texts if text != "hang"
    }
    hung = "it hung: no sign of life for 1 s"
    assert str(found["hang"].error) == f"the engine died twice at this row ({hung})"
    assert deaths == [hung] * 2


def test_an_engine_that_is_stopped_from_outside_is_replaced(tiny: Path) -> None:
    deaths: list[str] = []
    factory, arguments = "taibao_cli.engine.load:llamacpp", {"path": str(tiny), "threads": 1, "width": 2}
    engine = HostedEngine(factory, arguments, on_death=deaths.append, patience=2.5)
    found = []
    for result in engine.run(ask(str(n), "x" * n) for n in range(40)):
        found.append(result.key)
        if len(found) == 5:
            os.kill(engine._child._process.pid, signal.SIGSTOP)  # type: ignore[union-attr]
    engine.close()
    assert sorted(found, key=int) == [str(n) for n in range(40)]
    assert deaths[0] == "it hung: no sign of life for 2.5 s"


def test_takes_no_more_ahead_than_it_may(hosted: HostedEngine) -> None:
    taken = 0

    def source() -> Iterator[Request | None]:
        nonlocal taken
        for taken in range(1, 21):
            yield ask(str(taken), "x")

    for given_back, _ in enumerate(hosted.run(source()), 1):
        assert taken < given_back + 4
    assert taken == 20


def test_nothing_at_present_is_asked_again_after_a_result(hosted: HostedEngine) -> None:
    assert [result.key for result in hosted.run(iter([ask("1", "a"), None, ask("2", "b"), None]))] == ["1", "2"]


def test_cancel_ends_a_run_at_once_and_the_engine_can_be_used_again(hosted: HostedEngine) -> None:
    threading.Timer(0.3, hosted.cancel).start()
    start = time.monotonic()
    assert [result.finish for result in hosted.run([ask("1", "slow"), ask("2", "a")])] == ["cancelled", "cancelled"]
    assert time.monotonic() - start < 10
    assert next(hosted.run([ask("3", "b")])).text == "echo: b"


def test_an_abandoned_run_leaves_nothing_for_the_next(hosted: HostedEngine) -> None:
    run = hosted.run([ask("1", "a"), ask("2", "b"), ask("3", "c")])
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert [result.key for result in hosted.run([ask("4", "d")])] == ["4"]


def test_an_engine_that_cannot_be_made() -> None:
    with pytest.raises(ModelError, match=r"^no such model$"):
        HostedEngine("tests.engine.unstable:refuse", {"reason": "no such model"}, ahead=1)
    with pytest.raises(ModelError, match=r"^the engine died while it was being made \(exit 7\)$"):
        HostedEngine("tests.engine.unstable:die", {}, ahead=1)


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    pid = os.fork()
    if pid == 0:
        engine = HostedEngine(UNSTABLE, {}, ahead=1)
        pid_file.write_text(str(engine._child._process.pid))  # type: ignore[union-attr]
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    child = int(pid_file.read_text())
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.05)
    pytest.fail("the child lives on")


def test_a_real_model_gives_the_same_answers_from_its_process(tiny: Path) -> None:
    rows = [ask(str(n), text) for n, text in enumerate(["一种电机", "A battery", "", "x" * 400])]
    rows.append(Request("l", (Message("user", "A pump"),), 8, labels=("yes", "no", "not at all")))
    here = LlamaCppEngine(tiny, threads=1, width=1)  # together, rows are rounded as they happen to meet
    expected = {result.key: result for result in here.run(rows)}
    here.close()
    factory = "taibao_cli.engine.load:llamacpp"
    engine = HostedEngine(factory, {"path": str(tiny), "threads": 1, "width": 1}, ahead=32)
    found = {result.key: result for result in engine.run(rows)}
    engine.close()
    assert {key: (r.text, r.finish, r.labels) for key, r in found.items()} == {
        key: (r.text, r.finish, r.labels) for key, r in expected.items()
    }


texts = st.text(st.characters())  # halves of surrogate pairs too


@given(texts, texts, st.none() | st.lists(texts).map(tuple), st.floats(0, 2), st.none() | texts)
def test_requests_and_results_survive_the_wire(
    key: str, text: str, labels: tuple[str, ...] | None, temperature: float, adapter: str | None
) -> None:
    sampling = Sampling(temperature=temperature, seed=7, repeat_penalty=1.1)
    request = Request(key, (Message("system", text), Message("user", key)), 5, sampling, (text,), labels, adapter)
    assert request_from_json(json.loads(line(request_to_json(request)))) == request
    scores = None if labels is None else tuple(LabelScore(label, 0.25) for label in labels)
    result = Result(key, text, "stop", Usage(3, 2, 1), scores, reasoning=key)
    assert result_from_json(json.loads(line(result_to_json(result)))) == result
    failed = result_from_json(result_to_json(Result(key, "", "error", error=RowError("engine", text, retryable=True))))
    assert failed.error is not None
    assert failed.error.as_json() == {"type": "engine", "message": text, "retryable": True}
