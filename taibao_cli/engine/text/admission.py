"""Which requests an engine takes, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, TypeVar

from taibao_cli.engine.base import Request, Result, check_room
from taibao_cli.engine.text.labels import LabelTrie
from taibao_cli.engine.text.prompt import Prompt, Prompter
from taibao_cli.errors import RowError, TaibaoError, UsageError

DEFAULT_CONTEXT: Final = 8192
"""Longest context taken unasked; a longer one costs memory that few rows need."""

Made = TypeVar("Made")


def choose_context(asked: int | None, trained: int) -> int:
    """The longest prompt plus answer in tokens, for a model trained with `trained`.

    Raises:
        UsageError: `asked` is out of range.
    """
    if asked is None:
        return min(trained, DEFAULT_CONTEXT)
    if not 1 <= asked <= trained:
        raise UsageError(f"ctx is {asked}; give 1 to {trained}, the context that the model was trained for")
    return asked


def made_or_refused(request: Request, make: Callable[[], Made]) -> Made | Result:
    """What `make` gives, or its error as the result of this one request."""
    try:
        return make()
    except RowError as error:
        return Result(request.key, "", "error", error=error)
    except TaibaoError as error:
        return Result(request.key, "", "error", error=RowError("engine", str(error)))


class Admission:
    """Tokenizes requests and refuses those that do not fit the engine."""

    def __init__(self, prompter: Prompter, *, context: int, trained: int, adapters: Collection[str] = ()) -> None:
        """`context` is the longest prompt plus answer in tokens, `trained` what the model could take, `adapters` what
        requests may name."""
        self._prompter = prompter
        self._context = context
        self._trained = trained
        self._adapters = frozenset(adapters)

    def admit(self, request: Request) -> tuple[Prompt, LabelTrie | None]:
        """The prompt, and the trie of the labels where there are some.

        Raises:
            RowError: the engine lacks the adapter, the request asks for no answer, or it does not fit the context.
            ModelError: the model's chat template refuses the messages.
        """
        if request.adapter is not None and request.adapter not in self._adapters:
            raise RowError("engine", f"the engine has no adapter {request.adapter}")
        prompt = self._prompter.prompt(request)
        trie = None if request.labels is None else self._prompter.trie(request)
        answer = trie.longest + 1 if trie else request.max_tokens
        if answer < 1:
            raise RowError("bad_value", f"max_tokens is {answer}; give at least 1")
        longer = f"raise --ctx (up to {self._trained})" if self._trained > self._context else "take another model"
        check_room(len(prompt.tokens), answer, self._context, f"shorten the text or {longer}")
        return prompt, trie
