"""A claim chart: the features of one claim against one reference, each with a quote that code has verified.

Candidates are found by words, the task `entail` says how well each supports the feature, and a feature counts as
disclosed when one does, holds enough of its words, and has all its figures. Small models do not judge pieces of claims
well; with them words and figures decide, and more words are asked for. Novelty is judged against one reference at
a time, and every feature must be in it (CN Guidelines for Patent Examination, part II ch. 3 §3.1; EPO Guidelines
G-VI 1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.batch.record import Record
from taibao_cli.batch.runner import Overrides, Runner
from taibao_cli.engine.base import Engine
from taibao_cli.errors import RowError, TaibaoError, UsageError
from taibao_cli.models.registry import Model
from taibao_cli.patents.anchors import Passage, Passages, sentences, terms
from taibao_cli.patents.claims.claimset import Claim
from taibao_cli.patents.claims.features import Feature, features
from taibao_cli.patents.document.chunks import parts_of
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.numerals import numerals

TASK: Final = "entail"
WIDTH: Final = 8
CANDIDATES: Final = 4
"""Sentences of the reference that are held against each feature."""

LIKELY: Final = 0.5
"""Probability that a sentence supports a feature, from which on it counts."""

HELD: Final = 0.5
"""Share of the feature's words, by weight, that the sentence must hold as well."""

_NUMERALS: Final = re.compile(r"[(（\[〔]\s*\d[\d\s,，;；、a-zA-Z]*[)）\]〕]")

HELD_ALONE: Final = 0.8
"""The same where the model does not judge."""

MAX_SIGNS: Final = 1000
"""Reference numerals that are told apart from figures."""

Verdict = Literal["disclosed", "not found"]
Dated = Literal["before", "not before", "unknown"]


@dataclass(frozen=True, slots=True)
class Found:
    """A sentence of the reference, word for word, at a place ("0012", "claim 3", "abstract")."""

    place: str
    quote: str
    p: float
    share: float
    missing_figures: tuple[str, ...] = ()
    judged: bool = True
    """Whether the probability counts; with small models words and figures alone decide."""

    @property
    def discloses(self) -> bool:
        enough = self.share >= HELD and self.p >= LIKELY if self.judged else self.share >= HELD_ALONE
        return enough and not self.missing_figures


@dataclass(frozen=True, slots=True)
class Row:
    """A feature and the sentence that speaks of it best; None when the reference has none of its words."""

    feature: Feature
    found: Found | None

    @property
    def verdict(self) -> Verdict:
        return "disclosed" if self.found is not None and self.found.discloses else "not found"


@dataclass(frozen=True, slots=True)
class Chart:
    """`dated`: whether the reference was published before the filing or priority date of the patent."""

    patent: Patent
    reference: Patent
    claim: Claim
    rows: tuple[Row, ...]
    dated: Dated
    model: str
    judges: bool
    """Whether the model had a say; False with small ones."""

    @property
    def disclosed(self) -> int:
        return sum(row.verdict == "disclosed" for row in self.rows)


def chart(
    patent: Patent, reference: Patent, number: int, engine: Engine, model: Model, overrides: Overrides | None = None
) -> Chart:
    """Hold each feature of a claim against the reference.

    Raises:
        UsageError: no such claim, or the two are in different languages.
        RowError: the model cannot answer.
    """
    claim = patent.claims.get(number)
    if claim is None:
        known = ", ".join(str(each.number) for each in patent.claims) or "none"
        raise UsageError(f"{patent.id}: no claim {number}; there are {known}")
    if patent.lang != reference.lang:
        raise UsageError(
            f"{patent.id} is in {patent.lang}, {reference.id} in {reference.lang}; translate one of them first"
        )
    source = Source.of(reference)
    asked = [(feature, source.candidates(feature.text)) for feature in features(claim)]
    pairs = [(candidate.quote, feature.text) for feature, found in asked for candidate in found]
    likely = _probabilities(pairs, engine, model, overrides)
    judges = model.prompt == "full"
    rows = tuple(Row(feature, _best(feature, found, likely, judges=judges)) for feature, found in asked)
    for row in rows:
        if row.found is not None and not verified(reference, row.found.place, row.found.quote):
            raise TaibaoError(f"{reference.id}: the quote for feature {row.feature.number} is not in {row.found.place}")
    return Chart(patent, reference, claim, rows, dated(patent, reference), model.label, judges)


def verified(reference: Patent, place: str, quote: str) -> bool:
    """Whether the quote stands word for word at that place of the reference."""
    texts = (passage.text for part in parts_of(reference) for passage in part.passages if passage.id == place)
    return bool(quote) and any(quote in text for text in texts)


def dated(patent: Patent, reference: Patent) -> Dated:
    """By the earliest priority or the filing date of the patent and the publication date of the reference. A reference
    of the same day is no prior art (CN Patent Law art. 22(5): 申请日以前)."""
    dates = [number.date for number in (*patent.priorities, patent.application) if number is not None and number.date]
    published = reference.publication.date if reference.publication is not None else ""
    if not dates or not published:
        return "unknown"
    return "before" if published < min(dates) else "not before"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of the reference, the same without reference numerals, and the share of a feature's words it holds."""

    place: str
    quote: str
    plain: str
    share: float


@dataclass(frozen=True, slots=True)
class Source:
    """The sentences of a reference, found by their words."""

    sentences: tuple[tuple[str, str], ...]
    index: Passages

    @classmethod
    def of(cls, reference: Patent) -> Source:
        passages = [passage for part in parts_of(reference) for passage in part.passages]
        found = tuple((passage.id, each) for passage in passages for each in sentences(passage.text))
        signs = {sign for passage in passages for sign in numerals(passage.text)}
        plain = _without(tuple({(sign.name, sign.sign) for sign in signs}))
        return cls(found, Passages(Passage(str(at), plain(quote)) for at, (_, quote) in enumerate(found)))

    def candidates(self, feature: str) -> list[Candidate]:
        """The sentences that hold most of the feature's words; its numerals in parentheses do not count."""
        ranked = self.index.ranked(_NUMERALS.sub(" ", feature), CANDIDATES)
        return [Candidate(*self.sentences[int(each.id)], each.text, share) for each, share in ranked]


def _without(signs: Sequence[tuple[str, str]]) -> Callable[[str], str]:
    """Takes the numerals of these parts, and those in parentheses, out of a text: 泵壳1, 泵壳(1) -> 泵壳."""
    pairs = sorted(signs, key=lambda pair: (-len(pair[0]), -len(pair[1]), pair))[:MAX_SIGNS]
    named = re.compile(
        "|".join(f"(?<={re.escape(name)})\\s?{re.escape(sign)}(?![\\d.])" for name, sign in pairs) or "$^"
    )
    return lambda text: named.sub("", _NUMERALS.sub(" ", text))


def _best(feature: Feature, found: Sequence[Candidate], likely: Iterator[float], *, judges: bool) -> Found | None:
    """The candidate that discloses, else the one with most of the words."""
    held = [
        Found(each.place, each.quote, next(likely), each.share, _missing_figures(feature.text, each.plain), judges)
        for each in found
    ]
    return max(held, key=lambda each: (each.discloses, each.share, each.p), default=None)


def _missing_figures(feature: str, quote: str) -> tuple[str, ...]:
    """Numbers of the feature that the quote does not have; reference numerals in parentheses do not count."""
    held = set(terms(quote))
    own = [term for term in terms(_NUMERALS.sub(" ", feature)) if term[0].isdigit()]
    return tuple(dict.fromkeys(term for term in own if term not in held))


def _probabilities(
    pairs: Sequence[tuple[str, str]], engine: Engine, model: Model, overrides: Overrides | None
) -> Iterator[float]:
    """How likely it is that the first of each pair supports the second."""
    rows = (Record(number, {"a": a, "b": b}, place="") for number, (a, b) in enumerate(pairs, 1))
    runner = Runner(engine, model, default_task=TASK, overrides=overrides, width=WIDTH)
    for _, row in runner.pairs(rows):
        error = row["error"]
        if error is not None:
            raise RowError(error["type"], error["message"], retryable=error["retryable"])
        yield next(float(label["p"]) for label in row["labels"] if label["label"] == "entailed")
