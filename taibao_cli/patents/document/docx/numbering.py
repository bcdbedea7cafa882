"""The numbers of automatically numbered paragraphs, which are not in the text of a Word document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LEVEL: Final = re.compile(r"%([1-9])")
_HAN: Final = "零一二三四五六七八九"
_ROMAN: Final = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list: how its number is written (ISO 29500 `numFmt`), the text around it, the first number."""

    form: str
    text: str
    start: int


@dataclass(slots=True)
class Numbering:
    """Counts the lists of a document as Word does; give it the numbered paragraphs in order."""

    levels: Mapping[tuple[str, int], Level]
    lists: Mapping[str, str]
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def label(self, number: str, depth: int) -> str:
        """What stands before the next paragraph of list `number` at level `depth`: "1.", "[0001]", （一）; empty for
        bullets and lists that are not defined."""
        own = self.lists.get(number, "")
        level = self.levels.get((number, depth)) or self.levels.get((own, depth))
        if level is None or level.form in ("bullet", "none"):
            return ""
        counts = self.counts.setdefault(own or number, {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]

        def written(match: re.Match[str]) -> str:
            at = int(match[1]) - 1
            known = self.levels.get((number, at)) or self.levels.get((own, at))
            return _written(counts.get(at, known.start if known else 1), known.form if known else "decimal")

        return _LEVEL.sub(written, level.text)


def read_numbering(root: etree._Element | None) -> Numbering:
    """The lists of `numbering.xml`; None for a document without any."""
    if root is None:
        return Numbering({}, {})
    levels: dict[tuple[str, int], Level] = {}
    for abstract in root.iter(f"{W}abstractNum"):
        for level in abstract.iter(f"{W}lvl"):
            levels["a" + _attribute(abstract, "abstractNumId"), _int(_attribute(level, "ilvl"), 0)] = _level(level)
    lists: dict[str, str] = {}
    for number in root.iter(f"{W}num"):
        own = _attribute(number, "numId")
        lists[own] = "a" + _value(number, "abstractNumId")
        for override in number.iter(f"{W}lvlOverride"):
            depth = _int(_attribute(override, "ilvl"), 0)
            base = levels.get((lists[own], depth), Level("decimal", f"%{depth + 1}.", 1))
            inner = override.find(f"{W}lvl")
            defined = _level(inner) if inner is not None else base
            start = _value(override, "startOverride")
            levels[own, depth] = Level(defined.form, defined.text, _int(start, defined.start))
    return Numbering(levels, lists)


def _level(level: etree._Element) -> Level:
    form = _value(level, "numFmt")
    for each in level.iter(f"{W}numFmt"):
        if _attribute(each, "val") == "custom":
            form = "zeros" + str(len(_attribute(each, "format").split(",")[0].strip()))
    return Level(form or "decimal", _value(level, "lvlText"), _int(_value(level, "start"), 1))


def _written(number: int, form: str) -> str:
    if form.startswith("zeros"):
        return str(number).zfill(_int(form[5:], 1))
    return _FORMS.get(form, str)(number)


def _han(number: int) -> str:
    if number < 10:
        return _HAN[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return ("" if tens == 1 else _HAN[tens]) + "十" + (_HAN[ones] if ones else "")
    return str(number)


def _roman(number: int) -> str:
    written = ""
    for value, sign in _ROMAN:
        while number >= value and len(written) < 20:
            written, number = written + sign, number - value
    return written


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if 0 < number < 500 else str(number)


_FORMS: Final[Mapping[str, Callable[[int], str]]] = {
    "decimalZero": lambda number: str(number).zfill(2),
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "chineseCounting": _han,
    "chineseCountingThousand": _han,
    "japaneseCounting": _han,
    "ideographDigital": lambda number: "".join(_HAN[int(digit)] for digit in str(number)),
}


def _attribute(element: etree._Element, name: str) -> str:
    return str(element.get(W + name, ""))


def _value(element: etree._Element, child: str) -> str:
    found = element.find(W + child)
    return _attribute(found, "val") if found is not None else ""


def _int(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else otherwise
