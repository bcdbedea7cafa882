"""A second try for answers that ran into a loop, with a penalty on repetitions that the first try did not have.

A penalty on every answer costs quality where nothing loops: numbers, terms and whole phrases of patents repeat
rightfully.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from taibao_cli.engine.base import Request, Result, Runs

LOOP_PENALTY: Final = 1.3
"""`repeat_penalty` of the second try."""


class LoopsAgain:
    """Runs requests on an engine; the answer of a second try counts, with the tokens of both."""

    def __init__(self, engine: Runs) -> None:
        self._engine = engine

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        """As `Runs.run`; the engine pulls a request that is asked again before any other."""
        asked: dict[str, Request] = {}
        again: deque[Request] = deque()
        first: dict[str, Result] = {}
        source = iter(requests)
        ended = False

        def pulled() -> Iterator[Request | None]:
            nonlocal ended
            while again or asked or not ended:
                request = again.popleft() if again else None
                if request is None and not ended:
                    try:
                        request = next(source)
                    except StopIteration:
                        ended = True
                        continue
                if request is not None:
                    asked[request.key] = request
                yield request

        for result in self._engine.run(pulled()):
            request = asked.pop(result.key)
            if result.key in first:
                yield replace(result, usage=first.pop(result.key).usage + result.usage)
            elif result.finish == "loop" and request.sampling.repeat_penalty < LOOP_PENALTY:
                first[result.key] = result
                again.append(replace(request, sampling=replace(request.sampling, repeat_penalty=LOOP_PENALTY)))
            else:
                yield result
