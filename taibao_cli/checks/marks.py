"""Signs of the text: parentheses of reference numerals, paragraph numbers, figures that are described."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.patents.claims.defects import Office
from taibao_cli.patents.figures import figure_set, figures, order
from taibao_cli.patents.numerals import Numeral

_BARE: Final = Words(
    "附图标记 {signs} 未加括号", "reference numeral {signs} is not in parentheses", "加上括号", "put it in parentheses"
)
_BRACKETED: Final = Words(
    "说明书中的附图标记 {signs} 加了括号",
    "reference numeral {signs} of the description is in parentheses",
    "去掉括号",
    "take the parentheses away",
)
_IN_PARENTHESES: Final[Mapping[Office, str]] = {
    "cn": "CN Guidelines part II ch. 2 §2.4, 3.3",
    "ep": "EPC R. 43(7), R. 47(2)",
    "pct": "PCT R. 6.2(b), 8.1(d)",
}
_SHOWN: Final = 5
_PARAGRAPH = re.compile(r"(?:^|(?<=[。.；;：:\n]))[^\S\n]*[\[【](\d{4,5})[\]】]", re.MULTILINE)
_REPEATED: Final = Words(
    "段落编号 [{number}] 出现两次", "paragraph number [{number}] stands twice", "重新编号", "number the paragraphs anew"
)
_GAP: Final = Words(
    "段落编号不连续：[{before}] 之后是 [{number}]",
    "paragraph numbers are not consecutive: [{number}] after [{before}]",
    "核对是否缺段，或重新编号",
    "look for a missing paragraph, or number them anew",
)
_LEGEND = re.compile(
    r"(?:^(?:\s*[\[【]\d{4,5}[\]】])?|[\n。；;:：])[^\S\n]*(?P<zh>附?图\s*\d+[^，。；\n]{0,8}?(?:是|为|示出|表示|显示|[：:]))"
    r"|(?:^(?:\s*\[\d{4,5}\])?|[\n.;:])[^\S\n]*(?P<en>fig(?:ure)?s?\.?\s*\d+[^,.;\n]{0,24}?\s(?:is|are|shows?|depicts?|illustrates?|represents?|provides?)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_NEXT: Final = 300
"""Characters between two entries of a list of figures, at most; in running text figures are further apart."""

_UNDESCRIBED: Final = Words(
    "附图说明中没有图 {labels}",
    "FIG. {labels} is not among the figures that are described",
    "在附图说明中补写",
    "describe it in the list of figures",
)


def _parentheses(document: Document) -> Outcome:
    if document.rules_of not in _IN_PARENTHESES:
        return Skipped("该局不要求括号", "the office does not ask for parentheses")
    if not any(document.numerals.values()):
        return Skipped("没有附图标记", "no reference numerals")
    return [found for place, own in document.numerals.items() for found in _unlike(document.rules_of, place, own)]


def _unlike(office: Office, place: Place, own: tuple[Numeral, ...]) -> Iterator[Finding]:
    """Claims and abstracts with parentheses; a Chinese description without, if it does so at all."""
    bare = [each for each in own if not each.bracketed]
    if place.part in ("claim", "abstract") and bare:
        yield finding("numeral-parentheses", "REVIEW", _BARE, _place(place, bare[0]), office, signs=_signs(bare))
    bracketed = [each for each in own if each.bracketed]
    if place.part == "description" and office == "cn" and bracketed and len(bare) > len(bracketed):
        words = _BRACKETED
        yield finding(
            "numeral-parentheses", "REVIEW", words, _place(place, bracketed[0]), office, signs=_signs(bracketed)
        )


def _place(place: Place, numeral: Numeral) -> Place:
    return place.at(numeral.start, numeral.end)


def _signs(own: list[Numeral]) -> str:
    signs = list(dict.fromkeys(each.sign for each in own))
    return ", ".join(signs[:_SHOWN]) + ("…" if len(signs) > _SHOWN else "")


def _paragraphs(document: Document) -> Outcome:
    marks = list(_PARAGRAPH.finditer(document.description))
    if len(marks) < 2:
        return Skipped("没有段落编号", "no paragraph numbers")
    return _out_of_order(marks)


def _out_of_order(marks: list[re.Match[str]]) -> Iterator[Finding]:
    seen: set[str] = set()
    before: re.Match[str] | None = None
    for mark in marks:
        place = Place("paragraph", mark[1], mark.span(1))
        if mark[1] in seen:
            yield finding("paragraph-sequence", "FIX", _REPEATED, place, number=mark[1])
        elif before is not None and int(mark[1]) != int(before[1]) + 1:
            yield finding("paragraph-sequence", "REVIEW", _GAP, place, number=mark[1], before=before[1])
        seen.add(mark[1])
        before = mark


def _figures_described(document: Document) -> Outcome:
    described = _described(document)
    if not described:
        return Skipped("没有附图说明", "no list of figures")
    known = {*described, *(str(order(label)[0]) for label in described)}
    lost = [label for label in figure_set(document.figures) if label not in known and str(order(label)[0]) not in known]
    if not lost:
        return []
    labels = ", ".join(sorted(lost, key=order))
    return [finding("figures-described", "REVIEW", _UNDESCRIBED, Place("description"), labels=labels)]


def _described(document: Document) -> frozenset[str]:
    """The figures of the part that describes them; in a text without headings, where two or more are introduced one
    after the other, those that are introduced."""
    listed = [paragraph.text for each in document.sections if each.kind == "drawings" for paragraph in each.paragraphs]
    if listed or any(each.heading and each.kind != "other" for each in document.sections):
        return figure_set(found for text in listed for found in figures(text))
    text = document.description
    spans = [match.span(match.lastgroup or 0) for match in _LEGEND.finditer(text)]
    if not any(later[0] - earlier[1] < _NEXT for earlier, later in pairwise(spans)):
        return frozenset()
    return figure_set(found for start, end in spans for found in figures(text[start:end]))


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "numeral-parentheses",
        "权利要求和摘要中的附图标记加括号，中文说明书中不加",
        "reference numerals have parentheses in claims and abstract, none in a Chinese description",
        "REVIEW",
        _parentheses,
        "CN Guidelines part II ch. 2 §2.2.6, 2.4, 3.3; EPC R. 43(7), R. 47(2); PCT R. 6.2(b), 8.1(d)",
        ("cn", "ep", "pct"),
    ),
    Check(
        "paragraph-sequence",
        "段落编号连续且不重复",
        "paragraph numbers are consecutive, none stands twice",
        "FIX",
        _paragraphs,
        "37 CFR 1.52(b)(6)",
    ),
    Check(
        "figures-described",
        "提到的附图在附图说明中都有说明",
        "every figure that is mentioned is in the list of figures",
        "REVIEW",
        _figures_described,
        "CN Implementing Rules art. 20; 37 CFR 1.74",
    ),
)
