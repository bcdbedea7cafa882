"""The question sets of tests/fixtures/law_questions, and the official texts beside the repository that answer them.

zh*.tsv ask for articles of the official texts, en*.tsv for entries of the primer, unanswerable.tsv for nothing that is
here. The search was tuned with all but zh_held.tsv and en_held.tsv in sight. These two were written by one who saw
none of the lists that come with the program, and were run once. Those who wrote the lists saw no set.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from taibao_cli.knowledge.store.database import StatuteStore
from taibao_cli.knowledge.store.hit import Hit
from tests.knowledge.store.texts import source

LAW = Path(__file__).parents[2] / "../shared/data/law"
ON = "2026-06-01"
_FOLDER = Path(__file__).parents[1] / "fixtures/law_questions"


@dataclass(frozen=True)
class Question:
    id: str
    answers: tuple[str, ...]
    text: str


def questions(name: str) -> list[Question]:
    """The questions of a file: zh, zh_apart, zh_new, zh_held, en, en_apart, en_held or unanswerable."""
    rows = [line.split("\t") for line in (_FOLDER / f"{name}.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    return [Question(row[0], tuple(row[1].split(" ")) if len(row) == 3 else (), row[-1]) for row in rows]


def official_store(path: Path) -> None:
    """A store of all official texts."""
    names = sorted(file.name for file in LAW.glob("*.md") if file.name != "INDEX.md")
    with StatuteStore.open(path) as store:
        store.add([source((LAW / name).read_bytes().decode("utf-8"), name) for name in names])


def place_of(hit: Hit) -> str:
    """`patent-law:22`, `examination-guidelines:第二部分第三章2.1`."""
    passage = hit.passage
    return f"{hit.text.law_id}:{passage.number if passage.number and not passage.sub else passage.label}"


def recall(found: list[list[str]], asked: list[Question]) -> float:
    """The share of the questions one of whose answers is among those found."""
    return sum(not set(question.answers).isdisjoint(one) for question, one in zip(asked, found, strict=True)) / len(
        asked
    )
