"""How long a title and an abstract may be, by office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.checks.base import Finding, Part, Place, State, Words, finding
from taibao_cli.patents.claims.defects import Office

Measure = Literal["characters", "words"]

_SPACE = re.compile(r"\s+")
_WESTERN = re.compile(r"[A-Za-z\d]+(?:[.,'’/-][A-Za-z\d]+)*")
_PUNCTUATION = re.compile(r"[^\w\s]")
_EN_WORD = re.compile(r"[^\s,.;:()\[\]\"“”]*[A-Za-z\d][^\s,;()\[\]\"“”]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """At least or at most so many; `state` is what breaking it means, `punctuation` whether signs count."""

    part: Part
    office: Office
    measure: Measure
    limit: int
    state: State
    source: str
    least: bool = False
    punctuation: bool = True


RULES: Final[tuple[Rule, ...]] = (
    Rule("title", "cn", "characters", 60, "FIX", "CN Guidelines part I ch. 1 §4.1.1", punctuation=False),
    Rule("title", "cn", "characters", 25, "REVIEW", "CN Guidelines part I ch. 1 §4.1.1", punctuation=False),
    Rule("title", "us", "characters", 500, "FIX", "37 CFR 1.72(a)"),
    Rule("abstract", "cn", "characters", 300, "FIX", "CN Guidelines part I ch. 1 §4.5.1, part II ch. 2 §2.4"),
    Rule("abstract", "us", "words", 150, "REVIEW", "37 CFR 1.72(b), MPEP 608.01(b)"),
    Rule("abstract", "us", "words", 50, "REVIEW", "MPEP 608.01(b)", least=True),
    Rule("abstract", "ep", "words", 150, "REVIEW", "EPC R. 47(3)"),
    Rule("title", "pct", "words", 7, "REVIEW", "PCT R. 4.3"),
    Rule("abstract", "pct", "words", 150, "REVIEW", "PCT R. 8.1(b)"),
    Rule("abstract", "pct", "words", 50, "REVIEW", "PCT R. 8.1(b)", least=True),
)
"""The strictest first, of those that say the same about one part."""

_TOO_LONG: Final = {
    "characters": Words(
        "{count} 字，超过 {limit} 字（{source}）",
        "{count} characters, more than {limit} ({source})",
        "删至 {limit} 字以内",
        "shorten it to {limit} characters",
    ),
    "words": Words(
        "{count} 个词，超过 {limit} 个（{source}）",
        "{count} words, more than {limit} ({source})",
        "删至 {limit} 个词以内",
        "shorten it to {limit} words",
    ),
}
_TWO_COUNTS: Final = Words(
    "逐字计 {count} 字，按文字处理软件计 {other} 字；上限 {limit} 字（{source}）",
    "{count} characters one by one, {other} as word processors count; the limit is {limit} ({source})",
    "按较严的算法删至 {limit} 字以内",
    "shorten it to {limit} by the stricter count",
)
_TOO_SHORT: Final = Words(
    "{count} 个词，少于 {limit} 个（{source}）",
    "{count} words, fewer than {limit} ({source})",
    "补充主要技术特征",
    "add the main features",
)


def characters(text: str, *, punctuation: bool = True) -> tuple[int, int]:
    """Two counts: every character but white space, and as word processors count (a Western word or number is one).

    Without `punctuation` the second leaves signs out; the first never does.
    """
    single = len(_SPACE.sub("", text))
    rest, western = _WESTERN.subn("", text)
    if not punctuation:
        rest = _PUNCTUATION.sub("", rest)
    return single, western + len(_SPACE.sub("", rest))


def words(text: str) -> int:
    """Words of an English text."""
    return len(_EN_WORD.findall(text))


def check_length(check: str, part: Part, text: str, office: Office) -> Iterator[Finding]:
    """What the rules of the office say of a title or an abstract; the strictest rule that is broken speaks."""
    place = Place(part, span=(0, len(text)))
    for rule in RULES:
        if (rule.part, rule.office) == (part, office) and (found := _broken(check, rule, text, place)):
            yield found
            return


def _characters_by(rule: Rule, text: str) -> tuple[int, int]:
    """Both Chinese counts; elsewhere every character counts, spaces too."""
    return (
        characters(text, punctuation=rule.punctuation)
        if rule.office == "cn"
        else (len(text.strip()), len(text.strip()))
    )


def _broken(check: str, rule: Rule, text: str, place: Place) -> Finding | None:
    values = {"limit": rule.limit, "source": rule.source}
    if rule.measure == "words":
        count = words(text)
        if rule.least:
            short = finding(check, rule.state, _TOO_SHORT, place, rule.office, count=count, **values)
            return short if count < rule.limit else None
        long = finding(check, rule.state, _TOO_LONG["words"], place, rule.office, count=count, **values)
        return long if count > rule.limit else None
    single, processed = _characters_by(rule, text)
    low, high = sorted((single, processed))
    if low > rule.limit:
        return finding(check, rule.state, _TOO_LONG["characters"], place, rule.office, count=low, **values)
    if high > rule.limit:
        return finding(check, "REVIEW", _TWO_COUNTS, place, rule.office, count=single, other=processed, **values)
    return None
