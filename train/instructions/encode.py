"""Conversations as tokens: ChatML as it is prompted at run time, labels on answers and their closing token alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from taibao_cli.engine.base import Message
from taibao_cli.engine.chatml import END, START
from taibao_cli.errors import InputError
from taibao_cli.patents.language import nfc

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of an example, and which of them are to be predicted; the first one never is."""

    ids: NDArray[np.int32]
    labelled: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)


class Encoder:
    """Encodes with a tokenizer.json that has the tokens of ChatML; loads tokenizers.

    Texts are normalised to NFC. What looks like a control token inside a text stays text.
    """

    def __init__(self, path: Path) -> None:
        """`path` is the file or the folder that it is in. Raises InputError when it does not fit."""
        from tokenizers import Tokenizer

        file = path / "tokenizer.json" if path.is_dir() else path
        try:
            self._tokenizer: Tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # tokenizers raises nothing narrower
            raise InputError(f"{file}: not a tokenizer: {error}") from None
        start, end = (self._tokenizer.token_to_id(token) for token in (START, END))
        if start is None or end is None:
            raise InputError(
                f"{file}: has no {START} and {END}; take a Qwen tokenizer (taibao convert qwen1 writes one)"
            )
        self.start, self.end = int(start), int(end)
        self._tokenizer.encode_special_tokens = True

    def encode(self, conversations: Iterable[Sequence[Message]]) -> Iterator[Encoded]:
        """Each conversation, all answers in it labelled; the last message is an answer."""
        rest = iter(conversations)
        while block := list(islice(rest, _BLOCK)):
            pieces = [list(_pieces(messages)) for messages in block]
            flat = [text for conversation in pieces for text, _ in conversation if text is not None]
            encoded = iter(self._tokenizer.encode_batch(flat, add_special_tokens=False))
            for conversation in pieces:
                yield self._joined([(None if text is None else next(encoded).ids, mark) for text, mark in conversation])

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """What is before the answer that comes next."""
        closed = next(self.encode([(*messages, Message("assistant", ""))])).ids
        return [int(token) for token in closed[:-1]]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def _joined(self, pieces: Sequence[tuple[list[int] | None, bool | None]]) -> Encoded:
        ids: list[int] = []
        labelled: list[bool] = []
        for tokens, mark in pieces:
            own = ([self.start] if mark is None else [self.end]) if tokens is None else tokens
            ids += own
            labelled += [bool(mark)] * len(own)
        return Encoded(np.array(ids, np.int32), np.array(labelled, np.bool_))


def _pieces(messages: Sequence[Message]) -> Iterator[tuple[str | None, bool | None]]:
    """(text, labelled); without a text the start token (labelled None) or the end token."""
    for number, message in enumerate(messages):
        if number:
            yield "\n", False
        yield None, None
        answer = message.role == "assistant"
        if answer:
            yield "assistant\n", False
            yield nfc(message.content), True
        else:
            yield f"{message.role}\n{nfc(message.content)}", False
        yield None, answer
