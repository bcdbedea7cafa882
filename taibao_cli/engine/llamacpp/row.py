"""One request on its way through the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taibao_cli.engine.base import Finish, LabelScore, Request, Result, Usage
from taibao_cli.engine.llamacpp import constrained
from taibao_cli.engine.llamacpp.capi.context import Context
from taibao_cli.engine.llamacpp.capi.model import Model
from taibao_cli.engine.llamacpp.capi.sampling import Grammar, Sampler
from taibao_cli.engine.llamacpp.detokenize import Detokenizer, LoopGuard, StopFilter, decode_whole
from taibao_cli.engine.llamacpp.labels import LabelTrie
from taibao_cli.engine.llamacpp.prompt import Prompt
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from taibao_cli.errors import RowError

Emit = Callable[[str], None]


class Row:
    """The tokens, text and place in the KV cache of one request.

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
        self.request = request
        self.prompt = prompt.tokens
        self.trie = trie
        self.sequence = -1
        self.cached = 0
        """Tokens of the prompt that the KV cache held already."""
        self.decoded = 0
        """Tokens of prompt and answer that the KV cache holds, or will after the batch being filled."""
        self.last = -1
        self._model = model
        self._emit = emit
        self._pieces: list[bytes] = []
        self._text: list[str] = []
        self._generated = 0
        self._thinks = prompt.thinks
        self._detokenizer, self._thoughts = Detokenizer(), Thoughts(inside=prompt.thinks)
        self._stops, self._loops = StopFilter(request.stop), LoopGuard()
        greedy = request.sampling.temperature <= 0 and request.sampling.repeat_penalty == 1.0
        self._grammar = grammar
        self._sampler = None if trie or greedy else Sampler(model, request.sampling)

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
        return self._sampler.sample(context, index) if self._sampler else best

    def accept(self, token: int) -> Result | None:
        """Take the chosen token; return the result when it ends the answer."""
        self.last = token
        self._generated += 1
        if self._model.is_end(token):
            return self.result("stop")
        piece = self._model.piece(token)
        self._pieces.append(piece)
        self._show(self._stops.feed(self._thoughts.feed(self._detokenizer.feed(piece))))
        if self._stops.stopped:
            return self.result("stop")
        unlooped = self._loops.feed(token)
        if unlooped is not None:
            answer, _ = split_thoughts(decode_whole(self._pieces[:unlooped]), inside=self._thinks)
            return self.result("loop", text=answer)
        return self.result("length") if self._generated >= self.request.max_tokens else None

    def result(self, finish: Finish, *, text: str | None = None, error: RowError | None = None) -> Result:
        """End the row with the text so far, or with `text`."""
        self._show(self._stops.feed(self._thoughts.end()) + self._stops.flush())
        shown = "".join(self._text) if text is None else text
        return Result(self.request.key, shown, finish, self._usage(), error=error, reasoning=self._thoughts.reasoning)

    def label_result(self, probabilities: list[float]) -> Result:
        labels = self.request.labels or ()
        scores = sorted(map(LabelScore, labels, probabilities), key=lambda score: -score.p)
        return Result(self.request.key, scores[0].label, "label", self._usage(), labels=tuple(scores))

    def _usage(self) -> Usage:
        return Usage(len(self.prompt), self.cached, self._generated)

    def _show(self, text: str) -> None:
        if text:
            self._text.append(text)
            if self._emit:
                self._emit(text)

    def close(self) -> None:
        for held in (self._sampler, self._grammar):
            if held:
                held.close()
