"""What a user, or a row, says instead of the task."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overrides:
    """Bound and sampling of answers: `max_tokens` None keeps the task's own bound; `stop` are strings that end one;
    `schema`, a JSON schema as text, is the form of the answer where the task has none."""

    max_tokens: int | None = None
    temperature: float = 0.0
    seed: int = 0
    top_p: float = 0.95
    stop: tuple[str, ...] = ()
    schema: str | None = None
