"""Where the parts of a statute text begin: headings, articles, points of amending decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.knowledge.numerals import NUMERAL, from_han
from taibao_cli.knowledge.store.headings import plain_level, split_label

Kind = Literal["heading", "article", "point"]

_MARKDOWN: Final = re.compile(r"(#{1,6})[ \t　]+(.*?)[ \t　]*#*")
_OPENING: Final = r"[ \t　]*(?:#{1,6}[ \t　]+)?(?:\*\*|__)?"
_CLOSING: Final = r"(?:\*\*|__)?"
_ARTICLE_ZH: Final = re.compile(
    rf"{_OPENING}(第[ 　]?([{NUMERAL}0-9０-９]+)[ 　]?条(?:之([{NUMERAL}]+))?){_CLOSING}(?P<parted>[\s　：:]+|$)?"
)
_ARTICLE_EN: Final = re.compile(
    rf"{_OPENING}((?:Article|ARTICLE|Art\.|Rule|Section|§)[ \t]*([0-9]{{1,4}})([a-z])?){_CLOSING}"
    r"(?:[ \t]*(?:[.:–—]|-(?=\s)|$)[ \t]*|[ \t]+(?=[A-Z(\[“\"]))"
)
_REFERENCE_ZH: Final = re.compile(r"第|规定|的|、|和|至|或|与|所|及|中|，|。|；")
_POINT: Final = re.compile(rf"[ \t　]*([{NUMERAL}]+)、|[ \t　]*([0-9]{{1,3}})[.．、]")
_CLOSING_WORDS: Final = re.compile(r"[ \t　]*本(?:决定|规定|解释|批复)自.{1,20}起施行")
_CONTENTS: Final = re.compile(r"[ \t　#*]*目[ \t　]*[录次][ \t　*]*")
_TITLE_WITHIN: Final = 10
_TITLE_LONGEST: Final = 150


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its break; `start` and `end` are offsets into the text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The beginning of a part at `start`; its own words (a label, a whole heading) end at `end`.

    `level` is that of a heading, 0 for the title. `sub` is y in 第X条之y, or the letter of Article 22a counted from 1.
    """

    kind: Kind
    start: int
    end: int
    label: str
    title: str = ""
    level: int = 0
    number: int = 0
    sub: int = 0


def lines_of(text: str) -> list[Line]:
    """The lines of a text that are not blank; CR LF and LF both end a line."""
    found, start = [], 0
    for raw in text.split("\n"):
        line = raw.removesuffix("\r")
        if line.strip():
            found.append(Line(start, start + len(line), line))
        start += len(raw) + 1
    return found


def marks_of(text: str) -> tuple[Mark, ...]:
    """All marks in order, the title first where there is one.

    A text that uses Markdown has its headings there; else lines like 第一章 总则 are headings, and a table of contents
    is passed over. Only a text without articles is cut at its points (一、 and 1.).
    """
    lines = lines_of(text)
    title = _title(lines)
    rest = [line for line in lines if title is None or line.start > title.start]
    markdown = any(_MARKDOWN.fullmatch(line.text) for line in rest)
    articles = {mark.start: mark for mark in _articles(rest)}
    headings = _markdown_headings(rest) if markdown else _plain_headings(rest)
    marks = {mark.start: mark for mark in headings} | articles
    if not articles and not markdown:
        marks |= {mark.start: mark for mark in _points(rest)}
    return (*([title] if title else []), *(marks[at] for at in sorted(marks)))


def _title(lines: Sequence[Line]) -> Mark | None:
    for line in lines[:_TITLE_WITHIN]:
        if match := _MARKDOWN.fullmatch(line.text):
            return Mark("heading", line.start, line.end, "", match[2])
        if _article(line, 0) is not None:
            break
    first = next((line for line in lines if not line.text.lstrip().startswith("<!--")), None)
    if first is None or len(first.text) > _TITLE_LONGEST or plain_level(first.text.strip()) or _article(first, 0):
        return None
    return Mark("heading", first.start, first.end, "", first.text.strip())


def _markdown_headings(lines: Iterable[Line]) -> Iterator[Mark]:
    for line in lines:
        if match := _MARKDOWN.fullmatch(line.text):
            label, title = split_label(match[2])
            yield Mark("heading", line.start, line.end, label, title, len(match[1]))


def _plain_headings(lines: Sequence[Line]) -> list[Mark]:
    found: list[Mark] = []
    contents: str | None = None
    for line in lines:
        words = line.text.strip()
        if _CONTENTS.fullmatch(line.text):
            contents = ""
        elif (level := plain_level(words)) is not None:
            if contents == words:
                contents, found = None, []
            elif contents == "":
                contents = words
            label, title = split_label(words)
            found.append(Mark("heading", line.start, line.end, label, title, level))
    return found


def _articles(lines: Iterable[Line]) -> Iterator[Mark]:
    before = 0
    for line in lines:
        mark = _article(line, before)
        if mark is not None:
            before = mark.number
            yield mark


def _article(line: Line, before: int) -> Mark | None:
    """The article that begins with the line. A label without a gap after it must be the next one to count."""
    if match := _ARTICLE_ZH.match(line.text):
        number, sub = from_han(match[2]), from_han(match[3] or "") or 0
        after = line.text[match.end() :]
        glued = match["parted"] is None and (_REFERENCE_ZH.match(after) or number not in (before + 1, before))
        if number is None or glued or (match[3] and not sub):
            return None
        return Mark("article", _indented(line), line.start + match.end(), match[1], "", 0, number, sub)
    if (match := _ARTICLE_EN.match(line.text)) and int(match[2]) >= max(before, 1):
        sub = ord(match[3]) - ord("a") + 1 if match[3] else 0
        return Mark("article", _indented(line), line.start + match.end(), match[1], "", 0, int(match[2]), sub)
    return None


def _indented(line: Line) -> int:
    """Offset of the first visible character of the line."""
    return line.end - len(line.text.lstrip())


def _points(lines: Sequence[Line]) -> Iterator[Mark]:
    """Points outside quotation marks; one that is no sentence (一、修改《…》) is a heading over those that follow."""
    above, quoted = "", 0
    for line in lines:
        match = _POINT.match(line.text)
        if quoted <= 0 and _CLOSING_WORDS.match(line.text) and above:
            yield Mark("point", line.start, line.start, "附则")
        elif quoted <= 0 and match and match[1]:
            above = match[1]
            if line.text.rstrip().endswith(("。", "；", "：", ":", ";", "”")):
                yield Mark("point", line.start, line.start + match.end(), above)
            else:
                yield Mark("heading", line.start, line.end, above, line.text[match.end() :].strip(), 2)
        elif quoted <= 0 and match and above:
            yield Mark("point", line.start, line.start + match.end(), f"{above}、{match[2]}")
        quoted += line.text.count("“") - line.text.count("”")
