"""Whether articles, items and sections are numbered without gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.knowledge.store.headings import goes_on, is_section, number_of, settle, split_label
from taibao_cli.knowledge.store.paragraphs import Item, paragraphs
from taibao_cli.knowledge.store.statute import Statute
from taibao_cli.patents.language import Lang

_EXCERPT: Final = re.compile(r"节选|摘录|选编|excerpt|extract", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where the numbering is broken. `line` is counted from 1."""

    code: Literal["article-gap", "article-repeated", "item-gap", "section-gap", "section-mended"]
    line: int
    label: str
    zh: str
    en: str

    def text(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def is_excerpt(statute: Statute) -> bool:
    """Whether the title says that the text is a part of a law; its articles need not follow one another."""
    return _EXCERPT.search(statute.title) is not None


def numbering(statute: Statute) -> tuple[Finding, ...]:
    """Everything that is not numbered one after the other, in the order of the text."""
    found = [*_articles(statute), *_items(statute), *_sections(statute)]
    return tuple(sorted(found, key=lambda finding: finding.line))


def _articles(statute: Statute) -> Iterator[Finding]:
    before, sub, seen = 0, 0, set[tuple[int, int]]()
    for passage in statute.articles:
        line = _line(statute, passage.start)
        if (passage.number, passage.sub) in seen:
            zh, en = f"{passage.label}出现两次", f"{passage.label} is there twice"
            yield Finding("article-repeated", line, passage.label, zh, en)
        elif not is_excerpt(statute) and (passage.number, passage.sub) not in ((before + 1, 0), (before, sub + 1)):
            zh, en = f"{passage.label}之前缺条文", f"articles are missing before {passage.label}"
            yield Finding("article-gap", line, passage.label, zh, en)
        seen.add((passage.number, passage.sub))
        before, sub = passage.number, passage.sub


def _items(statute: Statute) -> Iterator[Finding]:
    for passage in statute.articles:
        for paragraph in paragraphs(statute.body_of(passage)):
            for label in _broken(paragraph.items):
                zh = f"{passage.label}：项的编号在{label}处中断"
                en = f"{passage.label}: items are not counted on at {label}"
                yield Finding("item-gap", _line(statute, passage.start), passage.label, zh, en)


def _broken(items: tuple[Item, ...]) -> Iterator[str]:
    for expected, item in enumerate(items, 1):
        if item.number != expected:
            yield item.label
            return
        yield from _broken(item.items)


def _sections(statute: Statute) -> Iterator[Finding]:
    before: tuple[int, ...] = ()
    for heading in statute.headings:
        if not is_section(heading.label):
            before = ()
            continue
        written, _ = split_label(statute.text[heading.start : heading.end].lstrip("#").strip())
        _, following = settle(written, before)
        line = _line(statute, heading.start)
        if written != heading.label:
            zh, en = f"{written}按{heading.label}理解", f"{written} is taken for {heading.label}"
            yield Finding("section-mended", line, heading.path, zh, en)
        elif not following:
            zh, en = f"{heading.path}之前缺小节", f"sections are missing before {heading.path}"
            yield Finding("section-gap", line, heading.path, zh, en)
        if goes_on(number_of(heading.label), before):
            before = number_of(heading.label)


def _line(statute: Statute, offset: int) -> int:
    return statute.text.count("\n", 0, offset) + 1
