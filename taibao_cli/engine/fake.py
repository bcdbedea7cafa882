"""An engine without a model, for tests of everything around engines: instant, deterministic, with the same limits."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from taibao_cli.engine.base import Finish, LabelScore, Request, Result, Usage, check_room
from taibao_cli.errors import RowError

WINDOW: Final = 4
"""Requests taken ahead of the results."""


class FakeEngine:
    """Answers from a function. A token is two characters."""

    def __init__(
        self,
        answer: Callable[[Request], str] | None = None,
        context: int = 4096,
        *,
        errors: Mapping[str, Exception] | None = None,
    ) -> None:
        """Make an engine.

        Args:
            answer: gives the text for a request; by default `echo: ` and the start of the last user message.
            context: longest prompt plus answer, in tokens.
            errors: by request key; a RowError becomes the error of that row, any other exception leaves `run`.
        """
        self._answer = answer or _echo
        self._context = context
        self._errors = dict(errors or {})
        self._cancelled = False

    @property
    def context(self) -> int:
        return self._context

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        self._cancelled = False
        source = iter(requests)
        window: deque[Request] = deque()
        while True:
            while len(window) < WINDOW and not self._cancelled and (request := next(source, None)):
                window.append(request)
            if not window:
                return
            yield self._result(window.popleft())

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        self._cancelled = False
        result = self._result(request)
        if result.error is None and result.labels is None:
            for character in result.text:
                emit(character)
        return result

    def count(self, request: Request) -> int:
        return sum(_tokens(message.content) for message in request.messages)

    def cancel(self) -> None:
        self._cancelled = True

    def close(self) -> None:
        pass

    def _result(self, request: Request) -> Result:
        prompt = self.count(request)
        if self._cancelled:
            return Result(request.key, "", "cancelled")
        try:
            error = self._errors.get(request.key)
            if error is not None:
                raise error
            if request.labels is not None:
                return _score(request, prompt)
            check_room(prompt, request.max_tokens, self._context)
        except RowError as error:
            return Result(request.key, "", "error", error=error)
        text = self._answer(request)
        short = text[: 2 * request.max_tokens - 1]
        finish: Finish = "stop" if short == text else "length"
        return Result(request.key, short, finish, Usage(prompt, 0, _tokens(short)))


def _echo(request: Request) -> str:
    last = next((m.content for m in reversed(request.messages) if m.role == "user"), "")
    return "echo: " + " ".join(last.split())[:60]


def _tokens(text: str) -> int:
    return len(text) // 2 + 1


def _score(request: Request, prompt: int) -> Result:
    """Rank labels by a hash of label and conversation: p is 1/2, 1/4, … scaled to sum to 1."""
    if not request.labels:
        raise RowError("bad_value", "labels must be a list of at least one label")
    said = "\0".join(message.content for message in request.messages)
    ranked = sorted(request.labels, key=lambda label: hashlib.sha256(f"{label}\0{said}".encode()).digest())
    weights = [0.5**rank for rank in range(1, len(ranked) + 1)]
    scores = tuple(LabelScore(label, w / sum(weights)) for label, w in zip(ranked, weights, strict=True))
    return Result(request.key, scores[0].label, "label", Usage(prompt), labels=scores)
