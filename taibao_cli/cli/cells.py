"""Text in columns of a terminal, where a Chinese character takes two."""

from __future__ import annotations


def cells(text: str) -> int:
    """The columns that a text takes."""
    from rich.cells import cell_len  # here, so that help does not load it

    return cell_len(text)


def padded(text: str, width: int) -> str:
    """The text with blanks after it, in all so many columns."""
    return text + " " * (width - cells(text))


def padded_left(text: str, width: int) -> str:
    """The text with blanks before it."""
    return " " * (width - cells(text)) + text
