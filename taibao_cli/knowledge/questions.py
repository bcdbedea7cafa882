"""The shipped questions: what people ask of the laws in the table of facts, and of the entries of the primer.

`questions/laws/<law id>.tsv` has a line `# law version`, then a line for each article, section or point: its label, a
tab, and questions with ｜ between them. `questions/primer_zh.tsv` and `primer_en.tsv` have the id of an entry
for the label. The questions were written for the search and are never shown; they hold for that version alone.
`*.npz` is what was learned from them.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final, NamedTuple

from taibao_cli.knowledge.asked import Asked, Place
from taibao_cli.knowledge.likeness import Likeness
from taibao_cli.patents.language import Lang

_FOLDER: Final = resources.files("taibao_cli.knowledge").joinpath("questions")


class Article(NamedTuple):
    """A place of one version of a law: 22, or 三 for points, 第二部分第三章2.1 for sections, ¶6 for paragraphs."""

    law_id: str
    version: str
    label: str


Questions = Sequence[tuple[Place, str]]
"""Places, each with its questions, ｜ between them."""


@functools.cache
def of_laws() -> Questions[Article]:
    """The questions on the laws, read once."""
    files = sorted(_FOLDER.joinpath("laws").iterdir(), key=lambda file: file.name)
    return tuple(line for file in files for line in _articles(file.read_text(encoding="utf-8").splitlines()))


@functools.cache
def of_primer(lang: Lang) -> Questions[str]:
    """The questions on the entries of the primer, read once."""
    return tuple(map(_parted, _FOLDER.joinpath(f"primer_{lang}.tsv").read_text(encoding="utf-8").splitlines()))


@functools.cache
def asked_of_laws() -> Asked[Article]:
    """What is asked of the laws."""
    return Asked.of(of_laws(), _likeness("laws"))


@functools.cache
def asked_of_primer(lang: Lang) -> Asked[str]:
    """What is asked of the primer."""
    return Asked.of(of_primer(lang), _likeness(f"primer_{lang}"))


@functools.cache
def places_asked_of(law_id: str, version: str) -> int:
    """How many places of a version of a law have questions."""
    return sum(place.law_id == law_id and place.version == version for place, _ in of_laws())


def digest(questions: Questions[Place]) -> str:
    """A name for questions: what is learned from them says it."""
    return hashlib.sha256(repr(questions).encode("utf-8")).hexdigest()


def _likeness(name: str) -> Likeness:
    with _FOLDER.joinpath(f"{name}.npz").open("rb") as file:
        return Likeness.load(file)


def _articles(lines: Iterable[str]) -> Iterable[tuple[Article, str]]:
    first, *rest = lines
    _, law, version = first.split(" ")
    for line in rest:
        label, questions = _parted(line)
        yield Article(law, version, label), questions


def _parted(line: str) -> tuple[str, str]:
    label, questions = line.split("\t")
    return label, questions
