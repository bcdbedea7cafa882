"""Text in columns of a terminal, where a Chinese character takes two."""

from __future__ import annotations

from rich.cells import cell_len


def padded(text: str, width: int) -> str:
    """The text with blanks after it, in all so many columns."""
    return text + " " * (width - cell_len(text))


def padded_left(text: str, width: int) -> str:
    """The text with blanks before it."""
    return " " * (width - cell_len(text)) + text
