"""Nothing in a title, an abstract, a summary or claims that the text they were made from does not have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, get_args

from taibao_cli.checks.amounts import amounts, any_form, bracketed, loose_numbers
from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.repeats import loops, times
from taibao_cli.checks.translation.mentions import mentioned
from taibao_cli.patents.language import Lang, detect, han_count, nfc
from taibao_cli.patents.quantities import Quantity, quantities
from taibao_cli.patents.quantities.read import plain

GeneratedTask = Literal["title", "abstract", "claims", "summarize"]
GENERATED: Final[tuple[GeneratedTask, ...]] = get_args(GeneratedTask)

_WHERE: Final = Place("answer")
_EMPTY: Final = Words("答案为空", "the answer is empty", "重新生成", "generate it again")
_LANGUAGE: Final = Words(
    "答案与原文不是同一种语言", "the answer is not in the language of the source", "重新生成", "generate it again"
)
_NEW_AMOUNT: Final = Words(
    "“{amount}”不见于原文",
    '"{amount}" is not in the source',
    "删去，或核对出处",
    "delete it, or find where it comes from",
)
_NEW_NAME: Final = Words(
    "“{names}”不见于原文",
    '"{names}" not in the source',
    "删去，或核对出处",
    "delete them, or find where they come from",
)
_NEW_SIGN: Final = Words(
    "附图标记 {signs} 不见于原文",
    "reference numeral {signs} is not in the source",
    "删去或改正",
    "remove or correct it",
)
_LOOP: Final = Words(
    "“{text}”连续重复 {count} 次", '"{text}" is repeated {count} times in a row', "删去重复", "remove the repetition"
)

_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z\d]*(?:[-.][A-Za-z\d]+)*")
_EN_NAME = re.compile(
    r"(?<![.!?:]\s)(?<!^)(?<![\w-])(?:[A-Z][A-Za-z]*[A-Z\d][\w-]*|[A-Za-z]*\d[\w-]*[A-Za-z]|[A-Z][a-z]{2,})(?![\w-])",
    re.MULTILINE,
)
_UNITS: Final = 2
"""A single Latin letter may be a variable or a unit; a name has more."""


@dataclass(frozen=True)
class Generated:
    """A generated text and what it was made from."""

    source: str
    answer: str

    @classmethod
    def of(cls, source: str, answer: str) -> Generated:
        return cls(nfc(source), nfc(answer))

    @cached_property
    def lang(self) -> Lang:
        return detect(self.source)


def _answered(pair: Generated) -> Outcome:
    if not pair.answer.strip():
        return [finding("answer-language", "FIX", _EMPTY, _WHERE)]
    letters = han_count(pair.answer) + len(re.findall(r"[A-Za-z]{3,}", pair.answer))
    if letters > _UNITS and detect(pair.answer) != pair.lang:
        return [finding("answer-language", "FIX", _LANGUAGE, _WHERE)]
    return []


def _new_amounts(pair: Generated) -> Outcome:
    found = amounts(pair.answer)
    if not found:
        return Skipped("没有数值", "no numbers")
    known = any_form(pair.source, loose_numbers(pair.source))
    new = [value for value in found if value not in known and value != 1]
    return _told(pair, [value for value in new if not mentioned(value, pair.source, pair.lang)])


def _told(pair: Generated, new: list[Fraction]) -> Iterator[Finding]:
    """FIX for a value with a unit, REVIEW for a bare number, which may be a count."""
    measured: dict[Fraction, Quantity] = {
        value: each for each in quantities(pair.answer) if each.unit for value in each.values
    }
    for value in new:
        each = measured.get(value)
        place = _WHERE.at(each.start, each.end) if each else _WHERE
        words = pair.answer[each.start : each.end] if each else plain(value)
        yield finding("new-numbers", "FIX" if each else "REVIEW", _NEW_AMOUNT, place, amount=words)


def _new_names(pair: Generated) -> Outcome:
    if detect(pair.answer) != pair.lang:
        return Skipped("答案是另一种语言", "the answer is in another language")
    pattern = _LATIN_NAME if pair.lang == "zh" else _EN_NAME
    found = dict.fromkeys(match[0] for match in pattern.finditer(pair.answer) if len(match[0]) >= _UNITS)
    if not found:
        return Skipped("没有西文名称和符号", "no names and symbols")
    known = _squeezed(pair.source)
    new = [name for name in found if _squeezed(name) not in known]
    return [finding("new-names", "REVIEW", _NEW_NAME, _WHERE, names=", ".join(new))] if new else []


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_.–-]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _new_signs(pair: Generated) -> Outcome:
    signs = dict.fromkeys(each.sign for each in bracketed(pair.answer))
    if not signs:
        return Skipped("没有附图标记", "no reference numerals")
    known = set(re.findall(r"\d{1,4}[a-z]?", pair.source.lower())) | set(re.findall(r"\d{1,4}", pair.source))
    new = [sign for sign in signs if sign.lower().rstrip("'") not in known]
    return [finding("new-numerals", "FIX", _NEW_SIGN, _WHERE, signs=", ".join(new))] if new else []


def _loop(pair: Generated) -> Outcome:
    return [
        finding("loop", "FIX", _LOOP, _WHERE.at(*match.span()), text=match[1].strip(), count=times(match))
        for match in loops(pair.answer)
    ]


CHECKS: Final[tuple[Check[Generated], ...]] = (
    Check(
        "answer-language",
        "答案不为空，语言与原文相同",
        "the answer is not empty and in the language of the source",
        "FIX",
        _answered,
    ),
    Check(
        "new-numbers",
        "没有原文所无的数值",
        "no numbers that the source does not have",
        "FIX",
        _new_amounts,
        "CN Patent Law art. 33; CN Implementing Rules art. 11",
    ),
    Check(
        "new-numerals",
        "没有原文所无的附图标记",
        "no reference numerals that the source does not have",
        "FIX",
        _new_signs,
    ),
    Check(
        "new-names",
        "没有原文所无的西文名称、缩写和化学式",
        "no names, acronyms or formulas that the source does not have",
        "REVIEW",
        _new_names,
    ),
    Check("loop", "答案没有重复循环", "the answer does not run into a loop", "FIX", _loop),
)
