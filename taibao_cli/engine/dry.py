"""An engine that computes nothing: it counts the tokens of prompts and refuses those that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from taibao_cli.engine.base import Engine, LabelScore, Request, Result, Usage, check_room
from taibao_cli.errors import RowError


class DryRun:
    """Stands in for `engine` where `run` is called; labels come out equally probable, texts empty."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.prompt_tokens = 0
        self.answer_tokens = 0
        """The most that answers may take."""

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        for request in requests:
            if request is None:
                return
            try:
                yield self._result(request)
            except RowError as error:
                yield Result(request.key, "", "error", error=error)

    def _result(self, request: Request) -> Result:
        prompt = self._engine.count(request)
        answer = 1 if request.labels else request.max_tokens
        check_room(prompt, answer, self._engine.context)
        self.prompt_tokens += prompt
        self.answer_tokens += answer
        labels = (
            tuple(LabelScore(label, 1 / len(request.labels)) for label in request.labels) if request.labels else None
        )
        return Result(request.key, "", "stop", Usage(prompt), labels)
