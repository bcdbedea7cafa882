"""What can be wrong with instruction data: each example alone, examples among each other, training against test."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from train.instructions.conversation import Conversation, Place, Problem
from train.instructions.labels import foreign_label
from train.instructions.near import near_pairs

NEAR: Final = 0.85
"""Likeness from which two examples count as the same."""

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_SIGNS: Final = re.compile(r"[\s/.-]")

Length = Callable[[Conversation], int]


@dataclass(frozen=True, slots=True)
class Report:
    """`lengths` are those of the examples without problems of their own."""

    examples: int
    problems: tuple[Problem, ...]
    lengths: tuple[int, ...]

    @property
    def kinds(self) -> Counter[str]:
        return Counter(problem.kind for problem in self.problems)

    @property
    def leaks(self) -> bool:
        return any(problem.kind == "leak" for problem in self.problems)


def check(
    training: Sequence[Conversation | Problem],
    test: Sequence[Conversation | Problem] = (),
    *,
    length: Length,
    longest: int | None = None,
) -> Report:
    """All checks.

    Args:
        training, test: what `read_files` gave.
        length: of an example, in the unit of `longest` (tokens, or characters).
        longest: what an example may have; None: no bound.
    """
    problems = [item for item in (*training, *test) if isinstance(item, Problem)]
    read = [item for item in training if isinstance(item, Conversation)]
    apart = [item for item in test if isinstance(item, Conversation)]
    lengths = [length(example) for example in read]
    for example, size in zip(read, lengths, strict=True):
        problems += _alone(example, size, longest)
    problems += _repeated(read)
    problems += _leaks(read, apart)
    return Report(len(read), tuple(problems), tuple(lengths))


def _alone(example: Conversation, size: int, longest: int | None) -> Iterator[Problem]:
    place = example.place
    for message in example.messages:
        if not message.content.strip() and message.role != "system":
            yield Problem("empty", place, f"the {'answer' if message.role == 'assistant' else 'question'} is empty")
        if not unicodedata.is_normalized("NFC", message.content):
            yield Problem("not nfc", place, "characters that Qwen's tokenizer changes; normalise to NFC")
        if found := _CONTROL.search(message.content):
            yield Problem("encoding", place, f"U+{ord(found[0]):04X} in the {message.role}'s text; decoded wrongly?")
    if longest is not None and size > longest:
        yield Problem("too long", place, f"{size}, over {longest}; the answer would be cut")
    if example.answer.strip() and (wrong := foreign_label(example)):
        yield Problem("label", place, wrong)


def _repeated(examples: Sequence[Conversation]) -> Iterator[Problem]:
    """The same example again; the same question with another answer; an example almost the same."""
    seen: dict[str, tuple[Place, str]] = {}
    rest = []
    for example in examples:
        asked, answer = _plain(example.asked), _plain(example.answer)
        if asked not in seen:
            seen[asked] = (example.place, answer)
            rest.append(example)
            continue
        first, given = seen[asked]
        same = given == answer
        text = f"the same as {first}" if same else f"asks what {first} asks, and answers otherwise"
        yield Problem("duplicate" if same else "contradiction", example.place, text, first)
    for earlier, later, like in near_pairs([f"{each.asked}\n{each.answer}" for each in rest], NEAR):
        first = rest[earlier].place
        yield Problem("near duplicate", rest[later].place, f"shares {like:.0%} with {first}", first)


def _leaks(training: Sequence[Conversation], test: Sequence[Conversation]) -> Iterator[Problem]:
    """Examples of the test that training has seen: by publication number, family, question, likeness."""
    numbers = {_SIGNS.sub("", each.number).upper(): each.place for each in training if each.number}
    families = {each.family: each.place for each in training if each.family}
    asked = {_plain(each.asked): each.place for each in training}
    rest = []
    for example in test:
        number = _SIGNS.sub("", example.number).upper()
        if number and number in numbers:
            yield Problem("leak", example.place, f"{example.number} is trained at {numbers[number]}", numbers[number])
        elif example.family in families:
            first = families[example.family]
            yield Problem("leak", example.place, f"its family {example.family} is trained at {first}", first)
        elif (question := _plain(example.asked)) in asked:
            yield Problem("leak", example.place, f"its question is trained at {asked[question]}", asked[question])
        else:
            rest.append(example)
    known = len(training)
    texts = [each.asked for each in (*training, *rest)]
    for earlier, later, like in near_pairs(texts, NEAR) if rest else ():
        if earlier < known <= later:
            first = training[earlier].place
            yield Problem("leak", rest[later - known].place, f"its question is {like:.0%} like {first}", first)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())
