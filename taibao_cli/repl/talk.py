"""A conversation: what was said, by whom, for which task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from taibao_cli.engine.base import Message, Role

COMPACT: Final = "compact"
"""Task of the turns that sum up what was said before them."""

CHATTED: Final = ("chat", COMPACT)
"""Tasks of turns that are no task of a patent."""

TITLE: Final = 40
"""Characters of a title."""


@dataclass(slots=True)
class Turn:
    """One message. `shown` is what the user typed where `content` is the prompt of a task made from it."""

    role: Role
    content: str
    task: str = "chat"
    finish: str = "stop"
    shown: str = ""

    @property
    def text(self) -> str:
        return self.shown or self.content


@dataclass(slots=True)
class Talk:
    """`number` is the one under which it is kept; None while nothing is."""

    number: int | None = None
    title: str = ""
    turns: list[Turn] = field(default_factory=list)

    def messages(self) -> tuple[Message, ...]:
        return tuple(Message(turn.role, turn.content) for turn in self.turns)

    def last(self, role: Role) -> Turn | None:
        return next((turn for turn in reversed(self.turns) if turn.role == role), None)

    def place_of_last(self, role: Role) -> int | None:
        """Where the last turn of that role is."""
        return next((at for at in range(len(self.turns) - 1, -1, -1) if self.turns[at].role == role), None)


def title_of(turns: Sequence[Turn]) -> str:
    """The beginning of the first thing that the user said, on one line."""
    said = next((" ".join(turn.text.split()) for turn in turns if turn.role == "user"), "")
    return said if len(said) <= TITLE else said[: TITLE - 1] + "…"
