"""The one chat template of the models trained here: ChatML without a default system message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from taibao_cli.engine.base import Message

CHATML: Final = "<|im_start|>{role}\n{content}<|im_end|>\n"
"""One message. The prompt for an answer ends with `GENERATION_PROMPT`."""

GENERATION_PROMPT: Final = "<|im_start|>assistant\n"

START: Final = "<|im_start|>"
END: Final = "<|im_end|>"

CHATML_TEMPLATE: Final = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The same bytes as a jinja template, for tokenizer files, GGUF metadata and Modelfiles."""


def chatml_pieces(messages: Iterable[Message]) -> list[tuple[str, bool]]:
    """Split the prompt for an answer into `(text, is_special)` pieces.

    A special piece is exactly one control token. Everything between two control tokens is one plain piece, because the
    tokenizer sees it as one when it splits the whole string at control tokens.
    """
    pieces: list[tuple[str, bool]] = []
    for message in messages:
        if pieces:
            pieces.append(("\n", False))
        pieces += [(START, True), (f"{message.role}\n{message.content}", False), (END, True)]
    if pieces:
        pieces.append(("\n", False))
    pieces += [(START, True), ("assistant\n", False)]
    return pieces


def render_chatml(messages: Iterable[Message], add_generation_prompt: bool = True) -> str:
    """Render a conversation to the bytes that `CHATML_TEMPLATE` gives."""
    text = "".join(CHATML.format(role=m.role, content=m.content) for m in messages)
    return text + GENERATION_PROMPT if add_generation_prompt else text
