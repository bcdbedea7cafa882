"""Numerals, quantities, figures and formulas of a translation are those of the source."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from taibao_cli.checks.amounts import amounts, any_form, bracketed, loose_numbers, without_references
from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, Words, finding
from taibao_cli.checks.translation.mentions import mentioned
from taibao_cli.checks.translation.ones import ones_lost
from taibao_cli.checks.translation.subject import Translation, Unit
from taibao_cli.checks.translation.turned import turned
from taibao_cli.patents.figures import figure_set, figures, order
from taibao_cli.patents.language import Lang, han_count
from taibao_cli.patents.numerals import Numeral, lone_numerals, markers, numeral_table, numerals
from taibao_cli.patents.protected import protected
from taibao_cli.patents.quantities import Quantity, quantities
from taibao_cli.patents.quantities.numbers import folded
from taibao_cli.patents.quantities.read import limits, plain

_LOST_SIGN: Final = Words(
    "译文缺少附图标记 {signs}", "reference numeral {signs} is missing", "补上附图标记", "put the numeral back"
)
_FEWER_SIGNS: Final = Words(
    "附图标记 {signs} 在译文中出现的次数少于原文",
    "reference numeral {signs} stands fewer times than in the source",
    "核对是否漏译",
    "check whether something is left out",
)
_UNSIGNED: Final = Words(
    "附图标记 {signs} 的部件名称在译文中有一处未带标记",
    "the part of reference numeral {signs} is named without it, which the source never does",
    "补上附图标记",
    "put the numeral back",
)
_NEW_SIGN: Final = Words(
    "附图标记 {signs} 不见于原文",
    "reference numeral {signs} is not in the source",
    "删去或改正",
    "remove or correct it",
)
_CHANGED: Final = Words(
    "数值 {lost} 在译文中成了 {new}", "{lost} became {new} in the answer", "改回 {lost}", "change it back to {lost}"
)
_LOST_MARK: Final = Words(
    "译文缺少序号 {marks}", "list mark {marks} is missing", "核对是否漏译", "check whether something is left out"
)
_LOST: Final = Words("译文缺少数值 {lost}", "{lost} is missing in the answer", "补上 {lost}", "put {lost} back")
_FEWER: Final = Words(
    "数值 {lost} 在译文中出现的次数少于原文",
    "{lost} stands fewer times than in the source",
    "核对是否漏译",
    "check whether something is left out",
)
_NEW: Final = Words("数值 {new} 不见于原文", "{new} is not in the source", "核对出处", "check where it comes from")
_FLIPPED: Final = Words(
    "上限与下限的措辞与原文不一致",
    "an upper limit of the source seems to be a lower one in the answer, or the reverse",
    "核对至少/至多、大于/小于",
    "compare at least / at most, more / less than",
)
_UNIT: Final = Words(
    "{lost} 在译文中成了 {new}", "{lost} became {new} in the answer", "改回 {lost}", "change it back to {lost}"
)
_FIGURES: Final = Words(
    "附图引用与原文不同：缺少 {lost}，多出 {new}",
    "figures differ from the source: missing {lost}, added {new}",
    "恢复原文的附图引用",
    "restore the references to figures",
)
_FORMULA: Final = Words(
    "“{text}”在译文中缺失或被改动", '"{text}" is missing or changed', "照原文抄录", "copy it from the source"
)

_ONE: Final = {"zh": re.compile("[一单首]"), "en": re.compile(r"\b(?:one|single|once|first|unity)\b", re.IGNORECASE)}
_DIGITS = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
_ZH_BEFORE: Final = r"(?:(?<![一-鿿])|(?<=[述该个和与及或的在于括含有将使对由从到至把被以各每种根条块片只组层两二三]))"
_SIGN = re.compile(r"\d{1,4}[A-Za-z]?['′’]*", re.ASCII)
_ZH_STEPS: Final = "一二三四五六七八九"
_STEPS: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"(?:^|(?<=[；;。：:\n]))\s*步骤\s*([一二三四五六七八九]|\d{1,2})(?=[、，：:.\s])", re.MULTILINE),
    "en": re.compile(r"(?:^|(?<=[;.:\n]))\s*[Ss]tep\s*(\d{1,2})(?=[,.:\s])", re.MULTILINE),
}
_LEAST_MOVED: Final = 2
"""Numbers missing and new in one unit at most, to say that one became the other."""

_RATE = re.compile(r"/(?:s|min|h|d|week|month|year)$")
_PER = re.compile(r"每|日服|日均|\b(?:per|daily|hourly|every|each)\b", re.IGNORECASE)
_OFTEN = re.compile(r"每(?:日|天|周|月|年|小时|分钟)(?:服用|给药)?$")
_PERCENT = re.compile(r"(?:wt|vol|mol|at)?%")
_TIMES: Final = frozenset(("ms", "s", "min", "h", "d", "week"))
_VAGUE: Final = frozenset(("", "°", "times", "part", "r", "year", "d", "month", "min", "pixel", "mesh", "bit"))
"""Units that are often written otherwise, or left to the context."""


def _by_unit(check: Callable[[Translation, Unit], Iterator[Finding]]) -> Callable[[Translation], Outcome]:
    def run(pair: Translation) -> Outcome:
        return [found for unit in pair.units for found in check(pair, unit)]

    return run


def _numerals(pair: Translation) -> Outcome:
    source = [bracketed(unit.source) for unit in pair.units]
    answer = [bracketed(unit.answer) for unit in pair.units]
    marks = [_marks(unit.source) for unit in pair.units]
    stepped = any(_STEPS[pair.source_lang].search(unit.source) for unit in pair.units)
    alone = [found for unit in pair.units for found in _lone_signs(unit)]
    if not any(source) and not any(answer) and not any(marks) and not stepped:
        return alone or Skipped("没有附图标记和序号", "no reference numerals, no list marks")
    signs = zip(pair.units, source, answer, strict=True)
    lost = [found for unit, own in zip(pair.units, marks, strict=True) for found in _lost_marks(unit, own)]
    steps = (found for unit in pair.units for found in _lost_steps(pair, unit))
    return [
        *(found for unit, ours, theirs in signs for found in _compared_signs(unit, ours, theirs)),
        *alone,
        *lost,
        *steps,
    ]


def _marks(text: str) -> list[str]:
    return [digits for start, end in markers(text) for digits in _DIGITS.findall(folded(text[start:end]))]


def _lost_steps(pair: Translation, unit: Unit) -> Iterator[Finding]:
    """步骤4 or "Step 4" at the beginning of a clause, of which the answer has no step."""
    own, other = _STEPS[pair.source_lang], _STEPS[pair.to]
    wanted = dict.fromkeys(_step(match[1]) for match in own.finditer(unit.source))
    kept = {_step(match[1]) for match in other.finditer(unit.answer)}
    lost = [mark for mark in wanted if mark not in kept]
    if kept and lost and len(lost) < len(wanted):
        yield finding("numerals", "REVIEW", _LOST_MARK, unit.place, marks=", ".join(lost))


def _step(mark: str) -> str:
    return str(_ZH_STEPS.index(mark) + 1) if mark in _ZH_STEPS else folded(mark)


def _lost_marks(unit: Unit, marks: list[str]) -> Iterator[Finding]:
    """Marks that the answer has neither at the beginning of a step nor as often as the source has the number."""
    whole, written = (Counter(_DIGITS.findall(folded(text))) for text in (unit.source, unit.answer))
    kept = _marks(unit.answer)
    lost = [mark for mark in marks if mark not in kept and written[mark] < whole[mark]]
    if lost and len(lost) < len(marks):
        yield finding("numerals", "REVIEW", _LOST_MARK, unit.place, marks=", ".join(lost))


def _compared_signs(unit: Unit, source: list[Numeral], answer: list[Numeral]) -> Iterator[Finding]:
    wanted = Counter(_key(each.sign) for each in source)
    written, known = _written(unit.answer, answer), _written(unit.source, source)
    listed = Counter(_key(each.sign) for each in answer)
    bare = (_key(each.sign) for each in numerals(unit.source) if not each.bracketed)
    lost = [sign for sign in dict.fromkeys((*wanted, *bare)) if not written[sign]]
    fewer = [
        sign
        for sign in wanted
        if 0 < written[sign] < wanted[sign] or (listed[sign] < wanted[sign] and 0 < written[sign] < known[sign])
    ]
    new = {_key(each.sign): each for each in answer if not known[_key(each.sign)]}
    if lost:
        yield finding("numerals", "FIX", _LOST_SIGN, unit.place, signs=", ".join(lost))
    if fewer:
        yield finding("numerals", "REVIEW", _FEWER_SIGNS, unit.place, signs=_counted(fewer, listed, wanted))
    unsigned = _unsigned(unit.answer, answer, sure=True) - _unsigned(unit.source, source)
    gone = [sign for sign in wanted if sign in unsigned and sign not in lost and sign not in fewer]
    if gone:
        yield finding("numerals", "REVIEW", _UNSIGNED, unit.place, signs=", ".join(gone))
    for sign, numeral in new.items():
        yield finding("numerals", "FIX", _NEW_SIGN, unit.place.at(numeral.start, numeral.end), signs=sign)


def _lone_signs(unit: Unit) -> Iterator[Finding]:
    """Signs without parentheses that stand once, beside others that stand more often, and not at all in the answer."""
    written = _written(unit.answer, [])
    lost = dict.fromkeys(each.sign for each in lone_numerals(unit.source) if not written[_key(each.sign)])
    if lost:
        yield finding("numerals", "REVIEW", _LOST_SIGN, unit.place, signs=", ".join(lost))


def _counted(signs: list[str], answer: Counter[str], source: Counter[str]) -> str:
    return ", ".join(f"{sign} ({answer[sign]}/{source[sign]})" for sign in signs)


def _unsigned(text: str, own: list[Numeral], *, sure: bool = False) -> frozenset[str]:
    """Signs whose one name also stands without its sign; a name inside the name of another part does not count.

    With `sure` a Chinese name must be a word of its own: not 开沟器 in 双圆盘开沟器.
    """
    table = numeral_table(own)
    names = {sign: found[0].lower() for sign, found in table.items() if len(found) == 1}
    plain_text = text.lower()
    found = set()
    for sign, name in names.items():
        inside = any(name in each for other, each in names.items() if other != sign)
        signed = len({numeral.start for numeral in own if numeral.sign == sign})
        if len(name) > 1 and not inside and len(_named(name, sure=sure).findall(plain_text)) > signed:
            found.add(_key(sign))
    return frozenset(found)


def _named(name: str, *, sure: bool) -> re.Pattern[str]:
    before = _ZH_BEFORE if sure and han_count(name) else ""
    return re.compile(rf"(?<![a-z]){before}{re.escape(name)}s?(?![a-z])")


def _key(sign: str) -> str:
    return re.sub("[′’]", "'", sign).lower()


def _written(text: str, own: list[Numeral]) -> Counter[str]:
    """How often each sign stands in the text in any way, members of ranges included."""
    plain_text = folded(text)
    found = Counter(_key(sign) for sign in _SIGN.findall(plain_text))
    digits = Counter(_DIGITS.findall(plain_text))
    listed = Counter(_key(each.sign) for each in own)
    return Counter({sign: max(found[sign], digits[sign], listed[sign]) for sign in {*found, *digits, *listed}})


def _quantities(pair: Translation, unit: Unit) -> Iterator[Finding]:
    ours, theirs = quantities(unit.source), quantities(unit.answer)
    source, answer = amounts(unit.source) + _worded(ours), amounts(unit.answer) + _worded(theirs)
    measured = _measured(ours)
    whole, rendered = loose_numbers(unit.source), loose_numbers(unit.answer)
    known, had = any_form(unit.answer, rendered), any_form(unit.source, whole)
    yield from _rates(pair, unit, ours)
    lost = [v for v in source if v not in known and _lost(v, unit, pair.to, measured=v in measured)]
    if Fraction(1) not in lost and ones_lost(unit.source, unit.answer):
        yield finding("quantities", "REVIEW", _FEWER, unit.place, lost="1")
    new = [v for v in answer if v not in had and _missing(v, unit.source, pair.source_lang)]
    if lost and len(lost) == len(new) <= _LEAST_MOVED:
        for old, other in zip(lost, new, strict=True):
            yield finding("quantities", "FIX", _CHANGED, unit.place, lost=plain(old), new=plain(other))
    else:
        for value in lost:
            yield finding("quantities", "FIX", _LOST, unit.place, lost=plain(value))
        for value in new:
            yield finding("quantities", "REVIEW", _NEW, unit.place, new=plain(value))
    for value, count in source.items():
        fewer = answer[value] < count and rendered[value] < max(whole[value], count)
        if fewer and value not in lost and (value in measured or _unexcused(value, unit.answer, pair.to)):
            yield finding("quantities", "REVIEW", _FEWER, unit.place, lost=plain(value))
    yield from _measures(unit, ours, theirs)
    yield from turned(unit)
    (most, least), (up, low) = limits(unit.source), limits(unit.answer)
    if most - up == low - least != 0:
        yield finding("quantities", "REVIEW", _FLIPPED, unit.place)


def _rates(pair: Translation, unit: Unit, ours: tuple[Quantity, ...]) -> Iterator[Finding]:
    """How often a day: 每日两次. Only words or digits outside of references to claims can say it."""
    plain_answer = without_references(unit.answer)
    for each in ours:
        value = each.values[0] if each.values else None
        often = each.words and each.unit == "times" and _OFTEN.search(unit.source, 0, each.start)
        if (
            value is None
            or not often
            or mentioned(value, plain_answer, pair.to)
            or value in loose_numbers(plain_answer)
        ):
            continue
        yield finding("quantities", "REVIEW", _LOST, unit.place, lost=str(each))


def _worded(found: tuple[Quantity, ...]) -> Counter[Fraction]:
    """Values in words that have a unit (百分之五), and fractions (三分之一); counts in words (三个) are too free."""
    worded = (each for each in found if each.words)
    return Counter(
        value for each in worded for value in each.values if each.unit not in _VAGUE or value.denominator != 1
    )


def _measured(found: tuple[Quantity, ...]) -> frozenset[Fraction]:
    """Values that have a unit or are part of a range or ratio: they are not rendered in words."""
    sure = (each for each in found if each.form != "single" or each.unit not in _VAGUE)
    return frozenset(value for each in sure for value in each.values)


def _unexcused(value: Fraction, text: str, lang: Lang) -> bool:
    return value != 1 and not mentioned(value, text, lang)


def _lost(value: Fraction, unit: Unit, lang: Lang, *, measured: bool) -> bool:
    """Whether no word of the answer stands for a value of the source; a count of 1 may be "a", "the", 一."""
    if value == 1:
        return measured and not _ONE[lang].search(unit.answer)
    return measured or not mentioned(value, unit.answer, lang, unit.source)


def _missing(value: Fraction, text: str, lang: Lang) -> bool:
    """Whether no word of the text stands for the value; a count of 1 is never missed."""
    return value != 1 and not mentioned(value, text, lang)


def _per(unit: Unit, one: Quantity, other: Quantity) -> bool:
    """Whether the units differ only by a rate that one side says in other words: 每小时8公里, "5 mg daily"."""
    longer, shorter, text = (one, other, unit.answer) if len(one.unit) > len(other.unit) else (other, one, unit.source)
    return _RATE.sub("", longer.unit) == shorter.unit and _PER.search(text) is not None


def _measures(unit: Unit, ours: tuple[Quantity, ...], theirs: tuple[Quantity, ...]) -> Iterator[Finding]:
    """Units and bounds of the values that both sides have exactly once."""
    source, answer = _once(ours), _once(theirs)
    for value in [each for each in source if each in answer]:
        one, other = source[value], answer[value]
        unlike = _units_differ(one.unit, other.unit) and not _per(unit, one, other)
        if unlike or {one.bound[:1], other.bound[:1]} == {"<", ">"}:
            place = unit.place.at(other.start, other.end)
            yield finding("quantities", "FIX", _UNIT, place, lost=str(one), new=str(other))


def _once(found: tuple[Quantity, ...]) -> dict[Fraction, Quantity]:
    counts = Counter(value for each in found for value in each.values)
    return {value: each for each in found for value in each.values if counts[value] == 1}


def _units_differ(first: str, second: str) -> bool:
    if first in _TIMES and second in _TIMES:
        return first != second
    if first in _VAGUE or second in _VAGUE:
        return False
    return _PERCENT.sub("%", first) != _PERCENT.sub("%", second)


def _figures(pair: Translation) -> Outcome:
    ours, theirs = figure_set(figures(pair.source)), figure_set(figures(pair.answer))
    if not ours and not theirs:
        return Skipped("没有提到附图", "no figures are mentioned")
    if ours == theirs:
        return []
    lost, new = (", ".join(sorted(labels, key=order)) or "–" for labels in (ours - theirs, theirs - ours))
    return [finding("figures", "FIX", _FIGURES, Place("answer"), lost=lost, new=new)]


def _formulas(pair: Translation) -> Outcome:
    spans = [span for span in protected(pair.source) if span.kind in ("formula", "sequence", "symbol", "standard")]
    if not spans:
        return Skipped("没有公式和符号", "no formulas and no symbols")
    return [found for unit in pair.units for found in _compared_formulas(unit)]


def _compared_formulas(unit: Unit) -> Iterator[Finding]:
    """Formulas byte by byte; symbols and sequence numbers without regard to spaces, case and lowered digits."""
    squeezed = _squeezed(unit.answer)
    for text, kind in dict.fromkeys((span.text, span.kind) for span in protected(unit.source)):
        if kind == "formula" and text not in unit.answer:
            yield finding("formulas", "FIX", _FORMULA, unit.place, text=text)
        elif kind == "symbol" and squeezed.count(sign := f"({_squeezed(text)})") < _squeezed(unit.source).count(sign):
            yield finding("formulas", "REVIEW", _FORMULA, unit.place, text=f"({text})")
        elif kind in ("symbol", "standard") and _squeezed(text) not in squeezed:
            yield finding("formulas", "REVIEW", _FORMULA, unit.place, text=text)
        elif kind == "sequence" and not set(_DIGITS.findall(text)) <= set(_DIGITS.findall(unit.answer)):
            yield finding("formulas", "FIX", _FORMULA, unit.place, text=text)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_~～–—-]+", "", unicodedata.normalize("NFKC", text)).casefold()


CHECKS: Final[tuple[Check[Translation], ...]] = (
    Check(
        "numerals",
        "每项（段）的附图标记与原文相同",
        "reference numerals are kept in every claim or paragraph",
        "FIX",
        _numerals,
        "CN Implementing Rules art. 22; EPC R. 43(7)",
    ),
    Check(
        "quantities",
        "数值、单位和上下限与原文相同",
        "numbers, units and bounds are kept",
        "FIX",
        _by_unit(_quantities),
    ),
    Check("figures", "附图引用与原文相同", "references to figures are kept", "FIX", _figures),
    Check(
        "formulas",
        "公式、符号和序列号与原文相同",
        "formulas, symbols and sequence numbers are kept",
        "FIX",
        _formulas,
    ),
)
