"""Defects planted by code in faithful translations, one kind at a time.

Every function gives the answers that one kind of defect can be planted in: the translation with one thing wrong.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taibao_cli.checks.registry import check_translation
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.figures import figures
from taibao_cli.patents.language import Lang, other
from taibao_cli.patents.numerals import numerals

FOLDER: Final = Path(__file__).parents[1] / "fixtures" / "translations"


@dataclass(frozen=True)
class Pair:
    """A claim set and its faithful translation; `terms` is the glossary, source term -> rendering."""

    name: str
    source: str
    answer: str
    to: Lang
    terms: dict[str, str]


def pairs(to: Lang) -> list[Pair]:
    """All of them, into one language."""
    return [_read(path, to) for path in sorted(FOLDER.glob("*.zh.txt"))]


def _read(path: Path, to: Lang) -> Pair:
    name = path.name.removesuffix(".zh.txt")
    texts = {lang: (FOLDER / f"{name}.{lang}.txt").read_text(encoding="utf-8") for lang in ("zh", "en")}
    rows = [line.split("\t") for line in (FOLDER / f"{name}.terms.tsv").read_text(encoding="utf-8").splitlines()]
    terms = dict(rows) if to == "en" else {en: zh for zh, en in rows}
    return Pair(name, texts[other(to)], texts[to], to, terms)


_NUMERAL = re.compile(r"(?<=[A-Za-z一-鿿])( ?)([(（])([A-Z]?\d{1,3})([)）])")
_NUMBER = re.compile(r"(?<![\w.^/(（（-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.,]*\d|\))")
_MEASURE: Final = {
    "mm": "cm",
    "μm": "mm",
    "nm": "μm",
    "MPa": "kPa",
    "kPa": "MPa",
    "kg": "g",
    "mg": "kg",
    "°C": "K",
    "℃": "K",
    "ms": "s",
    "GHz": "MHz",
    "kHz": "MHz",
    "MHz": "kHz",
    "hours": "minutes",
    "minutes": "hours",
    "小时": "分钟",
    "分钟": "小时",
    "毫米": "厘米",
    "厘米": "毫米",
    "微米": "毫米",
    "micrometers": "millimeters",
}
_FLIPS: Final = {
    "en": {
        "at least": "at most",
        "at most": "at least",
        "not more than": "not less than",
        "not less than": "not more than",
        "not greater than": "not less than",
        "does not exceed": "is not less than",
        "less than": "more than",
        "more than": "less than",
        "greater than": "less than",
        "lower than": "higher than",
        "higher than": "lower than",
        "or more": "or less",
        "exceeds": "is less than",
    },
    "zh": {
        "至少": "至多",
        "至多": "至少",
        "不大于": "不小于",
        "不小于": "不大于",
        "不超过": "不低于",
        "不低于": "不超过",
        "不少于": "不多于",
        "小于": "大于",
        "大于": "小于",
        "低于": "高于",
        "高于": "低于",
        "以上": "以下",
        "≥": "≤",
        "≤": "≥",
    },
}
_OPEN_CLAIM: Final = {"en": re.compile(r"\bcomprising\b"), "zh": re.compile(r"包括")}
_CLOSED: Final = {
    "en": re.compile(r"(?<!group )\bconsist(ing|s) of\b"),
    "zh": re.compile(r"由([^，。；由]{1,60})组成(?!的组)"),
}
_OTHER_TERM: Final = {"en": "gadget", "zh": "物件"}


def numeral_dropped(pair: Pair) -> Iterator[str]:
    """One reference numeral is gone, with its parentheses."""
    for match in _signs(pair.answer):
        yield _put(pair.answer, match.start(), match.end(), "")


def numeral_changed(pair: Pair) -> Iterator[str]:
    """One reference numeral became another."""
    for match in _signs(pair.answer):
        head, digits = re.fullmatch(r"([A-Z]?)(\d+)", match[3]).groups()  # type: ignore[union-attr]
        yield _put(pair.answer, match.start(3), match.end(3), f"{head}{int(digits) + 70}")


def number_changed(pair: Pair) -> Iterator[str]:
    """One number of the text became another: 12.5 for 12.6, 30 for 31."""
    for match in _numbers(pair):
        last = (int(match[0][-1]) + 1) % 10
        yield _put(pair.answer, match.end() - 1, match.end(), str(last))


def number_dropped(pair: Pair) -> Iterator[str]:
    """One number of the text is gone."""
    for match in _numbers(pair):
        yield _put(pair.answer, match.start(), match.end(), "")


def minus_dropped(pair: Pair) -> Iterator[str]:
    """A value below zero lost its minus."""
    for match in re.finditer(r"(?<![\dA-Za-z%℃°)）-])[-−](?=\d+(?:\.\d+)? ?(?:°C|℃|V\b))", pair.answer):
        yield _put(pair.answer, match.start(), match.end(), "")


def ratio_turned(pair: Pair) -> Iterator[str]:
    """A ratio is the other way round."""
    for match in re.finditer(r"(?<![\d:.：∶])(\d+(?:\.\d+)?)([:：∶])(\d+(?:\.\d+)?)(?![\d:.：∶])", pair.answer):
        if match[1] != match[3]:
            yield _put(pair.answer, match.start(), match.end(), match[3] + match[2] + match[1])


def unit_changed(pair: Pair) -> Iterator[str]:
    """One unit became another of its kind, everywhere in the range it belongs to."""
    for match in re.finditer(r"(?<=\d) ?(?P<unit>[A-Za-zμ°℃一-鿿]+)", pair.answer):
        unit = next((unit for unit in _MEASURE if match["unit"].startswith(unit)), None)
        if unit and not match["unit"][len(unit) : len(unit) + 1].isascii():
            yield _put(pair.answer, match.start("unit"), match.start("unit") + len(unit), _MEASURE[unit])
        elif unit and match["unit"] == unit:
            yield _put(pair.answer, match.start("unit"), match.end("unit"), _MEASURE[unit])


def bound_flipped(pair: Pair) -> Iterator[str]:
    """At least became at most, or the reverse."""
    words = _FLIPS[pair.to]
    order = sorted(words, key=len, reverse=True)
    latin = r"(?<![A-Za-z])" if pair.to == "en" else ""
    for match in re.finditer(latin + "(?:" + "|".join(order) + ")", pair.answer):
        one = pair.answer[: match.start()].endswith(("one ", "一种", "两层"))
        one = one or re.match(r" one\b", pair.answer[match.end() :]) is not None
        if not one and re.search(r"\d", pair.answer[match.start() - 12 : match.end() + 12]):
            yield _put(pair.answer, match.start(), match.end(), words[match[0]])


def dependency_altered(pair: Pair) -> Iterator[str]:
    """One number of a reference to claims became another."""
    for number, start, end in _claims(pair.answer):
        reference = re.search(r"(?:claims?|权利要求) ?(\d+)(?:( to |-|～|至| or |或)(\d+))?", pair.answer[start:end])
        if reference:
            group = 3 if reference[3] else 1
            at, until = start + reference.start(group), start + reference.end(group)
            yield _put(pair.answer, at, until, str(int(reference[group]) + (1 if number > 2 else 4)))


def claim_dropped(pair: Pair) -> Iterator[str]:
    """One claim is gone."""
    for _, start, end in _claims(pair.answer):
        yield _put(pair.answer, start, end, "")


def claim_number_wrong(pair: Pair) -> Iterator[str]:
    """One claim has another number."""
    for number, start, _ in _claims(pair.answer):
        yield _put(pair.answer, start, start + len(str(number)), str(number + 20))


def scope_opened(pair: Pair) -> Iterator[str]:
    """ "Consisting of" became "comprising", 由…组成 became 包括."""
    for match in _CLOSED[pair.to].finditer(pair.answer):
        word = f"compris{'es' if match[1] == 's' else 'ing'}" if pair.to == "en" else f"包括{match[1]}"
        yield _put(pair.answer, match.start(), match.end(), word)


def scope_closed(pair: Pair) -> Iterator[str]:
    """The first "comprising" of a claim became "consisting of", the first 包括 became 由…组成."""
    for _, start, end in _claims(pair.answer):
        match = _OPEN_CLAIM[pair.to].search(pair.answer, start, end)
        if match and pair.to == "en":
            yield _put(pair.answer, match.start(), match.end(), "consisting of")
        elif match:
            stop = re.compile("[，。；\n]").search(pair.answer, match.end())
            if stop and stop.start() > match.end() + 1:
                listed = pair.answer[match.end() : stop.start()].lstrip("：:")
                yield _put(pair.answer, match.start(), stop.start(), f"由{listed}组成")


def term_varied(pair: Pair) -> Iterator[str]:
    """One occurrence of a term of the glossary is rendered otherwise."""
    for rendering in pair.terms.values():
        for match in re.finditer(re.escape(rendering), pair.answer):
            yield _put(pair.answer, match.start(), match.end(), _OTHER_TERM[pair.to])


def term_varied_in_a_claim(pair: Pair) -> Iterator[str]:
    """A term of the glossary is rendered otherwise throughout one claim."""
    for rendering in pair.terms.values():
        for _, start, end in _claims(pair.answer):
            claim = pair.answer[start:end]
            if rendering in claim:
                yield _put(pair.answer, start, end, claim.replace(rendering, _OTHER_TERM[pair.to]))


def figure_changed(pair: Pair) -> Iterator[str]:
    """A reference to a figure names another one."""
    for found in figures(pair.answer):
        digits = re.compile(r"\d+").search(pair.answer, found.start, found.end)
        if digits:
            yield _put(pair.answer, digits.start(), digits.end(), str(int(digits[0]) + 5))


def clause_left_out(pair: Pair) -> Iterator[str]:
    """The last clause of a claim, after its last comma or semicolon, is gone."""
    for _, start, end in _claims(pair.answer):
        claim = pair.answer[start:end].rstrip()
        at = max(claim.rfind(mark) for mark in (",", ";", "，", "；"))
        if at > 0 and len(claim) - at > 12:
            yield _put(pair.answer, start + at, start + len(claim) - 1, "")


def half_a_claim_left_out(pair: Pair) -> Iterator[str]:
    """Everything after the first comma of a claim that is more than a reference is gone."""
    for _, start, end in _claims(pair.answer):
        claim = pair.answer[start:end].rstrip()
        at = re.search("[,，;；]", claim)
        if at and len(claim) - at.start() > len(claim) // 2:
            yield _put(pair.answer, start + at.start(), start + len(claim) - 1, "")


def source_leaked(pair: Pair) -> Iterator[str]:
    """A piece of the source stands in the answer: a name in Chinese, five words in English."""
    if pair.to == "en":
        for zh, en in pair.terms.items():
            for match in re.finditer(re.escape(en), pair.answer):
                yield _put(pair.answer, match.start(), match.end(), zh)
        return
    run = re.search(r"[a-z]+(?: [a-z]+){5}", pair.source)
    for match in re.finditer("所述", pair.answer) if run else ():
        yield _put(pair.answer, match.start(), match.end(), f" {run[0]} ")  # type: ignore[index]


def clause_doubled(pair: Pair) -> Iterator[str]:
    """The last clause of a claim stands twice."""
    for _, start, end in _claims(pair.answer):
        claim = pair.answer[start:end].rstrip()
        at = max(claim.rfind(mark) for mark in (",", ";", "，", "；"))
        if at > 0 and len(claim) - at > 12:
            yield _put(pair.answer, start + len(claim) - 1, start + len(claim) - 1, claim[at:-1])


Kind = Callable[[Pair], Iterator[str]]
KINDS: Final[tuple[Kind, ...]] = (
    numeral_dropped,
    numeral_changed,
    number_dropped,
    number_changed,
    minus_dropped,
    ratio_turned,
    unit_changed,
    bound_flipped,
    dependency_altered,
    claim_dropped,
    claim_number_wrong,
    scope_opened,
    scope_closed,
    term_varied,
    term_varied_in_a_claim,
    figure_changed,
    clause_left_out,
    half_a_claim_left_out,
    source_leaked,
    clause_doubled,
)


def _put(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _signs(text: str) -> Iterator[re.Match[str]]:
    """Reference numerals in parentheses; not 步骤（1）, "step (1)" and not the mark of a list."""
    for match in _NUMERAL.finditer(text):
        if not re.search(r"(?:step|步骤|formula|式) ?$", text[: match.start()]):
            yield match


def _claims(text: str) -> list[tuple[int, int, int]]:
    """Number, start and end of every claim, from its number on; the end is the start of the next one.

    None in a text that is no set of claims.
    """
    numbers = [claim.number for claim in parse_claims(text) if claim.numbered]
    starts: list[int] = []
    for number in numbers:
        match = re.compile(rf"^{number}[.、．]", re.MULTILINE).search(text, starts[-1] + 1 if starts else 0)
        if match is None:
            return []
        starts.append(match.start())
    return list(zip(numbers, starts, [*starts[1:], len(text)][: len(starts)], strict=True))


def _numbers(pair: Pair) -> Iterator[re.Match[str]]:
    """Numbers in digits that are no claim numbers, no references, figures, numerals, marks and no part of a symbol."""
    hidden = [(found.start, found.end) for found in figures(pair.answer)]
    hidden += [
        match.span()
        for match in re.finditer(r"(?:claims?|权利要求) ?\d+(?:( to |[-～至、,或]| or |, )+\d+)*", pair.answer)
    ]
    hidden += [(each.start, each.end) for each in numerals(pair.answer)]
    hidden += [match.span() for match in re.finditer(r"(?:[:;：；]|\band\b)\s*\d{1,2}[,、，.．](?=\s)", pair.answer)]
    hidden += [match.span() for match in re.finditer(r"(?m)^\d+[.、．]|[Ss]teps? ?\(?\d|ID NO: \d", pair.answer)]
    for match in _NUMBER.finditer(pair.answer):
        if not any(start <= match.start() < end for start, end in hidden):
            yield match


def caught(pair: Pair, answer: str) -> bool:
    """Whether the checks say anything above PASS of the answer that they do not say of the faithful translation."""
    return bool(_findings(pair, answer) - _findings(pair, pair.answer))


@functools.lru_cache(maxsize=128)
def _said(source: str, answer: str, to: Lang, terms: tuple[tuple[str, str], ...]) -> frozenset[str]:
    found = check_translation(Translation.of(source, answer, to, dict(terms)))
    return frozenset(f"{each.check} {each.en}" for each in found if each.state in ("FIX", "REVIEW"))


def _findings(pair: Pair, answer: str) -> frozenset[str]:
    return _said(pair.source, answer, pair.to, tuple(pair.terms.items()))
