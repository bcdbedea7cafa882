"""What every engine takes and gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from taibao_cli.errors import RowError

Role = Literal["system", "user", "assistant"]
Finish = Literal["stop", "length", "loop", "label", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. `temperature` 0 is greedy and ignores the rest but `repeat_penalty`."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One conversation to answer. With `labels` the engine scores exactly that closed set and generates nothing.

    With `schema`, a JSON schema as text, the answer is JSON of that form.

    `adapter` is the label of one of the engine's LoRA adapters; None: the model as it is.
    """

    key: str
    messages: tuple[Message, ...]
    max_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    labels: tuple[str, ...] | None = None
    adapter: str | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class LabelScore:
    label: str
    p: float


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens: `prompt` in all, of them `cached` taken from the KV cache, `completion` generated."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt + other.prompt, self.cached + other.cached, self.completion + other.completion)


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to the request with the same `key`. `labels` is best first and sums to 1 over the set asked.

    `reasoning` is what a thinking model wrote before its answer; it is never part of `text`.

    `error` is set (and `finish` is "error") when this one request failed; the engine stays usable.
    """

    key: str
    text: str
    finish: Finish
    usage: Usage = field(default_factory=Usage)
    labels: tuple[LabelScore, ...] | None = None
    error: RowError | None = None
    reasoning: str = ""
    remembered: bool = False
    """Whether it was found in the answer cache, not computed."""


def check_room(prompt: int, answer: int, context: int, advice: str = "shorten the text") -> None:
    """Refuse a request that does not fit; all figures in tokens.

    Raises:
        RowError: `too_long`, with the figures and the advice.
    """
    if prompt + answer > context:
        raise RowError(
            "too_long",
            f"the prompt has {prompt} tokens and the answer may take {answer}, together over the context of "
            f"{context}; {advice}",
        )


class Runs(Protocol):
    """What answers many requests."""

    def run(self, requests: Iterable[Request | None]) -> Iterator[Result]:
        """Answer each request once, in the order of completion. Takes a bounded number of requests ahead.

        None among the requests means that there is none at present: the engine asks again when it has given back a
        result, and ends when it has none to give.

        A request that does not fit the context comes back as a `too_long` error; nothing is ever cut.
        """
        ...


class Engine(Runs, Protocol):
    """Runs requests. Not thread-safe: one caller at a time, `cancel` excepted."""

    @property
    def context(self) -> int:
        """Longest prompt plus answer, in tokens."""
        ...

    def stream(self, request: Request, emit: Callable[[str], None]) -> Result:
        """Answer one request, calling `emit` with each piece of text as it is decoded (never half a character)."""
        ...

    def count(self, request: Request) -> int:
        """Tokens of the rendered prompt."""
        ...

    def cancel(self) -> None:
        """Stop what is running as soon as possible; safe to call from a signal handler or another thread."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class KeepsState(Protocol):
    """An engine that can go on where another process stopped."""

    def save_state(self, path: Path) -> bool:
        """Write what was computed of the last row; false when there is nothing to keep."""
        ...

    def load_state(self, path: Path) -> int:
        """Take it, before the first row; the tokens that need not be computed again, 0 when it cannot be used."""
        ...
