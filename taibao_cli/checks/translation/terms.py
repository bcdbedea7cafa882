"""One term, one rendering: what bears one numeral, or opens claims under one name, keeps one name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.language import Lang, han_count
from taibao_cli.patents.numerals import numeral_table, numerals

_PART: Final = Words(
    "附图标记 {sign} 在原文中只有一个名称“{name}”，译文中有：{names}",
    'reference numeral {sign} has one name in the source ("{name}"), several in the answer: {names}',
    "统一译名",
    "give it one rendering",
)
_MERGED: Final = Words(
    "原文中“{names}”是不同部件，译文都作“{name}”",
    '"{names}" are different parts in the source, all "{name}" in the answer',
    "用不同译名区分",
    "give them different renderings",
)
_SUBJECT: Final = Words(
    "主题名称“{name}”在译文中有：{names}",
    'the subject "{name}" has several renderings: {names}',
    "统一译名",
    "give it one rendering",
)
_LEAST: Final = 2


def _one_rendering(pair: Translation) -> Outcome:
    ours, theirs = (numeral_table(numerals(text)) for text in (pair.source, pair.answer))
    titles = _titles(pair)
    if not any(len(names) == 1 for names in ours.values()) and not titles:
        return Skipped("没有可对照的名称", "no names to compare")
    return [*_parts(ours, theirs), *_merged(ours, theirs), *_subjects(titles, pair.to)]


def _parts(ours: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for sign, names in ours.items():
        rendered = theirs.get(sign, ())
        if len(names) == 1 and len(rendered) > 1:
            shown = ", ".join(rendered)
            yield finding("one-rendering", "REVIEW", _PART, Place("answer"), sign=sign, name=names[0], names=shown)


def _merged(ours: Mapping[str, tuple[str, ...]], theirs: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Two parts with different names and numerals that have got the very same name."""
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for sign, names in theirs.items():
        if len(names) == 1 and len(ours.get(sign, ())) == 1:
            by_name[names[0].casefold()].append(sign)
    for signs in by_name.values():
        first = {ours[sign][0] for sign in signs}
        if len(first) > 1 and not any(one != two and one.endswith(two) for one in first for two in first):
            shown = ", ".join(sorted(first))
            yield finding("one-rendering", "REVIEW", _MERGED, Place("answer"), names=shown, name=theirs[signs[0]][0])


def _titles(pair: Translation) -> Mapping[str, list[tuple[Claim, Claim]]]:
    """Claims whose subject is worded alike in the source, with their renderings."""
    source, answer = pair.source_claims or ClaimSet(()), pair.answer_claims or ClaimSet(())
    found: defaultdict[str, list[tuple[Claim, Claim]]] = defaultdict(list)
    for claim in source:
        rendered = answer.get(claim.number)
        if rendered is not None and claim.refers and claim.title and rendered.title:
            found[_bare(claim.title)].append((claim, rendered))
    return {title: pairs for title, pairs in found.items() if len(pairs) >= _LEAST}


def _subjects(titles: Mapping[str, list[tuple[Claim, Claim]]], to: Lang) -> Iterator[Finding]:
    for title, pairs in titles.items():
        names = list(dict.fromkeys(_bare(rendered.title) for _, rendered in pairs))
        odd = [name for name in names if not any(_alike(name, other, to) for other in names if other != name)]
        if len(names) > 1 and odd:
            number = next(rendered.number for _, rendered in pairs if _bare(rendered.title) == odd[-1])
            place = Place("claim", number)
            yield finding("one-rendering", "REVIEW", _SUBJECT, place, name=title, names=", ".join(names))


def _bare(title: str) -> str:
    """Without signs in parentheses and articles, in lower case."""
    plain = re.sub(r"\s*[（(][^（）()]*[）)]", "", title)
    return re.sub(r"^(?:an?|the|一种)\s*", "", plain.strip(), flags=re.IGNORECASE).casefold()


def _alike(first: str, second: str, lang: Lang) -> bool:
    """Whether one may be the other said more briefly: its words are among the other's."""
    if lang == "zh" or han_count(first + second):
        return first in second or second in first
    one, two = ({word.removesuffix("s") for word in re.findall(r"[a-z]+", name)} for name in (first, second))
    return one <= two or two <= one


CHECKS: Final[tuple[Check[Translation], ...]] = (
    Check(
        "one-rendering",
        "一个名称一种译法，不同名称译法不同",
        "one name has one rendering, different names different ones",
        "REVIEW",
        _one_rendering,
        "CN Implementing Rules art. 21; MPEP 608.01(o)",
    ),
)
