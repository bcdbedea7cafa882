"""What prompts and answers need to know of a model."""

from __future__ import annotations

from typing import Protocol


class Vocabulary(Protocol):
    """Tokens of a model and the text they stand for."""

    def chat_template(self) -> str | None: ...

    def control_tokens(self) -> dict[str, int]:
        """Text and id of every control token."""
        ...

    def tokenize(self, text: str, *, parse_special: bool) -> list[int]:
        """Tokenize as is: no BOS is added."""
        ...

    def piece(self, token: int, /) -> bytes:
        """Bytes of one token; empty for control tokens, but for those that enclose thoughts."""
        ...

    def is_end(self, token: int, /) -> bool:
        """Whether the token ends an answer."""
        ...

    def begin(self) -> int:
        """The BOS token, -1 when there is none."""
        ...

    def adds_begin(self) -> bool:
        """Whether the model wants every prompt to start with BOS."""
        ...

    def end_of_turn(self) -> int:
        """The token that closes a message."""
        ...

    def end_of_text(self) -> int: ...
