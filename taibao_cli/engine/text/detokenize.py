"""From tokens to text that can be shown: whole characters only, no stop string, no endless loop."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import Final

LOOP_COVERS: Final = 24
"""Tokens that a repeated stretch must cover to count as a loop."""

LOOP_COPIES: Final = 4
"""Copies of its unit that a repeated stretch must hold."""

LOOP_UNIT: Final = 64
"""Longest unit of a loop, in tokens."""


class Detokenizer:
    """Joins the bytes of tokens into characters. Bytes that start a character wait for the rest of it."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> str:
        """Return the characters that `piece` completes; bytes that can be no character become U+FFFD."""
        return self._decoder.decode(piece)


def decode_whole(pieces: Sequence[bytes]) -> str:
    """Decode all pieces; a character cut off at the end is left out."""
    return Detokenizer().feed(b"".join(pieces))


class StopFilter:
    """Passes text on as long as it cannot become one of the stop strings."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Return the text that is safe to show. After a stop string `stopped` is true and nothing more comes."""
        if self.stopped:
            return ""
        text = self._held + text
        found = [at for at in map(text.find, self._stops) if at >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """Return what was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that begins `stop`."""
    return next((n for n in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:n])), 0)


class LoopGuard:
    """Notices when the last tokens are one unit repeated: >= 24 tokens that hold >= 4 copies of it."""

    def __init__(self) -> None:
        self._count = 0
        self._places: dict[int, list[int]] = {}
        """Where each token stood, in order."""
        self._runs: dict[int, int] = {}
        """By unit: how many of the last tokens are the same as the one a unit before."""

    def feed(self, token: int) -> int | None:
        """Take the next token; in a loop, return the number of tokens up to the end of its first copy."""
        at, places = self._count, self._places.setdefault(token, [])
        runs: dict[int, int] = {}
        self._count += 1
        for place in reversed(places):
            unit = at - place
            if unit > LOOP_UNIT:
                break
            runs[unit] = self._runs.get(unit, 0) + 1
            if runs[unit] + unit >= max(LOOP_COVERS, LOOP_COPIES * unit):
                return self._count - runs[unit]
        self._runs = runs
        places.append(at)
        return None
