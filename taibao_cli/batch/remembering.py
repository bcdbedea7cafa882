"""Engines that are not asked for what the answer cache knows."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import orjson

from taibao_cli.batch.cache import AnswerCache
from taibao_cli.batch.identity import KEY_BYTES, Facts
from taibao_cli.batch.same import request_digest
from taibao_cli.engine.base import Engine, Request, Result, Runs


class RemembersRuns:
    """Answers requests from the cache, and the others from an engine, whose answers the cache then keeps."""

    def __init__(self, engine: Runs, cache: AnswerCache, facts: Facts, model: str) -> None:
        """Put the cache before an engine.

        Args:
            engine: what is asked for the rest.
            cache: open, and closed by who opened it.
            facts: what answers depend on beside their requests, as `identity.run_facts` has it; those made under
                others are not found.
            model: its label, by which the cache tells what it holds.
        """
        self._runs, self._cache, self._model = engine, cache, model
        self._start = hashlib.blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=KEY_BYTES)

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        """As `Runs.run`; what the cache knows comes before what the engine has yet to compute."""
        source = iter(requests)
        asked: dict[str, bytes] = {}
        known: deque[Result] = deque()

        def unknown() -> Iterator[Request | None]:
            for request in source:
                if request is None:
                    yield None
                    continue
                digest = self._digest(request)
                if found := self._cache.find(digest, request.key):
                    known.append(found)
                    continue
                asked[request.key] = digest
                yield request

        while True:
            given = False
            for result in self._runs.run(unknown()):
                yield from _drained(known)
                self._cache.add(asked.pop(result.key), self._model, result)
                yield result
                given = True
            if not known and not given:
                return
            yield from _drained(known)

    def _digest(self, request: Request) -> bytes:
        made = self._start.copy()
        made.update(request_digest(request))
        return made.digest()


class RemembersEngine(RemembersRuns):
    """The same before a whole engine: what is streamed is looked up too."""

    def __init__(self, engine: Engine, cache: AnswerCache, facts: Facts, model: str) -> None:
        super().__init__(engine, cache, facts, model)
        self._engine = engine

    @property
    def context(self) -> int:
        return self._engine.context

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        digest = self._digest(request)
        if found := self._cache.find(digest, request.key):
            emit(found.text)
            return found
        result = self._engine.stream(request, emit)
        self._cache.add(digest, self._model, result)
        return result

    def count(self, request: Request) -> int:
        return self._engine.count(request)

    def cancel(self) -> None:
        self._engine.cancel()

    def close(self) -> None:
        self._engine.close()


def _drained(results: deque[Result]) -> Iterator[Result]:
    while results:
        yield results.popleft()
