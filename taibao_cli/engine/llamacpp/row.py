"""One request on its way through the engine."""

from __future__ import annotations

from typing import Any

from taibao_cli.engine.base import Request
from taibao_cli.engine.llamacpp import constrained
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.capi.sampling import Grammar, Sampler
from taibao_cli.engine.llamacpp.recent import Recent
from taibao_cli.engine.text.answer import Answer, Emit
from taibao_cli.engine.text.labels import LabelTrie
from taibao_cli.engine.text.prompt import Prompt


class Row(Answer):
    """An answer with its place in the KV cache and its way of choosing tokens.

    `trie` is set when labels are to be scored; `grammar`, which the row closes, when the answer has a form.
    """

    def __init__(
        self,
        request: Request,
        prompt: Prompt,
        model: Model,
        *,
        trie: LabelTrie | None = None,
        grammar: Grammar | None = None,
        emit: Emit | None = None,
    ) -> None:
        super().__init__(request, prompt, model, emit)
        self.trie = trie
        self.sequence = -1
        self.decoded = 0
        """Tokens of prompt and answer that the KV cache holds, or will after the batch being filled."""
        self._model = model
        self._grammar = grammar
        penalty, greedy = request.sampling.repeat_penalty, request.sampling.temperature <= 0
        self._recent = Recent(penalty) if greedy and penalty > 1.0 and not grammar else None
        by_table = trie is not None or (greedy and (penalty == 1.0 or self._recent is not None))
        self._sampler = None if by_table else Sampler(model, request.sampling)

    @property
    def size(self) -> int:
        """Cells of the KV cache that prompt and answer take at most, a shared beginning included."""
        return len(self.prompt) + (0 if self.trie else self.request.max_tokens)

    @property
    def prompt_left(self) -> int:
        return max(0, len(self.prompt) - self.decoded)

    def choose(self, context: Context, index: int, best: int, logits: Any) -> int:
        """Choose the next token after batch row `index`, whose most probable token is `best`."""
        if self._grammar:
            token = constrained.choose(self._grammar, self._sampler, best, logits)
            if not self._model.is_end(token):
                self._grammar.accept(token)
            return token
        if self._recent:
            return self._recent.choose(best, logits)
        return self._sampler.sample(context, index) if self._sampler else best

    def close(self) -> None:
        for held in (self._sampler, self._grammar):
            if held:
                held.close()
