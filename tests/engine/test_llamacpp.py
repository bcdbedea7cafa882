from __future__ import annotations

from pathlib import Path

import pytest

from taibao_cli.engine.base import Message, Request, Sampling
from taibao_cli.engine.chatml import render_chatml
from taibao_cli.engine.llamacpp.capi.batch import Batch
from taibao_cli.engine.llamacpp.capi.context import Context, greedy
from taibao_cli.engine.llamacpp.capi.library import Aborted
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.engine.text.detokenize import decode_whole
from taibao_cli.errors import ModelError
from tests.tiny import CONTEXT, make_tiny_adapter, make_tiny_gguf


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
        batch.want(batch.add_runs([(new, position, 0)]))
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


def test_a_row_over_the_context_is_an_error_and_the_others_go_on(engine: LlamaCppEngine) -> None:
    room = CONTEXT - engine.count(ask("a", ""))
    results = {r.key: r for r in engine.run([ask("over", "y" * room, 1), ask("fits", "y" * (room - 1), 1)])}
    assert engine.context == CONTEXT
    assert results["fits"].error is None
    error = results["over"].error
    assert error is not None
    assert (error.kind, error.retryable, results["over"].finish) == ("too_long", False, "error")
    assert f"the prompt has {CONTEXT} tokens and the answer may take 1, together over the context of 512" in str(error)


def test_a_loop_is_cut_to_its_first_copy(tmp_path: Path) -> None:
    engine = LlamaCppEngine(make_tiny_gguf(tmp_path / "echo.gguf", scale=0.0), threads=1)
    (result,) = engine.run([ask("a", "hello", 200)])
    assert (result.text, result.finish, result.usage.completion) == ("\n", "loop", 24)
    engine.close()


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


def test_files_that_are_no_models(tiny: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(tiny.read_bytes()[:100_000])
    for path, message in [
        (tmp_path / "none.gguf", "no such model file"),
        (damaged, "cut short: 100,000 bytes of at least"),
        (make_tiny_adapter(tmp_path / "adapter.gguf", seed=1), "llama.cpp cannot load this model"),
    ]:
        with pytest.raises(ModelError, match=message) as caught:
            LlamaCppEngine(path)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
