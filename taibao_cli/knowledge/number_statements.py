"""Statements on one application or publication number, judged by what the number says of itself.

ZL201720601862.3 是发明专利: its fifth digit is 2, a utility model, so the statement is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from taibao_cli.knowledge.answer import DecidedBy, Judgement, Verdict
from taibao_cli.knowledge.basis import cite
from taibao_cli.patents.language import Lang
from taibao_cli.patents.office_numbers import OfficeNumber, PatentType, office_numbers

_TYPES: Final[Mapping[str, PatentType]] = {
    "发明": "invention",
    "实用新型": "utility model",
    "外观设计": "design",
    "invention": "invention",
    "utility model": "utility model",
    "design": "design",
}
_TYPES_ZH: Final[Mapping[PatentType, str]] = {kind: word for word, kind in _TYPES.items() if not word.isascii()}
_GAP: Final = "#"
_IS_OF_TYPE: Final[Mapping[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"(?:(?:中国)?(?:专利|申请|公开|公告|专利申请)?号?为?)?#号?(?:的)?(?:专利|申请|专利申请)?"
        r"(?P<is>不是|是|为|不属于|属于)(?:一件|一项|中国)*(?P<type>发明|实用新型|外观设计)(?:专利)?(?:申请)?"
    ),
    "en": re.compile(
        r"(?:the )?(?:chinese )?(?:patent |application |publication )*(?:no\.? |number )?# "
        r"(?P<is>is not|is|isn't) an? (?:chinese )?(?P<type>invention|utility model|design)(?: patent)?"
        r"(?: application)?",
        re.IGNORECASE,
    ),
}
_HAS_DIGIT: Final[Mapping[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"(?:专利|申请)?号?#的校验位(?:是|为)?(?P<is>正确|对|错误|不正确|错)的?"),
    "en": re.compile(
        r"the check digit of (?:application |patent )?(?:no\.? |number )?# is (?P<is>right|correct|wrong|incorrect)",
        re.IGNORECASE,
    ),
}
_DENIED: Final = ("不是", "不属于", "is not", "isn't", "错误", "不正确", "错", "wrong", "incorrect")
_ENDS: Final = re.compile(r"^[\s“\"]+|[\s。.！!”\"]+$")
_REASONS: Final[Mapping[Lang, Mapping[str, str]]] = {
    "zh": {
        "digit": "申请号 {text} 的类型位表示{type}（ZC 0006-2003）。",
        "kind": "{text} 的文献种类代码 {kind} 表示{type}（ZC 0008-2012、WIPO ST.16）。",
        "check": "按 ZC 0006-2003 计算，{text} 的校验位应为 {wanted}。",
    },
    "en": {
        "digit": "The type digit of application number {text} means {type} (ZC 0006-2003).",
        "kind": "Kind code {kind} of {text} means {type} (ZC 0008-2012, WIPO ST.16).",
        "check": "By ZC 0006-2003 the check digit of {text} is {wanted}.",
    },
}


def judge_number(statement: str, lang: Lang, day: str) -> Judgement | None:
    """The verdict that the one number of the statement gives; None for statements of any other form, and for a number
    whose check digit is wrong, which proves nothing of its type."""
    found = office_numbers(statement)
    if len(found) != 1 or found[0].country != "CN":
        return None
    number = found[0]
    plain = _ENDS.sub("", statement.replace(number.text, _GAP, 1))
    if lang == "zh":
        plain = re.sub(r"\s", "", plain)
    if (match := _HAS_DIGIT[lang].fullmatch(plain)) and number.sound is not None:
        return _judged(number, "check", number.sound, match["is"], lang, day)
    if (match := _IS_OF_TYPE[lang].fullmatch(plain)) and number.type and number.sound is not False:
        same = _TYPES[match["type"].lower()] == number.type
        return _judged(number, "kind" if number.kind else "digit", same, match["is"], lang, day)
    return None


def _judged(number: OfficeNumber, rule: str, true: bool, word: str, lang: Lang, day: str) -> Judgement:
    verdict: Verdict = "right" if true != (word.lower() in _DENIED) else "wrong"
    named = "" if number.type is None else _TYPES_ZH[number.type] if lang == "zh" else number.type
    reason = _REASONS[lang][rule].format(text=number.text, type=named, kind=number.kind, wanted=number.wanted)
    by: DecidedBy = "kind code" if rule == "kind" else "application number"
    return Judgement(verdict, None, reason, (cite("patent-law", 2, day),), "GROUNDED", inferred=True, decided_by=by)
