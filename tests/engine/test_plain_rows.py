"""Against llama-cpp-python's own loop, on the built-in model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from taibao_cli.cli.bench_rows import QUICK
from taibao_cli.cli.generation import find_model
from taibao_cli.engine.base import Request, Sampling
from taibao_cli.engine.llamacpp.capi.plain import plain_llama
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine
from taibao_cli.models.registry import builtin_file

pytestmark = pytest.mark.model

ROWS = 200


def requests(count: int) -> list[Request]:
    """Translations, in the prompts of the task, without its penalty on repetitions, which the loop counts otherwise."""
    made = QUICK.requests(find_model(None), count, len)
    return [replace(request, sampling=Sampling()) for request in made]


def plain_texts(count: int) -> dict[str, str]:
    """Of the loop with flash attention, as the engine has it, each row from an empty state."""
    options = {"n_ctx": 4096, "n_threads": 1, "n_threads_batch": 1, "flash_attn": True, "verbose": False}
    llama = plain_llama(builtin_file(), **options)
    texts = {}
    for request in requests(count):
        llama.reset()
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        done = llama.create_chat_completion(messages, max_tokens=request.max_tokens, temperature=0.0)
        texts[request.key] = done["choices"][0]["message"]["content"]
    return texts


def compared(count: int) -> tuple[dict[str, str], dict[str, str]]:
    """(answers of the plain loop, of the engine at width 1); where the engine cut a loop off, only what it kept."""
    engine = LlamaCppEngine(builtin_file(), threads=1, width=1, alone=True)
    own = {result.key: result for result in engine.run(requests(count))}
    engine.close()
    plain = plain_texts(count)
    for key, result in own.items():
        if result.finish == "loop":
            plain[key] = plain[key][: len(result.text)]
    return plain, {key: result.text for key, result in own.items()}


def test_twenty_rows_as_the_plain_loop() -> None:
    plain, own = compared(20)
    assert own == plain


@pytest.mark.slow
def test_two_hundred_rows_as_the_plain_loop() -> None:
    plain, own = compared(ROWS)
    assert own == plain
    assert len({text for text in own.values() if text}) > ROWS / 2


@pytest.mark.slow
@pytest.mark.parametrize("width", [2, 8, 32, 64])
def test_the_same_rows_come_back_at_every_width(width: int) -> None:
    engine = LlamaCppEngine(builtin_file(), threads=2, width=width)
    keys = [result.key for result in engine.run(requests(ROWS))]
    engine.close()
    assert sorted(keys, key=int) == [str(number) for number in range(ROWS)]
