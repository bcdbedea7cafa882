"""A patent -> its summary.

Every part is read in chunks that fit the model, each chunk is summarized by the task `summarize`, and the sentences are
combined: by the same task over the sentences, or with a small model by choosing the most telling ones. Each sentence is
held against the passages it came from; what they do not support is left out, and counted. Memory is bounded by the
patent and a few chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import Overrides, Runner
from taibao_cli.batch.summary.sentence import Sentence, Style, anchored, distinct
from taibao_cli.engine.base import Engine
from taibao_cli.errors import RowError
from taibao_cli.models.registry import Model
from taibao_cli.patents.anchors import Passage, Passages
from taibao_cli.patents.document.chunks import Part, PartKind, chunks, parts_of
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.language import Lang

TASK: Final = "summarize"
WIDTH: Final = 8
"""Chunks that the engine works on at once."""

_SIZE: Final = {"full": 2400, "brief": 700}
"""Longest chunk by prompt style, in Chinese characters: what larger and small models still summarize well."""

_ANSWER: Final = 600
"""Tokens of the context that are kept for prompt and answer."""

_PER_PART: Final[dict[Style, int]] = {"short": 4, "points": 2, "sections": 8}
"""Sentences of a part that go into the whole."""

_SHORT: Final = 4
"""Sentences of a short summary."""

_ROUNDS: Final = 4
_ORDER: Final[tuple[PartKind, ...]] = (
    "field",
    "background",
    "summary",
    "drawings",
    "embodiments",
    "other",
    "claims",
    "abstract",
)
_GIST: Final[tuple[PartKind, ...]] = ("background", "summary", "claims", "abstract", "embodiments")
"""What a short summary is made of; the other parts are read as well, but say less."""

OnStep = Callable[[int, int], None]
"""(chunks done, chunks in all)."""


@dataclass(slots=True)
class Summary:
    """Sentences in order. `unsupported`: sentences of the model that were left out; `read`: passages that were read."""

    style: Style
    sentences: tuple[Sentence, ...] = ()
    unsupported: int = 0
    read: int = 0
    model: str = ""


class Summarizer:
    """Summarizes patents with one engine."""

    def __init__(self, engine: Engine, model: Model, overrides: Overrides | None = None, width: int = WIDTH) -> None:
        self._engine, self._model, self._overrides, self._width = engine, model, overrides, width
        self._verbatim = model.prompt == "brief"
        self._limit = min(_SIZE[model.prompt], max(200, (engine.context - _ANSWER) * 0.7))

    def summarize(self, patent: Patent, style: Style, on_step: OnStep = lambda done, total: None) -> Summary:
        """Read the whole patent, and combine.

        Raises:
            RowError: the model cannot answer; nothing is left out silently.
        """
        parts = list(parts_of(patent))
        summary = Summary(style, model=self._model.label)
        summary.read = len({passage.id for part in parts for passage in part.passages})
        found = self._read(parts, patent.lang, summary, on_step)
        by_kind: dict[PartKind, list[Sentence]] = {kind: [] for kind in _ORDER}
        for part, sentences in zip(parts, found, strict=True):
            by_kind[part.kind] += sentences
        sources = {kind: Passages(_passages(parts, kind)) for kind in _ORDER}
        kept = {
            kind: self._shorter(distinct(by_kind[kind]), _PER_PART[style], sources[kind], patent.lang, summary)
            for kind in _ORDER
            if by_kind[kind] and (style == "sections" or kind != "abstract" or len(parts) == 1)
        }
        if style == "short":
            summary.sentences = self._gist(parts, kept, patent.lang, summary)
        else:
            summary.sentences = tuple(sentence for kind in _ORDER for sentence in kept.get(kind, ()))
        return summary

    def _gist(
        self,
        parts: Sequence[Part],
        kept: Mapping[PartKind, tuple[Sentence, ...]],
        lang: Lang,
        summary: Summary,
    ) -> tuple[Sentence, ...]:
        """A few sentences of the parts that say most."""
        kinds = [kind for kind in _GIST if kind in kept] or list(kept)
        if self._verbatim:
            room = max(1, _SHORT // max(1, len(kinds)))
            return tuple(sentence for kind in kinds[:_SHORT] for sentence in _most_telling(kept[kind], room))
        everything = Passages(passage for part in parts for passage in part.passages)
        whole = distinct(sentence for kind in kinds for sentence in kept[kind])
        return self._shorter(whole, _SHORT, everything, lang, summary)

    def _read(self, parts: Sequence[Part], lang: Lang, summary: Summary, on_step: OnStep) -> list[list[Sentence]]:
        """The sentences of each part, chunk by chunk."""
        plan = [(at, chunk) for at, part in enumerate(parts) for chunk in chunks(part, self._limit)]
        found: list[list[Sentence]] = [[] for _ in parts]
        texts = ("\n".join(passage.text for passage in chunk) for _, chunk in plan)
        on_step(0, len(plan))
        for number, answer in enumerate(self._answers(texts, lang)):
            at, chunk = plan[number]
            own = anchored(answer, Passages(chunk), parts[at].kind, verbatim=self._verbatim)
            found[at] += own.sentences
            summary.unsupported += own.unsupported
            on_step(number + 1, len(plan))
        return found

    def _shorter(
        self, sentences: Sequence[Sentence], limit: int, passages: Passages, lang: Lang, summary: Summary
    ) -> tuple[Sentence, ...]:
        """At most `limit` sentences that say what these say: summarized again, round by round, held against all the
        passages behind them; where that does not shorten them, the most telling ones."""
        kept = tuple(sentences)
        for _ in range(0 if self._verbatim else _ROUNDS):
            if len(kept) <= limit:
                return kept
            groups = list(chunks(Part(kept[0].kind, "", tuple(Passage("", each.text) for each in kept)), self._limit))
            texts = ("\n".join(passage.text for passage in group) for group in groups)
            shorter: list[Sentence] = []
            for answer in self._answers(texts, lang):
                own = anchored(answer, passages, kept[0].kind, verbatim=False)
                shorter += [sentence for sentence in own.sentences if not sentence.quoted]
                summary.unsupported += own.unsupported
            if len(shorter) < min(2, limit) or len(shorter) >= len(kept):
                break
            kept = distinct(shorter)
        return _most_telling(kept, limit)

    def _answers(self, texts: Iterator[str], lang: Lang) -> Iterator[str]:
        """The summary of each text, in order. Texts are made when the engine has room for them."""
        rows = (Record(number, {"text": text, "lang": lang}, place="") for number, text in enumerate(texts, 1))
        runner = Runner(self._engine, self._model, default_task=TASK, overrides=self._overrides, width=self._width)
        for _, row in runner.pairs(rows):
            error = row["error"]
            if error is not None:
                raise RowError(error["type"], error["message"], retryable=error["retryable"])
            yield str(row["output"])


def _passages(parts: Sequence[Part], kind: PartKind) -> Iterator[Passage]:
    return (passage for part in parts if part.kind == kind for passage in part.passages)


def _most_telling(sentences: Sequence[Sentence], limit: int) -> tuple[Sentence, ...]:
    if len(sentences) <= limit:
        return tuple(sentences)
    own = Passages(Passage(str(at), sentence.text) for at, sentence in enumerate(sentences))
    best = {int(at) for at, _ in own.central(limit)}
    return tuple(sentence for at, sentence in enumerate(sentences) if at in best)
