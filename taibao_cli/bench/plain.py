"""What everything is compared to: the loop of the llama-cpp-python documentation, in the form of an engine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from taibao_cli.engine.base import LabelScore, Request, Result, Usage
from taibao_cli.engine.llamacpp.capi.plain import plain_llama

_LABEL_TOKENS: Final = 24


class PlainLoop:
    """One `create_chat_completion` after the other, greedy. A closed label set becomes a grammar."""

    width = 1

    def __init__(self, path: str, *, ctx: int, threads: int) -> None:
        self._llama = plain_llama(Path(path), n_ctx=ctx, n_threads=threads, n_threads_batch=threads, verbose=False)
        self.context = ctx

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for request in requests:
            if request is None:
                return
            yield self._answer(request)

    def _answer(self, request: Request) -> Result:
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        form: dict[str, Any] = {"max_tokens": request.max_tokens, "temperature": 0.0}
        if request.labels is not None:
            form |= {"max_tokens": _LABEL_TOKENS, "grammar": _grammar(request.labels)}
        done = self._llama.create_chat_completion(messages, **form)
        text, usage = str(done["choices"][0]["message"]["content"]), done["usage"]
        scores = None if request.labels is None else (LabelScore(text, 1.0),)
        return Result(
            request.key,
            text,
            "stop",
            Usage(usage["prompt_tokens"], 0, 0 if request.labels else usage["completion_tokens"]),
            scores,
        )


def _grammar(labels: tuple[str, ...]) -> Any:
    from taibao_cli.engine.llamacpp.capi.plain import label_grammar

    return label_grammar("root ::= " + " | ".join(json.dumps(label, ensure_ascii=False) for label in labels))


def plain_loop(path: str, ctx: int, threads: int) -> PlainLoop:
    """The loop from plain values, as a child process gets them."""
    return PlainLoop(path, ctx=ctx, threads=threads)
