"""Facts about the standard streams, and text made safe for them."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

_BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_C1 = range(0x80, 0xA0)
_SAFE: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"},
    ord("\r"): "",
    0x7F: "\u2421",
    **dict.fromkeys([*_C1, *_BIDI], "\ufffd"),
}


def safe(text: str) -> str:
    """Text that cannot drive a terminal.

    Line feeds and tabs stay; other C0 and C1 controls (escape sequences begin with one) and bidirectional overrides
    become visible marks; carriage returns go. A text may be given in pieces.
    """
    return text.translate(_SAFE)


_IN_PLACE: dict[int, str] = {code: mark or "\ufffd" for code, mark in _SAFE.items()}


def safe_characters(text: str) -> str:
    """The same for text in which every character must keep its place: a carriage return becomes a mark, too."""
    return text.translate(_IN_PLACE)


def prepare_streams() -> None:
    """Make the standard streams UTF-8 whatever the locale; characters that cannot be shown never raise. A standard
    input that is closed is empty, and messages to a standard error that is closed are lost."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  open as long as the program runs
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def is_dumb() -> bool:
    """Whether the terminal can only print lines."""
    return os.environ.get("TERM", "dumb") == "dumb"


def answer(text: str) -> None:
    """One plain answer to stdout, safe and at once."""
    print(safe(text), flush=True)


def note(text: str) -> None:
    """One message to stderr."""
    print(f"taibao: {safe(text)}", file=sys.stderr, flush=True)


def silence_stdout() -> None:
    """After the reader of stdout went away: nothing more reaches it, not even at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
