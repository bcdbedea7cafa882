"""Identical requests are computed once: later ones wait for the first, or take what was answered a while ago."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from dataclasses import asdict, replace
from typing import Final

from taibao_cli.engine.base import Request, Result

REMEMBERED: Final = 1024
"""Answers kept for requests to come."""


class Same:
    """Knows by its contents which request is being answered, and what the last ones were answered."""

    def __init__(self) -> None:
        self._running: dict[bytes, str] = {}
        self._digests: dict[str, bytes] = {}
        self._answers: OrderedDict[bytes, Result] = OrderedDict()

    def answered(self, request: Request) -> Result | None:
        """The result of an earlier request that was the same, for the key of this one."""
        known = self._answers.get(_digest(request))
        return again(known, request.key) if known else None

    def running(self, request: Request) -> str | None:
        """The key of the same request that is being answered; else this one is from now on."""
        digest = _digest(request)
        if digest in self._running:
            return self._running[digest]
        self._running[digest], self._digests[request.key] = request.key, digest
        return None

    def done(self, result: Result) -> None:
        """A request that was running has its result; errors are not remembered."""
        digest = self._digests.pop(result.key)
        del self._running[digest]
        if result.error is None and result.finish != "cancelled":
            self._answers[digest] = result
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def clear_running(self) -> None:
        """Nothing is being answered any more."""
        self._running.clear()
        self._digests.clear()


def again(result: Result, key: str) -> Result:
    """The same result for another request, whose prompt cost nothing."""
    return replace(result, key=key, usage=replace(result.usage, cached=result.usage.prompt))


def _digest(request: Request) -> bytes:
    contents = asdict(request)
    del contents["key"]
    return hashlib.blake2b(json.dumps(contents).encode(), digest_size=16).digest()
