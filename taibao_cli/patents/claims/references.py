"""References from one claim to others, as they stand in its text."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.language import Lang

Mode = Literal["single", "alternative", "joint", "bare"]
"""One claim; one of several (任一项, "or"); all of several (和, "and"); several, and not said which (1-3 所述)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Claims named in one phrase: ranges and lists expanded, in the order written, each once.

    `preceding` stands for "any of the preceding claims": `numbers` is empty until the set is known.
    """

    numbers: tuple[int, ...]
    start: int
    end: int
    mode: Mode
    preceding: bool = False


_MEASURED = r"(?!\d|\s*(?:个|只|根|条|块|层|次|倍|片|种|台|mm|cm|nm|μm|%|％|℃|°))"
_ZH_NUMBER = rf"第?\s*\d{{1,3}}{_MEASURED}\s*项?"
_ZH_TO = r"\s*(?:[-–—−~～]+|至|到)\s*"
_ZH_ITEM = rf"{_ZH_NUMBER}(?:{_ZH_TO}(?:权利要求)?\s*{_ZH_NUMBER})?"
_ZH_OR = (
    r"\s*(?:[,，、]\s*(?:和/或|或者?|和|以及)|和/或|或者|以及|[、或和及与]|[,，](?=\s*\d{1,3}\s*[-–~～至到、,，或和及与中任所之的项]))\s*"
    r"(?:(?:如|根据|按照)?权利要求)?\s*"
)
_ZH_OTHER = r"(?:所述|记载)的?[^，。；,;:：\d]{1,20}?或者?(?:如|根据|按照)?权利要求\s*"
"""Between two references of one claim to claims about different things."""

_ZH = re.compile(rf"权利要求书?中?\s*{_ZH_ITEM}(?:(?:{_ZH_OR}|{_ZH_OTHER}){_ZH_ITEM})*")
_ZH_ALL = re.compile(
    r"(?:(?:前述|上述|以上|前面|在前)[^，。；,;\d]{0,6}?|(?:根据|如|按照)任[意何]?一?[项个]?的?)权利要求"
    r"(?!\s*书?中?\s*第?\s*\d)"
)
_ZH_ANY = re.compile(r"任|之一|一项|一个")
_ZH_NEAR = re.compile(r"[^，。；,;]{0,8}")

_EN_NUMBER = r"(?:nos?\.?\s*)?\d{1,3}(?!\d|\.\d|\s*(?:mm|cm|nm|μm|%|°|percent\b|degrees\b))"
_EN_WORD = r"(?:claims?|cliams?|calims?)"
"""With the ways in which it is often mistyped."""

_EN_ITEM = (
    rf"(?:{_EN_WORD}\s+)?{_EN_NUMBER}(?:\s*(?:[-–—−~]+|\b(?:to|through|thru)\b)\s*(?:{_EN_WORD}\s+)?{_EN_NUMBER})?"
)
_EN_OR = (
    r"(?:\s*,\s*(?:(?:and/or|or|and)\s+)?|\s+(?:and/or|or|and)\s+|(?<=\d)\s+(?=\d{1,3}(?:,|\s+(?:or|and))\s+\d))"
    r"(?:(?:according\s+to|as\s+claimed\s+in|as\s+in|of|in|to)\s+)?(?:any\s+(?:one\s+)?(?:of\s+)?(?:the\s+)?)?"
)
_EN = re.compile(rf"\b{_EN_WORD}\s+{_EN_ITEM}(?:{_EN_OR}{_EN_ITEM})*", re.IGNORECASE)
_EN_FIRST = re.compile(rf"\b{_EN_WORD}\s+{_EN_ITEM}", re.IGNORECASE)
_EN_CLAIM = re.compile(_EN_WORD)
_EN_ALL = re.compile(r"\b(?:preceding|preceeding|previous|foregoing|above|prior)\s+claims?\b(?!\s+\d)", re.IGNORECASE)
_EN_ANY = re.compile(r"\b(?:any|either|one)\b[^,;.]*$", re.IGNORECASE)
_EN_COUNTED = re.compile(
    r"\s+(?!wherein|where|which|in\b|and\b|or\b|further|compris|character|consist|includ|having|with\b|is\b|are\b|by\b"
    r"|for\b|to\b|that\b|whereby|when\b|on\b|as\b|contain|additionally|also\b|but\b|the\b|an?\b|said\b|such\b|each\b"
    r"|of\b|from\b|at\b|using\b|under\b|after\b|before\b|if\b)[a-z]+"
)
"""A noun after the last number: "of claim 1 or 2 wheels" counts wheels, "as in claim 1 or 2 the pump" does not."""

_NUMBERS = re.compile(
    r"(\d+)(?:\D{0,4}?(?:[-–—−~～]+|至|到|\bto\b|\bthrough\b|\bthru\b)[^\d、,，或和]{0,10}(\d+))?", re.IGNORECASE
)
_QUOTED = re.compile(r"“[^“”]{0,300}”|「[^「」]{0,300}」|(?<!\w)\"[^\"\n]{1,200}\"(?!\w)")
_WINDOW: Final = 40
STATUS: Final = re.compile(
    r"\s*[(（](?:原|修改|新增?|经|已|未|currently|original|previously|new|amended|withdrawn|re-?presented)[^()（）\n]{0,30}[)）]\s*",
    re.IGNORECASE,
)
"""What an amended set says of a claim before its text: (Currently Amended), （原权利要求3）."""


def unquoted(text: str) -> str:
    """The text with spaces for what stands between quotation marks and for its status, so that positions stay."""
    status = STATUS.match(text)
    start = status.end() if status else 0
    return " " * start + _QUOTED.sub(lambda match: " " * len(match[0]), text[start:])


def references(text: str, lang: Lang) -> tuple[Reference, ...]:
    """References in the order of the text; a claim named inside quotation marks is none."""
    found = _chinese(unquoted(text)) if lang == "zh" else _english(unquoted(text))
    return tuple(sorted(found, key=lambda reference: reference.start))


def _chinese(text: str) -> Iterator[Reference]:
    for match in _ZH.finditer(text):
        numbers = expand_numbers(match[0])
        yield Reference(numbers, match.start(), match.end(), _zh_mode(text, match, numbers))
    for match in _ZH_ALL.finditer(text):
        mode: Mode = "alternative" if _ZH_ANY.search(_zh_around(text, match)) else "bare"
        yield Reference((), match.start(), match.end(), mode, preceding=True)


def _zh_around(text: str, match: re.Match[str]) -> str:
    after = _ZH_NEAR.match(text, match.end())
    before = text[max(0, match.start() - 6) : match.start()]
    return before.rpartition("，")[2] + match[0] + (after[0].partition("所述")[0] if after else "")


def _zh_mode(text: str, match: re.Match[str], numbers: tuple[int, ...]) -> Mode:
    if len(numbers) == 1:
        return "single"
    if _ZH_ANY.search(_zh_around(text, match)):
        return "alternative"
    if re.search(r"[和及与]", match[0].replace("和/或", "或")):
        return "joint"
    return "alternative" if "或" in match[0] else "bare"


def _english(text: str) -> Iterator[Reference]:
    for match in _EN.finditer(text):
        match = _counted_out(text, match)
        numbers = expand_numbers(match[0])
        yield Reference(numbers, match.start(), match.end(), _en_mode(text, match, numbers))
    for match in _EN_ALL.finditer(text):
        mode: Mode = "alternative" if _EN_ANY.search(text[max(0, match.start() - _WINDOW) : match.start()]) else "bare"
        yield Reference((), match.start(), match.end(), mode, preceding=True)


def _counted_out(text: str, match: re.Match[str]) -> re.Match[str]:
    """`claim 1` alone where what follows is no list of claims: "claim 1, 2", "claim 1 or 2 wheels"."""
    words = match[0].lower()
    listed = re.search(r"\b(?:or|and)\b", words) and not _EN_COUNTED.match(text, match.end())
    if len(_EN_CLAIM.findall(words)) > 1 or words.startswith(("claims", "cliams", "calims")) or listed:
        return match
    return _EN_FIRST.match(text, match.start()) or match


def _en_mode(text: str, match: re.Match[str], numbers: tuple[int, ...]) -> Mode:
    words = match[0].lower()
    if len(numbers) == 1:
        return "single"
    if _EN_ANY.search(text[max(0, match.start() - _WINDOW) : match.start()]):
        return "alternative"
    if re.search(r"\band\b", words.replace("and/or", "or")):
        return "joint"
    return "alternative" if re.search(r"\bor\b", words) else "bare"


@functools.lru_cache(maxsize=4096)
def expand_numbers(phrase: str) -> tuple[int, ...]:
    """Numbers of "1 to 3, 7 or 9": 1, 2, 3, 7, 9."""
    found: dict[int, None] = {}
    for match in _NUMBERS.finditer(phrase):
        first = int(match[1])
        last = int(match[2]) if match[2] else first
        found.update(dict.fromkeys(range(min(first, last), max(first, last) + 1)))
    return tuple(found)
