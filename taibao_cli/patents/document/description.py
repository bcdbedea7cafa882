"""Descriptions: loose pieces -> sections of numbered paragraphs, and sections <-> one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from taibao_cli.patents.document.headings import is_flat_heading, kind_of
from taibao_cli.patents.document.patent import Paragraph, Section, SectionKind

_MARK: Final = re.compile(r"[\[【]\s*(\d{4,5})\s*[\]】]")
_MARKDOWN: Final = re.compile(r"#{1,6}\s+(?=\S)")
_WRAPPED: Final = 40
"""A line of at least so many characters that ends within a sentence goes on in the next one."""

_ENDED: Final = re.compile(r"[.。;；:：!！?？…”\"'）)\]|$]$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A heading or a paragraph as it was found.

    Attributes:
        id: as written, empty where nothing is.
        heading: marked as one by its source.
        kind: the part that the source says it is in; None when it does not say.
    """

    text: str
    id: str = ""
    heading: bool = False
    kind: SectionKind | None = None


@dataclass(frozen=True, slots=True)
class Sections:
    sections: tuple[Section, ...]
    counted: bool


def build_sections(pieces: Iterable[Piece]) -> Sections:
    """Put paragraphs below their headings.

    A paragraph without a number among numbered ones gets that of the one before and a count ("0012-1"); where none has
    one, all are counted from "0001".
    """
    drafts: list[_Draft] = []
    count, last, extra = 0, "", 0
    given = False
    for piece in pieces:
        text = piece.text.strip()
        if not text:
            continue
        if piece.heading or _is_heading(text, piece.kind):
            drafts.append(_Draft(_kind_of(text, piece, drafts), text, piece.id, [], piece.kind))
            continue
        if not drafts or (piece.kind is not None and piece.kind != drafts[-1].within):
            drafts.append(_Draft(piece.kind or "other", "", "", [], piece.kind))
        if piece.id:
            last, extra, given = piece.id, 0, True
            own = piece.id
        elif given:
            extra += 1
            own = f"{last}-{extra}"
        else:
            count += 1
            own = f"{count:04d}"
        drafts[-1].paragraphs.append(Paragraph(own, text))
    sections = tuple(draft.finished() for draft in drafts)
    return Sections(sections, counted=count > 0)


def _is_heading(text: str, kind: SectionKind | None) -> bool:
    """Whether a paragraph is a heading after all: of the part that it stands in, where its source says which."""
    return is_flat_heading(text) and (kind is None or kind_of(text) == kind)


@dataclass(slots=True)
class _Draft:
    kind: SectionKind
    heading: str
    heading_id: str
    paragraphs: list[Paragraph]
    within: SectionKind | None
    """The part that its source says it is in; its heading may say better."""

    def finished(self) -> Section:
        return Section(self.kind, self.heading, tuple(self.paragraphs), self.heading_id)


def _kind_of(text: str, piece: Piece, before: list[_Draft]) -> SectionKind:
    """By the words of the heading, by the part it stands in, or that of the section it is a part of."""
    return kind_of(text) or piece.kind or (before[-1].kind if before else "other")


def description_text(sections: Iterable[Section]) -> str:
    """The text of a row: a line "## heading" or, where headings are numbered, "[0001] heading"; paragraphs as
    "[0002] text". `read_description` reads it back."""
    lines: list[str] = []
    for section in sections:
        if section.heading:
            lines.append(f"[{section.heading_id}] {section.heading}" if section.heading_id else f"## {section.heading}")
        lines += [f"[{paragraph.id}] {paragraph.text}" for paragraph in section.paragraphs]
    return "\n".join(lines)


def read_description(text: str) -> Sections:
    """The sections of a text: numbers like [0012] begin paragraphs, "## …" and known headings begin sections.

    A text without numbers has a paragraph for each line; a line that was only wrapped goes on in the next one.
    """
    return build_sections(_numbered(text) if _MARK.search(text) else _lines(text))


def _numbered(text: str) -> Iterator[Piece]:
    """Cut at numbers that begin a line or follow the one before; other lines go on with their paragraph."""
    marks: list[re.Match[str]] = []
    for match in _MARK.finditer(text):
        at_line = not text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip(" \t\u3000#")
        if at_line or (marks and int(match[1]) == int(marks[-1][1]) + 1):
            marks.append(match)
    if not marks:
        yield from _lines(text)
        return
    yield from _lines(text[: marks[0].start()])
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=True):
        yield from _paragraph(mark[1], text[mark.end() : end])


def _paragraph(own: str, text: str) -> Iterator[Piece]:
    """A numbered paragraph; headings after it, which stand alone in their lines, end it."""
    kept: list[str] = []
    for line in text.strip().split("\n"):
        marked = _MARKDOWN.match(line.strip())
        if marked or (kept and is_flat_heading(line.strip())):
            if kept:
                yield Piece("\n".join(kept), own)
                kept, own = [], ""
            yield Piece(line.strip()[marked.end() if marked else 0 :], heading=True)
        else:
            kept.append(line.rstrip())
    if any(kept):
        yield Piece("\n".join(kept), own)


def _lines(text: str) -> Iterator[Piece]:
    held = ""
    for line in text.split("\n"):
        clean = line.strip()
        marked = _MARKDOWN.match(clean)
        if not clean or marked or is_flat_heading(clean):
            if held:
                yield Piece(held)
            held = ""
            if clean:
                yield Piece(clean[marked.end() if marked else 0 :], heading=True)
        elif held and len(held) >= _WRAPPED and not _ENDED.search(held):
            held += ("" if ord(held[-1]) > 0x2E80 or ord(clean[0]) > 0x2E80 else " ") + clean
        else:
            if held:
                yield Piece(held)
            held = clean
    if held:
        yield Piece(held)
