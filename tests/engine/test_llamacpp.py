from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taibao_cli.engine.base import Message, Request, Sampling
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context, greedy
from taibao_cli.engine.llamacpp.capi.library import Aborted
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.text.detokenize import decode_whole
from taibao_cli.errors import ModelError, UsageError
from tests.tiny import CONTEXT, make_tiny_gguf


def ask(
    key: str, text: str, max_tokens: int = 24, sampling: Sampling | None = None, stop: tuple[str, ...] = ()
) -> Request:
    return Request(key, (Message("user", text),), max_tokens, sampling or Sampling(), stop)


def plain_greedy(path: Path, prompt: str, count: int) -> list[int]:
    """The plain loop: the prompt in one decode, then token after token."""
    model = Model(path)
    context = Context(model, cells=512, batch=512, sequences=1, threads=1, stop=lambda: False)
    batch = Batch(512, 1)
    new, position, answer = model.tokenize(prompt, parse_special=True), 0, []
    for _ in range(count):
        batch.clear()
        batch.want(batch.add_run(new, position, 0))
        context.decode(batch)
        position += len(new)
        new = greedy(context.outputs(1))
        answer += new
    context.close()
    model.close()
    return answer


def test_greedy_equals_plain_greedy(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=1)
    text = "一种用于电动汽车的电池管理系统"
    result = engine.stream(ask("a", text, 12), lambda _: None)
    model = Model(tiny)
    expected = plain_greedy(tiny, render_chatml([Message("user", text)]), 12)
    assert result.text == decode_whole([model.piece(token) for token in expected])
    assert (result.finish, result.usage.completion) == ("length", 12)
    assert result.usage.prompt == engine.count(ask("a", text))
    model.close()
    engine.close()


def test_many_rows_each_answered_once_with_a_shared_prefix(engine: LlamaCppEngine) -> None:
    prefix = "Translate the following patent title into Chinese. "
    results = list(engine.run(ask(str(i), prefix + f"title {i}" * (i % 5)) for i in range(40)))
    assert sorted(result.key for result in results) == sorted(map(str, range(40)))
    assert {result.error for result in results} == {None}
    cached = [result.usage.cached for result in results]
    assert cached.count(0) == 1, "only the row that the prefix was computed for pays for it"
    assert min(sorted(cached)[1:]) >= len(prefix)


def test_takes_as_many_requests_again_as_it_has_places(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1, width=3)
    taken = 0

    def source() -> Iterator[Request]:
        nonlocal taken
        for taken in range(1, 13):
            yield ask(str(taken), "x" * taken, max_tokens=4)

    for given_back, _ in enumerate(engine.run(source()), start=1):
        assert taken < given_back + 2 * 3
    assert taken == 12
    engine.close()


def test_a_row_over_the_context_is_an_error_and_the_others_go_on(engine: LlamaCppEngine) -> None:
    room = CONTEXT - engine.count(ask("a", ""))
    results = {r.key: r for r in engine.run([ask("over", "y" * room, 1), ask("fits", "y" * (room - 1), 1)])}
    assert engine.context == CONTEXT
    assert results["fits"].error is None
    error = results["over"].error
    assert error is not None
    assert (error.kind, error.retryable, results["over"].finish) == ("too_long", False, "error")
    assert f"the prompt has {CONTEXT} tokens and the answer may take 1, together over the context of 512" in str(error)


def test_max_tokens_below_one_is_refused(engine: LlamaCppEngine) -> None:
    (result,) = engine.run([ask("a", "x", 0)])
    assert result.error is not None
    assert result.error.kind == "bad_value"


def test_seeds_and_repeat_penalty(tiny: Path, engine: LlamaCppEngine) -> None:
    def sample(seed: int) -> str:
        fresh = LlamaCppEngine(tiny, threads=1, width=1)
        text = fresh.stream(ask("a", "hello", sampling=Sampling(1.0, seed=seed)), lambda _: None).text
        fresh.close()
        return text

    assert sample(1) == sample(1)
    assert len({sample(seed) for seed in range(4)}) == 4
    assert sample(0xFFFFFFFF) == sample(0xFFFFFFFF)
    greedy = engine.stream(ask("a", "hello", 40), lambda _: None).text
    penalised = engine.stream(ask("a", "hello", 40, Sampling(repeat_penalty=5.0)), lambda _: None).text
    assert len(set(penalised)) > len(set(greedy))


def test_a_stop_string_is_never_shown(engine: LlamaCppEngine) -> None:
    free = engine.stream(ask("a", "hello", sampling=Sampling(1.0, seed=4)), lambda _: None).text
    stop = free[10:13]
    assert free.index(stop) == 10
    shown: list[str] = []
    result = engine.stream(ask("a", "hello", sampling=Sampling(1.0, seed=4), stop=(stop,)), shown.append)
    assert "".join(shown) == result.text == free[:10]
    assert result.finish == "stop"


def test_a_loop_is_cut_to_its_first_copy(tmp_path: Path) -> None:
    engine = LlamaCppEngine(make_tiny_gguf(tmp_path / "echo.gguf", scale=0.0), threads=1)
    (result,) = engine.run([ask("a", "hello", 200)])
    assert (result.text, result.finish, result.usage.completion) == ("\n", "loop", 24)
    engine.close()


def test_cancel_gives_the_text_so_far_and_the_engine_goes_on(engine: LlamaCppEngine) -> None:
    whole = engine.stream(ask("a", "hello", 40), lambda _: None)
    shown: list[str] = []

    def emit(text: str) -> None:
        shown.append(text)
        if len(shown) == 5:
            engine.cancel()

    cut = engine.stream(ask("a", "hello", 40), emit)
    assert cut.finish == "cancelled"
    assert whole.text.startswith(cut.text)
    assert "".join(shown) == cut.text
    assert engine.stream(ask("a", "hello", 40), lambda _: None).text == whole.text


def test_cancel_from_another_thread_ends_all_running_rows(engine: LlamaCppEngine) -> None:
    timer = threading.Timer(0.2, engine.cancel)
    taken = []

    def source() -> Iterator[Request]:
        while len(taken) < 100_000:
            taken.append(str(len(taken)))
            yield ask(taken[-1], "long " * 70, 100)

    timer.start()
    results = list(engine.run(source()))
    timer.join()
    assert sorted(result.key for result in results) == sorted(taken)
    assert "cancelled" in {result.finish for result in results}


def test_an_abandoned_run_leaves_a_usable_engine(engine: LlamaCppEngine) -> None:
    before = engine.stream(ask("a", "hello"), lambda _: None)
    running = engine.run(ask(str(i), "hello" * i) for i in range(20))
    next(running)
    running.close()  # type: ignore[attr-defined]
    assert engine.stream(ask("a", "hello"), lambda _: None).text == before.text


def test_abort_inside_a_prompt_and_interrupts(tiny: Path) -> None:
    model = Model(tiny)
    calls = 0
    at: dict[int, BaseException | None] = {20: None, 60: KeyboardInterrupt()}

    def stop() -> bool:
        nonlocal calls
        calls += 1
        if calls not in at:
            return False
        error = at[calls]
        if error:
            raise error
        return True

    context = Context(model, cells=512, batch=512, sequences=1, threads=1, stop=stop)
    batch = Batch(512, 1)
    for position in range(400):
        batch.add(position % 256, position, (0,), logits=position == 399)
    with pytest.raises(Aborted):
        context.decode(batch)
    assert calls == 20
    context.clear()
    with pytest.raises(KeyboardInterrupt):
        context.decode(batch)
    context.clear()
    context.decode(batch)
    assert context.outputs(1).shape == (1, 260)
    context.close()
    model.close()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 60), st.booleans()), min_size=1, max_size=30))
def test_the_cache_never_runs_out_of_cells(engine: LlamaCppEngine, rows: list[tuple[int, int, bool]]) -> None:
    requests = [
        ask(str(i), ("shared " * 60 if shared else chr(65 + i) * 400)[:length], answer)
        for i, (length, answer, shared) in enumerate(rows)
    ]
    results = list(engine.run(requests))
    assert sorted(result.key for result in results) == sorted(request.key for request in requests)
    assert [result.error for result in results] == [None] * len(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width is 0"),
        ({"width": 500}, "width is 500"),
        ({"ctx": 513}, "ctx is 513; give 1 to 512"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_options_out_of_range(tiny: Path, options: dict[str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        LlamaCppEngine(tiny, **options)


def test_files_that_are_no_models(tiny: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(tiny.read_bytes()[:100_000])
    for path, message in [
        (tmp_path / "none.gguf", "no such model file"),
        (damaged, "llama.cpp cannot load this model"),
    ]:
        with pytest.raises(ModelError, match=message) as caught:
            LlamaCppEngine(path)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_closed_engine_says_so(tiny: Path) -> None:
    engine = LlamaCppEngine(tiny, threads=1)
    engine.close()
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        engine.run([])
