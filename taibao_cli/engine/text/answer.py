"""The answer to one request, as its tokens come in."""

from __future__ import annotations

from collections.abc import Callable

from taibao_cli.engine.base import Finish, LabelScore, Request, Result, Usage
from taibao_cli.engine.text.detokenize import Detokenizer, LoopGuard, StopFilter, decode_whole
from taibao_cli.engine.text.prompt import Prompt
from taibao_cli.engine.text.vocabulary import Vocabulary
from taibao_cli.engine.thoughts import Thoughts, split_thoughts
from taibao_cli.errors import RowError

Emit = Callable[[str], None]


class Answer:
    """Text so far, and the rules that end it: end tokens, stop strings, the limit, loops."""

    def __init__(self, request: Request, prompt: Prompt, vocabulary: Vocabulary, emit: Emit | None = None) -> None:
        """`emit` gets each piece of text that is certain."""
        self.request = request
        self.prompt = prompt.tokens
        self.cached = 0
        """Tokens of the prompt that the KV cache held already."""
        self.last = -1
        self._vocabulary = vocabulary
        self._emit = emit
        self._pieces: list[bytes] = []
        self._text: list[str] = []
        self._generated = 0
        self._thinks = prompt.thinks
        self._detokenizer, self._thoughts = Detokenizer(), Thoughts(inside=prompt.thinks)
        self._stops, self._loops = StopFilter(request.stop), LoopGuard()

    def accept(self, token: int) -> Result | None:
        """Take the chosen token; return the result when it ends the answer."""
        self.last = token
        self._generated += 1
        if self._vocabulary.is_end(token):
            return self.result("stop")
        piece = self._vocabulary.piece(token)
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
        """End the answer with the text so far, or with `text`."""
        self._show(self._stops.feed(self._thoughts.end()) + self._stops.flush())
        shown = "".join(self._text) if text is None else text
        return Result(self.request.key, shown, finish, self._usage(), error=error, reasoning=self._thoughts.reasoning)

    def label_result(self, probabilities: list[float]) -> Result:
        """The scores of the request's labels, given in their order."""
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
