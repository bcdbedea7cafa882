"""Help in the user's language: click's own words, the descriptions of options, lines that end where Chinese may."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import click

from taibao_cli.messages import locale_language, say
from taibao_cli.messages.errors import read_catalogue
from taibao_cli.patents.language import Lang

_FACTS: Final = re.compile(r"(.*?)\s*(?:\[([^\[\]]+)\])?", re.DOTALL)
"""What click adds to a description: `[default: 8; x>=1]`."""

_CHINESE_LINE_END: Final = re.compile(r"(?<=[^\x00-\x7f])\n\s*(?=[^\x00-\x7f])")


class HelpPage(click.HelpFormatter):
    """The page that `--help` prints."""

    def __init__(self, indent_increment: int = 2, width: int | None = None, max_width: int | None = None) -> None:
        super().__init__(indent_increment, width, max_width)
        self._lang = _language()

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or say("help-usage", self._lang))

    def write_heading(self, heading: str) -> None:
        known = {"Options": "help-options", "Commands": "help-commands"}
        self.write(" " * self.current_indent + say(known[heading], self._lang) + "\n")

    def write_text(self, text: str) -> None:
        paragraphs = re.split(r"\n\s*\n", text)
        if self._lang == "zh":
            paragraphs.sort(key=lambda paragraph: paragraph[:1].isascii())
        for number, paragraph in enumerate(paragraphs):
            indent = " " * (self.current_indent + len(paragraph) - len(paragraph.lstrip()))
            joined = " ".join(_CHINESE_LINE_END.sub("", paragraph).split())
            lines = _lines(joined, self.width - len(indent))
            self.write("\n" * bool(number) + "".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        lead, column = " " * self.current_indent, min(max(len(term) for term, _ in rows), col_max) + col_spacing
        for term, words in rows:
            lines = _lines(described(words, self._lang), self.width - len(lead) - column)
            own = len(term) > column - col_spacing
            first = [lead + term, *lines] if own else [lead + term.ljust(column) + "".join(lines[:1]), *lines[1:]]
            self.write("\n".join([first[0].rstrip(), *(lead + " " * column + line for line in first[1:])]) + "\n")


def described(words: str, lang: Lang) -> str:
    """What click says of an option, in that language; what has no translation stays as it is."""
    words = " ".join(words.split())
    match = _FACTS.fullmatch(words)
    if lang == "en" or match is None:
        return words
    known, (own, facts) = _translations(), match.groups()
    head, colon, rest = own.partition(": ")
    chinese = known.get(own) or (f"{known[head]}：{rest}" if colon and head in known else own)
    return f"{chinese} [{'；'.join(map(_fact, facts.split('; ')))}]".strip() if facts else chinese


def _fact(fact: str) -> str:
    name, colon, value = fact.partition(": ")
    return {"default": "默认", "required": "必填"}.get(name, name) + ("：" if colon else "") + value


@cache
def _translations() -> dict[str, str]:
    return dict(read_catalogue("options_zh.tsv"))


def _lines(text: str, width: int) -> Sequence[str]:
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False)
    if len(text) + sum(not character.isascii() for character in text) <= width:
        return [text]
    from taibao_cli.line_breaks import breaks  # here, because the list of commands should not load rich

    at = [0, *breaks(text, width), len(text)]
    return [text[begin:end].rstrip() for begin, end in pairwise(at)]


def _language() -> Lang:
    """As `--lang` says, or what is set; of the locale before anything is known."""
    from taibao_cli.cli.root import Settings

    context = click.get_current_context(silent=True)
    if context is None:
        return locale_language()
    found = context.find_object(Settings)
    said: Lang | None = context.find_root().params.get("lang")
    return said or (found.lang if found else locale_language())
