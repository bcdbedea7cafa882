"""Answers that ran into a loop are asked for once more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taibao_cli.engine.base import Message, Request, Result, Sampling, Usage
from taibao_cli.engine.retry import LOOP_PENALTY, LoopsAgain


class Looping:
    """An engine of width 2 that loops at texts which say so: `loop` without a penalty, `always` in any case."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float]] = []

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        source, active = iter(requests), list[Request]()
        while True:
            while len(active) < 2 and (request := next(source, None)):
                active.append(request)
            if not active:
                return
            request = active.pop(0)
            penalty, text = request.sampling.repeat_penalty, request.messages[0].content
            self.asked.append((request.key, penalty))
            loops = text == "always" or (text == "loop" and penalty == 1.0)
            yield Result(request.key, f"{text} {penalty}", "loop" if loops else "stop", Usage(5, 1, 3))


def ask(key: str, text: str, penalty: float = 1.0) -> Request:
    return Request(key, (Message("user", text),), 9, Sampling(repeat_penalty=penalty))


def test_a_loop_is_asked_again_with_a_penalty_and_counts_once() -> None:
    engine = Looping()
    results = {
        result.key: result for result in LoopsAgain(engine).run([ask("1", "a"), ask("2", "loop"), ask("3", "b")])
    }
    assert (results["2"].text, results["2"].finish) == (f"loop {LOOP_PENALTY}", "stop")
    assert results["2"].usage == Usage(10, 2, 6)
    assert results["1"].usage == Usage(5, 1, 3)
    assert sorted(engine.asked) == [("1", 1.0), ("2", 1.0), ("2", LOOP_PENALTY), ("3", 1.0)]


def test_even_the_last_request_is_asked_again() -> None:
    (result,) = LoopsAgain(Looping()).run([ask("1", "loop")])
    assert result.finish == "stop"


def test_what_loops_again_says_so() -> None:
    (result,) = LoopsAgain(Looping()).run([ask("1", "always")])
    assert (result.finish, result.text) == ("loop", f"always {LOOP_PENALTY}")


def test_no_second_try_where_the_first_had_the_penalty() -> None:
    engine = Looping()
    (result,) = LoopsAgain(engine).run([ask("1", "always", LOOP_PENALTY)])
    assert (result.finish, len(engine.asked)) == ("loop", 1)


def test_nothing_at_present_is_asked_for_again() -> None:
    requests = iter([ask("1", "loop"), None, ask("2", "a"), None, None])
    assert [result.key for result in LoopsAgain(Looping()).run(requests)] == ["1", "2"]


def test_an_engine_that_reads_one_request_after_the_other_comes_to_an_end() -> None:
    class OneByOne:
        def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
            for request in requests:
                assert request is not None
                yield Result(request.key, "", "loop")

    assert [result.key for result in LoopsAgain(OneByOne()).run([ask("1", "a"), ask("2", "b")])] == ["1", "2"]
