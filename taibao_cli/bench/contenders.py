"""What is measured against each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from taibao_cli.engine.base import Request
from taibao_cli.engine.llamacpp.capi.plain import plain_llama
from taibao_cli.engine.llamacpp.engine import LlamaCppEngine


class Contender(Protocol):
    """Answers requests. `width` is how many at a time."""

    @property
    def engine(self) -> str: ...

    @property
    def width(self) -> int: ...

    def answer(self, requests: Sequence[Request]) -> int:
        """Answer all of them; return the tokens generated."""
        ...

    def close(self) -> None: ...


class Plain:
    """The loop of the llama-cpp-python documentation: one `create_chat_completion` after the other."""

    engine, width = "plain", 1

    def __init__(self, path: Path, *, ctx: int, threads: int) -> None:
        self._llama = plain_llama(path, n_ctx=ctx, n_threads=threads, n_threads_batch=threads, verbose=False)

    def answer(self, requests: Sequence[Request]) -> int:
        tokens = 0
        for request in requests:
            messages = [{"role": message.role, "content": message.content} for message in request.messages]
            done = self._llama.create_chat_completion(messages, max_tokens=request.max_tokens, temperature=0.0)
            tokens += int(done["usage"]["completion_tokens"])
        return tokens

    def close(self) -> None:
        self._llama.close()


class LlamaCpp:
    """The engine that the commands use."""

    engine = "llamacpp"

    def __init__(self, path: Path, *, threads: int, width: int | None) -> None:
        """`width` None: the one that `taibao batch` takes."""
        self._engine = LlamaCppEngine(path, threads=threads, width=width)
        self.width = self._engine.width

    @property
    def context(self) -> int:
        return self._engine.context

    def answer(self, requests: Sequence[Request]) -> int:
        tokens = 0
        for result in self._engine.run(requests):
            if result.error is not None:
                raise result.error
            tokens += result.usage.completion
        return tokens

    def close(self) -> None:
        self._engine.close()
