"""A statute text read into headings and passages. Every passage is a piece of the text, character for character."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from taibao_cli.knowledge.store.headings import goes_on, is_section, number_of, settle
from taibao_cli.knowledge.store.marks import Mark, lines_of, marks_of
from taibao_cli.patents.language import Lang, detect

PassageKind = Literal["front", "article", "section", "point", "paragraph"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at `start`:`end` of the text. Level 0 is the title; `label` is 第一章 or 4.1.1, "" where there is none.

    `path` names it from the outside, as citations do: 第二部分第三章2.1.
    """

    level: int
    label: str
    title: str
    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What is cited as one: an article, a section's own text, a point of a decision, a paragraph of other texts.

    The text is `start`:`end`, its label included; `body` is where the words after the label begin. `headings` are
    those above, outermost first, as indexes into the headings of the statute. `front` is what stands before the first
    of them: history and recitals.
    """

    kind: PassageKind
    label: str
    number: int
    sub: int
    headings: tuple[int, ...]
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class Statute:
    """A text of law, or another document, taken apart."""

    title: str
    lang: Lang
    text: str
    headings: tuple[Heading, ...]
    passages: tuple[Passage, ...]

    def text_of(self, passage: Passage) -> str:
        return self.text[passage.start : passage.end]

    def body_of(self, passage: Passage) -> str:
        """The words of a passage without its label."""
        return self.text[passage.body : passage.end]

    @property
    def articles(self) -> tuple[Passage, ...]:
        return tuple(passage for passage in self.passages if passage.kind == "article")

    @property
    def front(self) -> str:
        """What stands between the title and the first article, heading or point."""
        return "\n".join(self.text_of(passage) for passage in self.passages if passage.kind == "front")


def read_statute(text: str) -> Statute:
    """Take a text apart. Any text can be read: one without articles, headings and points becomes paragraphs."""
    marks = marks_of(text)
    headings = _headings([mark for mark in marks if mark.kind == "heading"])
    passages = list(_passages(text, marks, headings))
    if all(passage.kind == "front" for passage in passages):
        passages = list(_paragraphs(text, passages))
    title = headings[0].title if headings and headings[0].level == 0 else ""
    return Statute(title, detect(text), text, tuple(headings), tuple(passages))


def _headings(marks: list[Mark]) -> list[Heading]:
    """Headings with their paths. Sections are counted anew under each heading that has no section number."""
    found: list[Heading] = []
    above: list[Heading] = []
    before: tuple[int, ...] = ()
    for mark in marks:
        label = mark.label
        if not is_section(label):
            before = ()
        else:
            label, _ = settle(label, before)
            if goes_on(number_of(label), before):
                before = number_of(label)
        above = [heading for heading in above if heading.level < mark.level]
        units = [heading.label for heading in above if heading.label and not is_section(heading.label)]
        path = "".join([*units, label or mark.title])
        heading = Heading(mark.level, label, mark.title, path, mark.start, mark.end)
        found.append(heading)
        above.append(heading)
    return found


def _passages(text: str, marks: tuple[Mark, ...], headings: list[Heading]) -> Iterator[Passage]:
    index = {heading.start: at for at, heading in enumerate(headings)}
    above: list[int] = []
    bounds = [*(mark.start for mark in marks[1:]), len(text)]
    if not marks or marks[0].start > 0:
        yield from _piece(text, Passage("front", "", 0, 0, (), 0, 0, marks[0].start if marks else len(text)))
    for mark, end in zip(marks, bounds, strict=True) if marks else ():
        if mark.kind == "heading":
            heading = headings[index[mark.start]]
            above = [at for at in above if headings[at].level < heading.level]
            above.append(index[mark.start])
            kind: PassageKind = "front" if heading.level == 0 else "section"
            label = "" if heading.level == 0 else heading.path
            passage = Passage(kind, label, 0, 0, tuple(above), mark.end, mark.end, end)
        else:
            passage = Passage(mark.kind, mark.label, mark.number, mark.sub, tuple(above), mark.start, mark.end, end)
        yield from _piece(text, passage)


def _piece(text: str, passage: Passage) -> Iterator[Passage]:
    """The passage without the blanks around it; nothing when only blanks are left."""
    start, end = _trim(text, passage.start, passage.end)
    body, _ = _trim(text, max(passage.body, start), end)
    if start < end:
        yield replace(passage, start=start, body=body, end=end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return end - len(piece.lstrip()), start + len(piece.rstrip())


def _paragraphs(text: str, pieces: list[Passage]) -> Iterator[Passage]:
    """The lines of pieces of a text, each a passage."""
    lines = ((piece, line) for piece in pieces for line in lines_of(text[piece.start : piece.end]))
    for number, (piece, line) in enumerate(lines, 1):
        start, end = _trim(text, piece.start + line.start, piece.start + line.end)
        yield Passage("paragraph", f"¶{number}", number, 0, piece.headings, start, start, end)
