"""Markdown that appears while it is written: finished blocks are printed once, only the last one is redrawn."""

from __future__ import annotations

import re
import time
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from taibao_cli.console import safe
from taibao_cli.repl.wrapping import MixedMarkdown, MixedText

_FENCE: Final = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
_SHARE: Final = 10
"""Redrawing takes at most one part in so many of the time."""


def split_blocks(text: str) -> tuple[str, str]:
    """(blocks that are complete, the rest): cut after the last blank line that stands in no fence."""
    at, end, fence = 0, 0, ""
    for line in text.splitlines(keepends=True):
        at += len(line)
        if match := _FENCE.match(line):
            if not fence:
                fence = match[1]
            elif match[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        if not fence and not line.strip() and line.endswith("\n"):
            end = at
    return text[:end], text[end:]


class MarkdownStream:
    """Takes an answer in pieces. The tail is shown as plain text, no higher than the screen."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tail = ""
        self._next = 0.0
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._live.start()

    def emit(self, piece: str) -> None:
        self._tail += safe(piece)
        now = time.monotonic()
        if now < self._next:
            return
        done, self._tail = split_blocks(self._tail)
        if done.strip():
            self._live.update(Text(""), refresh=True)
            self._console.print(MixedMarkdown(done))
        self._live.update(MixedText("\n".join(self._tail.split("\n")[-self._room() :])), refresh=True)
        self._next = time.monotonic() + _SHARE * (time.monotonic() - now)

    def close(self) -> None:
        self._live.update(Text(""), refresh=True)
        self._live.stop()
        if self._tail.strip():
            self._console.print(MixedMarkdown(self._tail))

    def _room(self) -> int:
        return max(1, self._console.height - 3)
