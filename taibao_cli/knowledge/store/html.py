"""A page of HTML -> text: blocks are lines, headings become Markdown, scripts and styles go. Nothing is fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_BLOCKS: Final = frozenset((
    "address", "article", "blockquote", "br", "center", "dd", "div", "dl", "dt", "footer", "form", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
))  # fmt: skip
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_HIDDEN: Final = frozenset(("script", "style", "noscript", "template", "iframe", "object", "svg", "select", "textarea"))
_SPACE: Final = re.compile(r"[ \t\r\n\f\xa0]+")


def html_text(page: str) -> str:
    """The text of a page, a line for each block; its title is the first heading where it has no h1."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    lines = [line for line in (_SPACE.sub(" ", line).strip(" ") for line in reader.lines()) if line]
    if reader.title.strip() and not any(line.startswith("# ") for line in lines):
        lines.insert(0, f"# {_SPACE.sub(' ', reader.title).strip()}")
    return "\n\n".join(lines) + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._hidden = 0
        self._in_title = False
        self.title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "title":
            self._in_title = True
        elif tag in _HEADINGS:
            self._pieces.append(f"\0{'#' * _HEADINGS[tag]} ")
        elif tag in _BLOCKS:
            self._pieces.append("\0")
        elif tag in ("td", "th"):
            self._pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "title":
            self._in_title = False
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._pieces.append("\0")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._hidden:
            self._pieces.append(data.replace("\0", ""))

    def lines(self) -> list[str]:
        return "".join(self._pieces).split("\0")
