"""What the session shows: plain lines, or tables, bars and Markdown where the terminal can."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import zip_longest
from typing import Any, Final, Protocol

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from taibao_cli.batch.plain import decided_line, plain_answer
from taibao_cli.console import safe
from taibao_cli.repl.examine import Tone
from taibao_cli.repl.markdown import MarkdownStream
from taibao_cli.repl.preferences import Preferences
from taibao_cli.repl.wrapping import MixedText, WrappedStream, mixed

Write = Callable[[str], None]
Row = Mapping[str, Any]

_BAR: Final = 20
"""Cells of a full bar."""

_LABELS: Final = 5
"""Labels of a table."""

_WIDE: Final = 100
"""Cells of a terminal on which two texts stand side by side."""

_TONES: Final[Mapping[str, Mapping[Tone, str]]] = {
    "dark": {"good": "bright_green", "unsure": "bright_yellow", "bad": "bright_red", "dim": "bright_black"},
    "light": {"good": "green", "unsure": "magenta", "bad": "red", "dim": "bright_black"},
}
"""Colours of the sixteen that every terminal has, readable on each background."""


class Stream(Protocol):
    def emit(self, piece: str) -> None: ...

    def close(self) -> None: ...


class View(Protocol):
    """All output of the session goes through one of these. Texts may hold anything: a view makes them safe."""

    @property
    def width(self) -> int:
        """Cells of a line."""
        ...

    def write(self, text: str) -> None:
        """Text as it is, already safe."""
        ...

    def line(self, text: str = "") -> None: ...

    def note(self, text: str, tone: Tone) -> None:
        """A line beside the answer itself."""
        ...

    def row(self, row: Row) -> None:
        """The answer of an output row."""
        ...

    def pair(self, source: str, answer: str, *, both: bool = False) -> None:
        """A translation, beside its source where there is room; with `both` under it where there is not."""
        ...

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def stream(self, *, markdown: bool) -> Stream:
        """For an answer that comes in pieces; `close` ends its last line. Patent texts are no Markdown."""
        ...

    def working(self) -> AbstractContextManager[Callable[[str], None]]:
        """What shows a line in place of the last one while work goes on; it is gone afterwards."""
        ...

    def settle(self, preferences: Preferences) -> None:
        """Look as the user likes it."""
        ...


class _PlainStream:
    def __init__(self, write: Write) -> None:
        self._write = write

    def emit(self, piece: str) -> None:
        self._write(safe(piece))

    def close(self) -> None:
        self._write("\n")


class PlainView:
    """Lines of text, for dumb terminals, and where the user wants them raw."""

    def __init__(self, write: Write) -> None:
        self._write = write

    @property
    def width(self) -> int:
        return shutil.get_terminal_size().columns

    def write(self, text: str) -> None:
        self._write(text)

    def line(self, text: str = "") -> None:
        self._write(safe(text) + "\n")

    def note(self, text: str, tone: Tone) -> None:
        self.line(text)

    def row(self, row: Row) -> None:
        self.line(plain_answer(row))

    def pair(self, source: str, answer: str, *, both: bool = False) -> None:
        for left, right in _pairs(source, answer) if both else [("", answer)]:
            for text in filter(None, (left, right)):
                self.line(text)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for cells in rows:
            self.line("  ".join(cells))

    def stream(self, *, markdown: bool) -> Stream:
        return _PlainStream(self._write)

    def working(self) -> AbstractContextManager[Callable[[str], None]]:
        return nullcontext(lambda text: None)

    def settle(self, preferences: Preferences) -> None:
        pass


class RichView:
    """Tables, bars and Markdown."""

    def __init__(self, console: Console, theme: str = "auto") -> None:
        self._console = console
        self._theme = _background(theme)

    @property
    def width(self) -> int:
        return self._console.width

    def write(self, text: str) -> None:
        self._console.print(Text(text), end="", soft_wrap=True)

    def line(self, text: str = "") -> None:
        self._console.print(mixed(safe(text)))

    def note(self, text: str, tone: Tone) -> None:
        self._console.print(mixed(safe(text), _TONES[self._theme][tone]))

    def row(self, row: Row) -> None:
        if isinstance(row["output"], (str, float)) and row.get("labels"):
            self._labels(row)
        else:
            self.line(plain_answer(row))

    def pair(self, source: str, answer: str, *, both: bool = False) -> None:
        rows = _pairs(source, answer)
        if self._console.width < _WIDE and both:
            for left, right in rows:
                self.note(left, "dim")
                self.line(right)
            return
        if self._console.width < _WIDE:
            self.line(answer)
            return
        table = Table(box=box.SIMPLE, show_header=False, pad_edge=False, expand=True)
        table.add_column(ratio=1, style=_TONES[self._theme]["dim"])
        table.add_column(ratio=1)
        for left, right in rows:
            table.add_row(MixedText(safe(left)), MixedText(safe(right)))
        self._console.print(table)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
        for cells in rows:
            table.add_row(*(MixedText(safe(cell)) for cell in cells))
        self._console.print(table)

    def stream(self, *, markdown: bool) -> Stream:
        if markdown:
            return MarkdownStream(self._console)
        return WrappedStream(self.write, lambda: self.width)

    @contextmanager
    def working(self) -> Iterator[Callable[[str], None]]:
        dim = _TONES[self._theme]["dim"]
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            yield lambda text: live.update(Text(safe(text), style=dim), refresh=True)

    def settle(self, preferences: Preferences) -> None:
        self._theme = _background(preferences.theme)

    def _labels(self, row: Row) -> None:
        """The best labels with a bar for each probability; of a number, its value first."""
        if isinstance(row["output"], float):
            self.line(f"{row['output']:.2f}")
        tones = _TONES[self._theme]
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, label in _shown(row["labels"][:_LABELS]):
            p = float(label["p"])
            bar = Text("━" * round(_BAR * p), style=tones["good"])
            bar.append("─" * (_BAR - round(_BAR * p)), style=tones["dim"])
            table.add_row(
                Text(safe(name), style="bold"), bar, f"{p:.2f}", MixedText(safe(str(label.get("title") or "")))
            )
        self._console.print(table)
        if decided := decided_line(row["labels"][0]):
            self.line(decided)


def _shown(labels: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Each label with its name, what is below an IPC symbol indented under it."""
    for label in labels:
        yield str(label["label"]), label
        yield from ((f"  {each['label']}", each) for each in label.get("below", ()))


def _pairs(source: str, answer: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of a source, each with that of its translation."""
    return zip_longest(_paragraphs(source), _paragraphs(answer), fillvalue="")


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _background(theme: str) -> str:
    """The theme, or what the terminal says of its background in COLORFGBG (`15;0`; 7 and 15 are white); else dark."""
    if theme in _TONES:
        return theme
    return "light" if os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15") else "dark"
