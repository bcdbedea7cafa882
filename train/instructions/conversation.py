"""One training example, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from taibao_cli.engine.base import Message


@dataclass(frozen=True, slots=True)
class Place:
    """Where an example stands: `item` is its line in a file of lines, else its number in the list, from 1."""

    file: Path
    item: int

    def __str__(self) -> str:
        return f"{self.file}:{self.item}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """`messages` may begin with a system message and end with the answer that is trained. `number` is a publication
    number, `family` that of a patent family, `task` the name of a task, where the row gives them."""

    place: Place
    messages: tuple[Message, ...]
    number: str = ""
    family: str = ""
    task: str = ""

    @property
    def asked(self) -> str:
        return "\n".join(message.content for message in self.messages[:-1] if message.role == "user")

    @property
    def answer(self) -> str:
        return self.messages[-1].content if self.messages else ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place. `kind` is stable; `other` is a second place that it concerns."""

    kind: str
    place: Place
    text: str
    other: Place | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.text}"
