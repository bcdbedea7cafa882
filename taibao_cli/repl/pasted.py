"""A long text that is pasted is one message; the line shows a mark in its place."""

from __future__ import annotations

from typing import Final

from taibao_cli.messages import say
from taibao_cli.patents.language import Lang

LONG: Final = 400
"""Characters, or"""
TALL: Final = 6
"""lines, from which a pasted text is folded."""


class Pasted:
    """Texts behind the marks of this session."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def fold(self, text: str, lang: Lang) -> str:
        """What to show for a pasted text: itself when it is short."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if len(text) < LONG and text.count("\n") < TALL:
            return text
        mark = say("pasted", lang, size=f"{len(text):,}", number=len(self._texts) + 1)
        self._texts[mark] = text
        return mark

    def unfold(self, line: str) -> str:
        """The line with the texts that its marks stand for."""
        for mark, text in self._texts.items():
            line = line.replace(mark, text)
        return line
