"""Citations as people write them: 专利法第二十二条第三款, 专利法22.3, Article 22(3) of the Patent Law."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from taibao_cli.knowledge.numerals import NUMERAL, from_han, to_han

Law = TypeVar("Law")

_N: Final = rf"[{NUMERAL}0-9０-９]+"
_ARTICLE_ZH: Final = re.compile(
    rf"第?\s*(?P<article>{_N})\s*条(?:之(?P<sub>[{NUMERAL}]+))?\s*"
    rf"(?:第?\s*(?P<paragraph>{_N})\s*款\s*)?(?:第?\s*[（(]?(?P<item>{_N})[)）]?\s*项\s*)?"
)
_SHORT: Final = re.compile(
    r"(?P<article>[0-9]{1,4})\s*(?:[.(（\s]\s*(?P<paragraph>[0-9]{1,2})\s*[)）]?\s*)?(?:[.(（]\s*(?P<item>[0-9]{1,2})\s*[)）]?)?"
)
_ARTICLE_EN: Final = re.compile(
    r"(?:article|art\.?|rule|section|sec\.?|§)\s*(?P<article>[0-9]{1,4})(?P<letter>[a-z])?"
    r"(?:\s*\(\s*(?P<paragraph>[0-9]{1,2})\s*\))?(?:\s*\(\s*(?P<item>[0-9]{1,2})\s*\))?",
    re.IGNORECASE,
)
_EN_FIRST: Final = re.compile(
    r"(?P<pinpoint>.*?[0-9a-z)])\s*(?:,|\bof\b|\s)\s*(?:the\s+)?(?P<law>[^0-9]+)", re.IGNORECASE
)
_SECTION: Final = re.compile(
    rf"(?P<part>第\s*{_N}\s*(?:部分|编))?\s*(?P<chapter>第\s*{_N}\s*章)?\s*第?\s*(?P<number>[0-9]+(?:\.[0-9]+)*)?\s*节?"
)
_UNIT: Final = re.compile(rf"第\s*({_N})\s*(部分|编|章)")
_BETWEEN: Final = " \t　,，、:：》>"


@dataclass(frozen=True, slots=True)
class Pinpoint:
    """A place in a law. `article` with `sub`, `paragraph` and `item` (0 where not said), or a `label`: the path of a
    section such as 第二部分第三章2.1, or whatever else stands at the beginning of a passage. Both for 4.1, which is an
    article and its paragraph or a section."""

    article: int = 0
    sub: int = 0
    paragraph: int = 0
    item: int = 0
    label: str = ""


def parse_pinpoint(words: str) -> Pinpoint | None:
    """The place that the words name, the law's name taken off; None when they name none."""
    text = words.strip(_BETWEEN)
    for pattern in (_ARTICLE_ZH, _ARTICLE_EN):
        if match := pattern.fullmatch(text):
            return _article(match.groupdict())
    if match := _SHORT.fullmatch(text):
        return _article(match.groupdict(), label=text)
    match = _SECTION.fullmatch(text)
    if match and (match["part"] or match["chapter"] or "." in (match["number"] or "")):
        units = [_unit(match[name]) for name in ("part", "chapter") if match[name]]
        return Pinpoint(label="".join([*units, match["number"] or ""]))
    return None


def split_reference(words: str, law_of: Callable[[str], Law | None]) -> tuple[Law, Pinpoint | None, str] | None:
    """The law that the words name (through `law_of`), the place in it, and the words that are left when these name no
    place. The longest name that `law_of` knows wins; None when it knows none."""
    text = words.strip()
    for end in range(len(text), 0, -1):
        name, rest = text[:end].strip(_BETWEEN), text[end:]
        if name and (law := law_of(name)) is not None and not _cuts_a_word(text, end):
            pinpoint = parse_pinpoint(rest)
            return law, pinpoint, "" if pinpoint else rest.strip(_BETWEEN)
    match = _EN_FIRST.fullmatch(text)
    if match and (pinpoint := parse_pinpoint(match["pinpoint"])) and (law := law_of(match["law"])) is not None:
        return law, pinpoint, ""
    return None


def pinpoint_zh(pinpoint: Pinpoint) -> str:
    """第二十二条第三款第（二）项, or the label."""
    if not pinpoint.article:
        return pinpoint.label
    text = f"第{to_han(pinpoint.article)}条" + (f"之{to_han(pinpoint.sub)}" if pinpoint.sub else "")
    text += f"第{to_han(pinpoint.paragraph)}款" if pinpoint.paragraph else ""
    return text + (f"第（{to_han(pinpoint.item)}）项" if pinpoint.item else "")


def pinpoint_en(pinpoint: Pinpoint) -> str:
    """Article 22(3)(2), or the label."""
    if not pinpoint.article:
        return pinpoint.label
    sub = f"-{pinpoint.sub}" if pinpoint.sub else ""
    inner = "".join(f"({number})" for number in (pinpoint.paragraph, pinpoint.item) if number)
    return f"Article {pinpoint.article}{sub}{inner}"


def _article(found: dict[str, str | None], label: str = "") -> Pinpoint | None:
    letter = found.get("letter")
    sub = ord(letter.lower()) - ord("a") + 1 if letter else _number(found.get("sub"))
    numbers = [_number(found.get(name)) for name in ("article", "paragraph", "item")]
    if sub is None or None in numbers or not numbers[0]:
        return None
    article, paragraph, item = (number or 0 for number in numbers)
    return Pinpoint(article, sub, paragraph, item, label)


def _number(text: str | None) -> int | None:
    """The value of a numeral, 0 for none written, None for one that has no value."""
    return from_han(text) if text else 0


def _unit(text: str) -> str:
    match = _UNIT.fullmatch(text)
    number = from_han(match[1]) if match else None
    return f"第{to_han(number)}{match[2]}" if match and number else text


def _cuts_a_word(text: str, end: int) -> bool:
    return end < len(text) and text[end - 1].isascii() and text[end - 1].isalpha() and text[end].isalpha()
