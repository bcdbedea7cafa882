"""The thoughts of a thinking model, kept apart from its answer."""

from __future__ import annotations

from typing import Final

OPEN: Final = "<think>"
CLOSE: Final = "</think>"


class Thoughts:
    """Takes `<think>…</think>` off the beginning of a text that comes in pieces."""

    def __init__(self, *, inside: bool = False) -> None:
        """`inside`: the prompt has opened the thoughts already."""
        self._inside = self._thought = inside
        self._held = ""
        self._answering = False
        self._thoughts: list[str] = []

    def feed(self, piece: str) -> str:
        """What of the answer is certain now."""
        if self._answering:
            return piece
        self._held += piece
        while True:
            if self._inside:
                thought, closed, rest = self._held.partition(CLOSE)
                if not closed:
                    keep = len(CLOSE) - 1
                    self._thoughts.append(self._held[:-keep])
                    self._held = self._held[-keep:]
                    return ""
                self._thoughts.append(f"{thought}\n")
                self._inside, self._held = False, rest
            start = self._held.lstrip()
            if start.startswith(OPEN):
                self._inside = self._thought = True
                self._held = start[len(OPEN) :]
            elif OPEN.startswith(start):
                return ""
            else:
                self._answering = True
                return self.end()

    def end(self) -> str:
        """What was held back and is answer after all."""
        if self._inside:
            self._thoughts.append(self._held)
        held, self._held = "" if self._inside else self._held, ""
        return held.lstrip() if self._thought else held

    @property
    def reasoning(self) -> str:
        """The thoughts so far; all of them after `end`."""
        return "".join(self._thoughts).strip()


def split_thoughts(text: str, *, inside: bool = False) -> tuple[str, str]:
    """(answer, thoughts) of a whole text. A text that closes thoughts it has not opened was begun by its prompt."""
    if CLOSE in text and not text.lstrip().startswith(OPEN):
        inside = True
    thoughts = Thoughts(inside=inside)
    answer = thoughts.feed(text) + thoughts.end()
    return answer, thoughts.reasoning
