"""Identical requests are computed once: later ones wait for the first, or take what was answered a while ago."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
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

    def known(self, request: Request) -> Result | str | None:
        """What an earlier request with the same contents was answered, under this one's key; or the key of the one that
        is being answered; or None: then this one is from now on."""
        digest = request_digest(request)
        if result := self._answers.get(digest):
            return again(result, request.key)
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


def request_digest(request: Request) -> bytes:
    """Of all of a request but its key."""
    asked = [(message.role, len(message.content)) for message in request.messages]
    made = hashlib.blake2b(digest_size=16)
    form = (request.labels, request.schema, request.adapter)
    made.update(repr((asked, request.max_tokens, request.sampling, request.stop, form)).encode())
    for message in request.messages:
        made.update(message.content.encode("utf-8", "surrogatepass"))
    return made.digest()
