"""Questions that mean the same in other words: vectors of words and of places, learned from the shipped questions.

`train/likeness.py` makes the files, `questions/*.npz`. A question is the sum of the vectors of its words, and
its likeness to a place is the cosine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from taibao_cli.knowledge.words import EN_FILLER, canonical, stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LETTER: Final = re.compile("[㐀-䶿一-鿿]|[a-z0-9]+|[^㐀-䶿一-鿿a-z0-9]+")
_STEPS: Final = 127
"""Vectors are kept in whole numbers up to this, each word with its scale."""


def words_of(text: str) -> set[str]:
    """Chinese characters and stems, and pairs of neighbours: 专, 专 利, patent. Words like "the" part them."""
    found: set[str] = set()
    before = ""
    for letter in _LETTER.findall(canonical(text)):
        if not letter[0].isalnum() or letter in EN_FILLER:
            before = ""
            continue
        word = stem(letter) if letter.isascii() else letter
        found.add(word)
        if before:
            found.add(f"{before} {word}")
        before = word
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """`vectors` and `scales` of words, and the vectors of places, in the order of the questions they were learned
    from, of which `learned_from` is the hash."""

    words: Mapping[str, int]
    vectors: NDArray[np.int8]
    scales: NDArray[np.float16]
    places: NDArray[np.int8]
    learned_from: str

    @staticmethod
    def load(file: IO[bytes]) -> Likeness:
        import numpy as np

        with np.load(file) as data:
            words = bytes(data["words"]).decode("utf-8").split("\n")
            at = {word: number for number, word in enumerate(words)}
            return Likeness(at, data["vectors"], data["scales"], data["places"], str(data["learned_from"]))

    @staticmethod
    def save(
        path: Path, words: list[str], vectors: NDArray[np.float32], places: NDArray[np.float32], learned_from: str
    ) -> None:
        """Write vectors in whole numbers."""
        import numpy as np

        scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / _STEPS
        np.savez_compressed(
            path,
            words=np.frombuffer("\n".join(words).encode("utf-8"), np.uint8),
            vectors=np.rint(vectors / scales[:, None]).astype(np.int8),
            scales=scales.astype(np.float16),
            places=np.rint(places * _STEPS).astype(np.int8),
            learned_from=np.array(learned_from),
        )

    def of(self, question: str) -> NDArray[np.float32]:
        """How like a question is to every place, 0 to 1."""
        import numpy as np

        at = [self.words[word] for word in words_of(question) if word in self.words]
        vector = self.scales[at].astype(np.float32) @ self.vectors[at].astype(np.float32)
        length = float(np.linalg.norm(vector)) * _STEPS
        like: NDArray[np.float32] = self.places.astype(np.float32) @ vector / (length or 1.0)
        return np.maximum(like, np.float32(0.0))
