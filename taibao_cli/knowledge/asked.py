"""What people ask, and which place answers it: questions of many places, and how near another question is to each.

A text is a row of letters: a Chinese character is one, and so is a word in Latin script, by its stem, words like "the"
left out. What is compared are letters and pairs of neighbouring letters, and vectors, where there are any.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from taibao_cli.knowledge.likeness import Likeness
from taibao_cli.knowledge.words import EN_FILLER, canonical, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Place = TypeVar("Place")

_K1, _B = 1.2, 0.6
_LIKENESS_WEIGHT: Final = 0.35
"""What full likeness counts, as a share of the weight of the question."""

_LATIN: Final = re.compile(r"[a-z0-9]+")
_LETTERS: Final = re.compile("[㐀-䶿一-鿿\U000f0000-\U000fffff]+")
_FIRST_STEM: Final = 0xF0000
"""Stems are letters of the private use area, in the order in which they appear."""
_LAST_STEM: Final = 0xFFFFF
"""From here downwards they are those of a question that no text has."""


@dataclass(frozen=True, slots=True)
class Near:
    """How near a question is to the questions of a place: BM25 and likeness, the share of its weight (idf) that they
    hold, and likeness alone, 0 to 1."""

    score: float
    coverage: float
    likeness: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Asked(Generic[Place]):
    """The questions of many places: `letters` of all, one after the other, `owner` the place of each letter, `lengths`
    what the number of letters of a place does to a word in BM25. `likeness` has the same places."""

    places: tuple[Place, ...]
    letters: NDArray[np.uint32]
    owner: NDArray[np.int32]
    lengths: NDArray[np.float64]
    stems: Mapping[str, str]
    likeness: Likeness | None = None

    @staticmethod
    def of(questions: Iterable[tuple[Place, str]], likeness: Likeness | None = None) -> Asked[Place]:
        """The questions of each place, as one text."""
        import numpy as np

        stems: dict[str, str] = {}
        places, texts = [], []
        for place, text in questions:
            places.append(place)
            texts.append(_spelled(text, lambda word: stems.setdefault(word, chr(_FIRST_STEM + len(stems)))) + " ")
        letters = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
        each = np.array([len(text) for text in texts])
        return Asked(
            tuple(places),
            letters,
            np.repeat(np.arange(len(texts), dtype=np.int32), each),
            _K1 * (1 - _B + _B * each / each.mean()),
            stems,
            likeness,
        )

    def near(self, question: str) -> dict[Place, Near]:
        """The places some of whose questions share a word with this one, or are like it."""
        import numpy as np

        scores, covered, total = np.zeros(len(self.places)), np.zeros(len(self.places)), 0.0
        for at in self._words(question):
            counts = np.bincount(self.owner[at], minlength=len(self.places))
            having = np.count_nonzero(counts)
            idf = math.log(1 + (len(self.places) - having + 0.5) / (having + 0.5))
            scores += idf * counts * (_K1 + 1) / (counts + self.lengths)
            covered += idf * (counts > 0)
            total += idf
        like = self.likeness.of(question) if self.likeness and total else np.zeros(len(self.places), np.float32)
        scores += _LIKENESS_WEIGHT * total * like
        return {
            self.places[at]: Near(float(scores[at]), float(covered[at] / total), float(like[at]))
            for at in np.flatnonzero(scores)
        }

    def _words(self, question: str) -> Iterable[NDArray[np.intp]]:
        """Where each letter of a question stands in the texts, and each pair of its letters."""
        import numpy as np

        new: dict[str, str] = {}
        letter = lambda word: self.stems.get(word) or new.setdefault(word, chr(_LAST_STEM - len(new)))  # noqa: E731
        runs = _LETTERS.findall(_spelled(question, letter))
        single = {letter: np.flatnonzero(self.letters == ord(letter)) for run in runs for letter in run}
        yield from single.values()
        for first, second in {pair for run in runs for pair in itertools.pairwise(run)}:
            yield single[first][self.letters[single[first] + 1] == ord(second)]


def _spelled(text: str, letter: Callable[[str], str]) -> str:
    """A text with a letter for each of its Latin words, none for those that only join."""
    return _LATIN.sub(lambda found: " " if found.group() in EN_FILLER else letter(stem(found.group())), canonical(text))
