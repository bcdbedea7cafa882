"""One request on its way through the engine."""

from __future__ import annotations

from typing import Any

from taibao_cli.engine.base import Request
from taibao_cli.engine.text.answer import Answer, Emit
from taibao_cli.engine.text.labels import LabelTrie
from taibao_cli.engine.text.prompt import Prompt
from taibao_cli.engine.text.vocabulary import Vocabulary


class Row(Answer):
    """An answer with its handle in the pipeline.

    `trie` is set when labels are to be scored; `rules`, in GBNF, when the answer has a form.
    """

    def __init__(
        self,
        request: Request,
        prompt: Prompt,
        vocabulary: Vocabulary,
        *,
        trie: LabelTrie | None = None,
        rules: str | None = None,
        emit: Emit | None = None,
    ) -> None:
        super().__init__(request, prompt, vocabulary, emit)
        self.trie, self.rules = trie, rules
        self.handle: Any = None
        self.tokens: list[int] = []
        """Of the answer so far."""

    @property
    def size(self) -> int:
        """Tokens of the KV cache that prompt and answer take at most."""
        return len(self.prompt) + self.request.max_tokens
