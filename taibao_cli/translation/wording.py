"""How pieces are put together: signs at their ends, capitals after commas, the texts of whole units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from taibao_cli.patents.language import Lang

if TYPE_CHECKING:
    from taibao_cli.translation.run import Rendered

_SIGNS: Final = {"。": ".", "；": ";", "，": ",", "：": ":", "？": "?", "！": "!"}
_TO: Final[dict[Lang, dict[str, str]]] = {
    "en": {**_SIGNS, **{sign: sign for sign in ".;,:?!"}},
    "zh": {**{sign: mark for mark, sign in _SIGNS.items()}, **{mark: mark for mark in _SIGNS}},
}
_END = re.compile(r"[\s.;,:?!。；，：？！、]+$")
_GOES_ON = re.compile(r"[,;:)\]a-z\d]$")
_CAPITAL = re.compile(r"[A-Z][a-z]")


def ended(source: str, answer: str, to: Lang) -> str:
    """The answer with the sign at its end that the source has at its own."""
    text = answer.strip()
    last = source.rstrip()[-1:]
    sign = _TO[to].get(last)
    if not text or (sign is None and last and not last.isalnum()):
        return text
    bare = _END.sub("", text)
    return f"{bare}{sign}" if sign else bare if _END.search(text) and last.isalnum() else text


def unit_texts(rendered: Iterable[Rendered], to: Lang) -> Mapping[str, str]:
    """The answers of each unit as one text, by unit."""
    texts: dict[str, str] = {}
    gaps: dict[str, str] = {}
    for each in rendered:
        unit, answer = each.piece.unit, each.answer
        before = texts.get(unit)
        if before is None:
            texts[unit] = answer
        elif answer:
            texts[unit] = before + _gap(gaps[unit], to) + _going_on(before, answer, to)
        gaps[unit] = each.piece.gap
    return texts


def _gap(gap: str, to: Lang) -> str:
    return gap if "\n" in gap else "" if to == "zh" else " "


def _going_on(before: str, answer: str, to: Lang) -> str:
    """In lower case where the sentence goes on."""
    goes_on = to == "en" and _GOES_ON.search(before) is not None and _CAPITAL.match(answer)
    return answer[:1].lower() + answer[1:] if goes_on else answer
