"""What the session shows: plain lines, or tables, bars and Markdown where the terminal can."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from taibao_cli.batch.plain import plain_answer
from taibao_cli.console import safe
from taibao_cli.repl.markdown import MarkdownStream

Write = Callable[[str], None]
Row = Mapping[str, Any]

_BAR: Final = 20
"""Cells of a full bar."""

_LABELS: Final = 5
"""Labels of a table."""


class Stream(Protocol):
    def emit(self, piece: str) -> None: ...

    def close(self) -> None: ...


class View(Protocol):
    """All output of the session goes through one of these. Texts may hold anything: a view makes them safe."""

    def write(self, text: str) -> None:
        """Text as it is, already safe."""
        ...

    def line(self, text: str = "") -> None: ...

    def row(self, row: Row) -> None:
        """The answer of an output row."""
        ...

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...

    def stream(self, *, markdown: bool) -> Stream:
        """For an answer that comes in pieces; `close` ends its last line. Patent texts are no Markdown."""
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

    def write(self, text: str) -> None:
        self._write(text)

    def line(self, text: str = "") -> None:
        self._write(safe(text) + "\n")

    def row(self, row: Row) -> None:
        self.line(plain_answer(row))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for cells in rows:
            self.line("  ".join(cells))

    def stream(self, *, markdown: bool) -> Stream:
        return _PlainStream(self._write)


class RichView:
    """Tables, bars and Markdown."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> None:
        self._console.print(Text(text), end="", soft_wrap=True)

    def line(self, text: str = "") -> None:
        self._console.print(Text(safe(text)))

    def row(self, row: Row) -> None:
        if isinstance(row["output"], (str, float)) and row.get("labels"):
            self._labels(row)
        else:
            self.line(plain_answer(row))

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False)
        for cells in rows:
            table.add_row(*(Text(safe(cell)) for cell in cells))
        self._console.print(table)

    def stream(self, *, markdown: bool) -> Stream:
        if markdown:
            return MarkdownStream(self._console)
        return _PlainStream(self.write)

    def _labels(self, row: Row) -> None:
        """The best labels with a bar for each probability; of a number, its value first."""
        if isinstance(row["output"], float):
            self.line(f"{row['output']:.2f}")
        table = Table(box=None, show_header=False, pad_edge=False)
        for label in row["labels"][:_LABELS]:
            p = float(label["p"])
            bar = Text("━" * round(_BAR * p), style="green")
            bar.append("━" * (_BAR - round(_BAR * p)), style="bright_black")
            name = Text(safe(str(label["label"])), style="bold")
            table.add_row(name, bar, f"{p:.2f}", Text(safe(str(label.get("title") or ""))))
        self._console.print(table)
