"""The session on a terminal: a real pseudo-terminal, and what a screen of that size shows."""

from __future__ import annotations

import os
import sys
import time
from itertools import groupby
from pathlib import Path
from types import TracebackType

import pexpect
import pyte
from rich.style import Style
from rich.text import Text

from tests.cli.shell import environment

SECONDS = 60.0
"""Longest wait for something to appear, on a machine that is busy."""


class Screen:
    """`taibao` with a screen of so many lines and columns; `home` holds what the user keeps."""

    def __init__(
        self, home: Path, *args: str, lines: int = 24, columns: int = 80, program: str | None = None, **extra: str
    ) -> None:
        self._screen = pyte.HistoryScreen(columns, lines, history=5000)
        self._stream = pyte.Stream(self._screen)
        self._screen.write_process_input = lambda data: self.child.send(data)
        command = ["-c", program] if program else ["-m", "taibao_cli"]
        env = {"TERM": "xterm-256color", **environment(home, **extra)}
        env = {name: value for name, value in env.items() if name not in ("NO_COLOR", "PYTHONIOENCODING")}
        self.raw = ""
        self.child = pexpect.spawn(
            sys.executable, [*command, *args], env=env, cwd=str(home), dimensions=(lines, columns), encoding="utf-8"
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.child.close(force=True)

    def read(self, seconds: float = 0.0) -> str:
        """Take what was written within that time; the lines of the screen."""
        until = time.monotonic() + seconds
        while True:
            try:
                data = self.child.read_nonblocking(65536, timeout=0.01)
            except pexpect.TIMEOUT:
                data = ""
            except pexpect.EOF:
                break
            self.raw += data
            self._stream.feed(data)
            if not data and time.monotonic() >= until:
                break
        return self.text

    @property
    def text(self) -> str:
        """What stands on the screen; the columns of wide characters are one character each."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def all(self) -> str:
        """The screen and what scrolled away above it."""
        above = ["".join(line[x].data for x in range(self._screen.columns)) for line in self._screen.history.top]
        return "\n".join([line.rstrip() for line in above] + [self.text])

    def coloured(self) -> list[Text]:
        """The lines of the screen as rich texts."""
        return [self._line(y) for y in range(self._screen.lines)]

    def _line(self, y: int) -> Text:
        line, text = self._screen.buffer[y], Text()
        cells = [line[x] for x in range(self._screen.columns)]
        for (bold, reverse, colour), alike in groupby(cells, lambda cell: (cell.bold, cell.reverse, cell.fg)):
            letters = "".join(cell.data for cell in alike)  # of a wide character the second cell is empty
            text.append(letters, Style(bold=bold, reverse=reverse, color=_colour(colour)))
        return text

    def wait(self, words: str, seconds: float = SECONDS) -> str:
        """Until these words stand on the screen."""
        until = time.monotonic() + seconds
        while words not in self.read(0.02):
            assert time.monotonic() < until, f"{words!r} did not appear on:\n{self.text}"
            assert self.child.isalive() or words in self.read(0.1), f"ended, without {words!r}:\n{self.text}"
        return self.text

    def prompt(self) -> str:
        """Until the last line of text is an empty prompt."""
        until = time.monotonic() + SECONDS
        while not self._at_prompt():
            assert time.monotonic() < until, f"no prompt on:\n{self.text}"
            self.read(0.02)
        return self.text

    def _at_prompt(self) -> bool:
        at = self._screen.cursor
        return self._screen.display[at.y].rstrip() == "❯" and at.x == 2 and not self._screen.cursor.hidden

    def type(self, keys: str) -> None:
        self.child.send(keys)

    def say(self, line: str) -> str:
        """Type a line, and wait for the next prompt; what was shown meanwhile."""
        self.prompt()
        before = len(self.all)
        self.type(line)
        until = time.monotonic() + SECONDS
        while self._at_prompt():
            assert time.monotonic() < until, f"{line!r} is not taken:\n{self.text}"
            self.read(0.02)
        self.type("\r")
        self.prompt()
        return self.all[before - 200 :]

    def paste(self, text: str) -> None:
        self.type(f"\x1b[200~{text}\x1b[201~")

    def resize(self, lines: int, columns: int) -> None:
        self.child.setwinsize(lines, columns)
        self._screen.resize(lines, columns)


def _colour(name: str) -> str | None:
    """rich's name of a colour of pyte's."""
    if name == "default":
        return None
    bright = name.startswith("bright")
    plain = name.removeprefix("bright").replace("brown", "yellow")
    return f"bright_{plain}" if bright else plain


def kill(screen: Screen) -> None:
    os.kill(screen.child.pid, 9)
    screen.child.wait()
