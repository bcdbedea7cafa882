"""Which passages of a document a sentence rests on, found by its words and figures alone."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from taibao_cli.patents.segments import segments

_RUNS: Final = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+|[㐀-鿿]+")
_ENDINGS: Final = (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""))
_LEAST: Final = 3
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "the and for with that this from are was were which wherein said one two such has have having may can being "
        "been into also its their they thereof present invention embodiment according",
    )
)
_SAYS_NOTHING: Final = re.compile(
    r"其特征(?:在于|是)|所述|所说|上述|前述|一[种个]|其中|包括|包含|设有|具有|用于|根据|进行|[的之了和与及或且并其该]"
)
"""Words of Chinese claims that part others, and are in every sentence."""

SUPPORT: Final = 0.6
"""Share of the weight of a sentence's words that a passage, or two together, must hold to support it."""

_SECOND: Final = 0.15
"""What a second passage must add to be named as well."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that is cited as one, by `id` ("0012", "claim 1"); several may share an id, as parts of one paragraph."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The passages that a sentence rests on, best first, and the share of its words (by weight) that they hold."""

    ids: tuple[str, ...]
    share: float
    missing_figures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the sentence is supported: enough of its words, and all of its figures."""
        return self.share >= SUPPORT and not self.missing_figures


def terms(text: str) -> list[str]:
    """Pairs of Chinese characters, English words without the endings of plurals and of -ing, -ed, figures."""
    found: list[str] = []
    for run in _RUNS.findall(_SAYS_NOTHING.sub(" ", unicodedata.normalize("NFKC", text).lower())):
        if run[0].isdigit():
            found.append(run.replace(",", ""))
        elif run.isascii():
            found += [_stem(run)] if len(run) >= _LEAST and run not in _COMMON else []
        else:
            found += [run[at : at + 2] for at in range(max(1, len(run) - 1))]
    return found


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each as it stands in it."""
    return (part.text.strip() for part in segments(text, 1 << 30) if part.text.strip())


class Passages:
    """Passages, indexed by their words."""

    def __init__(self, passages: Iterable[Passage]) -> None:
        self.passages: Sequence[Passage] = tuple(passages)
        self._terms = [frozenset(terms(passage.text)) for passage in self.passages]
        self._in: defaultdict[str, list[int]] = defaultdict(list)
        for at, held in enumerate(self._terms):
            for term in held:
                self._in[term].append(at)

    def weight(self, term: str) -> float:
        """How much a word says: the rarer among the passages, the more; one they do not have as much as the rarest."""
        count = max(1, len(self._in.get(term, ())))
        return math.log(1 + (len(self.passages) - count + 0.5) / (count + 0.5))

    def ranked(self, text: str, limit: int) -> list[tuple[Passage, float]]:
        """The passages that hold most of the words of a text, with the share of weight they hold, best first."""
        own = frozenset(terms(text))
        total = sum(map(self.weight, own))
        scores: Counter[int] = Counter()
        for term in own:
            weight = self.weight(term)
            for at in self._in.get(term, ()):
                scores[at] += weight  # type: ignore[assignment]
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]
        return [(self.passages[at], score / total) for at, score in best]

    def anchor(self, sentence: str) -> Anchor:
        """The passage that holds most of a sentence, and a second one if it adds much of the rest."""
        own = frozenset(terms(sentence))
        total = sum(map(self.weight, own))
        if not total:
            return Anchor((), 0.0)
        ids: list[str] = []
        held: frozenset[str] = frozenset()
        for _ in range(2):
            at = max(
                {place for term in own - held for place in self._in.get(term, ())},
                key=lambda place: (sum(map(self.weight, (own - held) & self._terms[place])), -place),
                default=None,
            )
            gain = sum(map(self.weight, (own - held) & self._terms[at])) / total if at is not None else 0.0
            if at is None or (ids and gain < _SECOND):
                break
            ids.append(self.passages[at].id)
            held |= own & self._terms[at]
        figures = tuple(sorted(term for term in own - held if term[0].isdigit() and len(term) > 1))
        return Anchor(tuple(dict.fromkeys(ids)), sum(map(self.weight, held)) / total, figures)

    def nearest_sentence(self, sentence: str, own: str) -> str:
        """The sentence of the passages with this id that shares most with another one."""
        wanted = frozenset(terms(sentence))
        found = [each for passage in self.passages if passage.id == own for each in sentences(passage.text)]

        def shared(at: int) -> float:
            held = frozenset(terms(found[at]))
            return sum(map(self.weight, held & wanted)) / (1 + sum(map(self.weight, held | wanted)))

        return found[max(range(len(found)), key=lambda at: (shared(at), -at))]

    def central(self, limit: int) -> list[tuple[str, str]]:
        """(id, sentence) of the sentences that hold most of what the passages say, in the order of the text."""
        common = Counter(term for held in self._terms for term in held)
        found = [(passage.id, each) for passage in self.passages for each in sentences(passage.text)]

        def score(at: int) -> float:
            own = set(terms(found[at][1]))
            return sum(common[term] for term in own) / math.sqrt(len(own) + 4)

        best = sorted(range(len(found)), key=lambda at: (-score(at), at))[:limit]
        return [found[at] for at in sorted(best)]


def _stem(word: str) -> str:
    for ending, left in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)] + left
    return word
