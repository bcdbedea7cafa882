"""What a reader gives: a patent, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from taibao_cli.patents.document.patent import Origin, Patent


@dataclass(frozen=True, slots=True)
class Unread:
    """A document that cannot be read; `reason` names the file and says what is wrong. `empty`: it is sound, but holds
    no text, such as the drawings of an application."""

    origin: Origin
    reason: str
    empty: bool = False


Reading: TypeAlias = Patent | Unread
