"""Lines of Chinese and English text: rich breaks at spaces alone, which leaves half a line empty before Chinese, and
terminals break anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rich.console import Console, Group, RenderableType
from rich.containers import Lines
from rich.markdown import Markdown, Paragraph
from rich.text import Text

from taibao_cli.console import safe
from taibao_cli.line_breaks import UNIT, breaks


class MixedText(Text):
    """Text that rich wraps by these rules."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        if options.get("no_wrap"):
            return super().wrap(console, width, **options)
        lines = Lines()
        for line in self.split(allow_blank=True):
            line.expand_tabs(8)
            for part in line.divide(breaks(str(line), width)):
                part.rstrip_end(width)
                lines.append(part)
        return lines


class WrappedStream:
    """Writes a text that comes in pieces. Its last word waits for what follows: a mark may have to stay with it."""

    def __init__(self, write: Callable[[str], None], width: Callable[[], int]) -> None:
        self._write, self._width = write, width
        self._line = self._waiting = ""

    def emit(self, piece: str) -> None:
        self._waiting += safe(piece)
        *whole, self._waiting = self._waiting.split("\n")
        for line in whole:
            self._show(line)
            self._write("\n")
            self._line = ""
        last = max((unit.start() for unit in UNIT.finditer(self._waiting)), default=0)
        ready = self._waiting[:last].rstrip()
        self._show(ready)
        self._waiting = self._waiting[len(ready) :]

    def close(self) -> None:
        self._show(self._waiting.rstrip())
        self._write("\n")

    def _show(self, text: str) -> None:
        """Write what comes next on the line, broken where it is full."""
        line, shown, begin = self._line + text, len(self._line), 0
        for at in breaks(line, self._width()):
            if at >= shown:
                self._write(line[shown:at].rstrip() + "\n")
                shown = begin = at
        self._write(line[shown:])
        self._line = line[begin:]


def mixed(text: str, style: str = "") -> RenderableType:
    """For `Console.print`, which would make a plain Text of a MixedText by itself."""
    return Group(MixedText(text, style=style))


class _MixedParagraph(Paragraph):
    def on_enter(self, context: Any) -> None:
        super().on_enter(context)
        self.text = MixedText(justify="left")


class MixedMarkdown(Markdown):
    """Markdown whose paragraphs and list items are wrapped so, and whose links are words and addresses: a model's text
    must not make links of the terminal's own."""

    elements: ClassVar = {**Markdown.elements, "paragraph_open": _MixedParagraph}

    def __init__(self, text: str) -> None:
        super().__init__(text, hyperlinks=False)
