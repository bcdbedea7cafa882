"""The parts of one claim: preamble, transition, body; its subject and category."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from taibao_cli.patents.claims.references import STATUS, Reference, unquoted
from taibao_cli.patents.language import Lang

Category = Literal["product", "method", "use"]

_ZH_MARKED = re.compile(r"其(?:改进|特征)(?:之处)?(?:还|也)?(?:在于|是|为)")
_ZH_PLAIN = re.compile(
    r"由(?=[^，。；]{1,200}?(?:组成|构成))|(?:还|进一步|至少|主要|具体|依次)*(?:地)?(?:包括|包含|含有|具有)(?:有|以下)?|其中"
)
_ZH_CLOSED = re.compile(r"组成|构成")
_ZH_ONE = re.compile(r"\s*一[种类套个组项]\s*")
_EN_MARKED = re.compile(
    r"\bcharacteri[sz]ed\s+(?:in\s+that|by|in)\b|\bthe\s+improvement\s+(?:comprising|wherein)\b", re.IGNORECASE
)
_EN_COLON = re.compile(
    r"\b(?:further\s+)?(?:compris(?:ing|es)|consist(?:ing|s)(?:\s+essentially)?\s+of|including)\s*:", re.IGNORECASE
)
_EN_PLAIN = re.compile(
    r"\b(?:consist(?:ing|s)\s+essentially\s+of|consist(?:ing|s)\s+of"
    r"|(?:further\s+)?(?:compris(?:ing|es|e)|includ(?:ing|es))"
    r"|contain(?:ing|s)|having|composed\s+of|wherein|whereby|in\s+which|where)\b",
    re.IGNORECASE,
)
_LEADING = " \t\r\n:：,，"

_ZH_LEAD = re.compile(
    r"\s*(?:一[种类个])?\s*(?:根据|根椐|如同|如|按照|依照|依据|按|据|基于|同|参照)?\s*(?:任[意何]?一?[项个]?的?)?\s*"
)
_ZH_UNDER = re.compile(r"\s*(?:根据|如|按照)?从属于\s*")
"""根据从属于权利要求17的权利要求19: what it depends on is the second one."""

_ZH_APPOSED = re.compile(r"\s*(?:一[种类个])?(?P<title>[^，。；,]{1,40})[，,]\s*(?:根据|如|按照|依照|依据)\s*")
_ZH_AFTER = re.compile(
    r"\s*(?:[中之]?的?(?:其中)?(?:任[意何]?(?:之?一)?|之?一)[项个]?(?:权利要求)?|中)?(?:中?的?)?\s*"
    r"(?:所述|所说|所要求(?:保护)?|记载|限定)?(?:的|之)?\s*(?:一[种类个])?"
)
_ZH_TITLE = re.compile(r"[^，。；,;:：\n]*?(?=[，。；,;:：\n]|其特征|其中|(?:还|进一步)*(?:包括|包含)|$)")
_ZH_METHOD = re.compile(r"(?:方法|工艺|流程|制法|用法|步骤)$")
_ZH_USE = re.compile(r"(?:用途|(?:^|[的中])(?:应用|使用))$")
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")

_EN_LINK = re.compile(
    r"(?:[\s,(]|^)(?:any|either|at|least|one|or|more|of|the|each|claimed|recited|defined|set\s+forth|described"
    r"|specified|stated|disclosed|according|accordance|to|in|with|as|by|per|under|previously)[\s,(]*$",
    re.IGNORECASE,
)
_EN_DETERMINER = re.compile(r"\s*(?:an?|the|one\s+or\s+more|at\s+least\s+one)\s+", re.IGNORECASE)
_EN_JEPSON = re.compile(r"\s*in\s+an?\s[^,;:]{1,200},\s*(?=(?:an?|the)\s)", re.IGNORECASE)
_EN_TITLE = re.compile(
    r"[^,;:.\n]*?(?=[,;:.\n]|$|\s(?:(?:which|that)\s+)?(?:compris|consist|includ|wherein\b|having\b|containing\b|characteri))",
    re.IGNORECASE,
)
_EN_HEAD = re.compile(
    r"\b(?:of|for|to|in|on|by|with|from|at|using|that|which|having|comprising|including|containing|storing|configured"
    r"|(?<!-)(?:performed|executed|implemented|carried)|(?:applied|applicable|used)\s+(?:to|in|by|for)"
    r"|adapted|made|produced|obtain\w+|prepared|wherein|encoding|carrying|being|operable|capable|suitable|between|against|according)\b",
    re.IGNORECASE,
)
_EN_LATIN = re.compile(r"\b(?:in|ex)[\s-](?:vivo|vitro|situ|silico)\b", re.IGNORECASE)
_EN_USE = re.compile(r"\b(?:use|application)s?\s+(?:of|in|as|for|according)\b|^use$", re.IGNORECASE)
EN_METHODS = {"method", "proces", "procedure", "algorithm"}
"""As `head` gives them."""
_OPENING = 250
"""A reference after so many characters is no longer the opening."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`preamble`, `transition` and `body`; the last two are empty when no transition was recognised."""

    preamble: str
    transition: str
    body: str


@dataclass(frozen=True, slots=True)
class Opening:
    """How a claim begins: whether with a reference, and what it is about (`title`, no article, no reference).

    `reference` is the one it opens with, or None; `definite` tells "The pump of claim 1" from "A pump for …".
    """

    title: str
    reference: Reference | None
    definite: bool = False


def split_parts(text: str, lang: Lang, start: int) -> Parts:
    """Cut at the transition; `start` is where the reference at the beginning ends, before it none is looked for."""
    seen = unquoted(text)
    if lang == "zh":
        return _zh_parts(text, seen, start)
    match = _EN_MARKED.search(seen, start) or _en_transition(seen, start)
    if match is None:
        return Parts(text.strip(), "", "")
    words = " ".join(match[0].rstrip(" :").lower().split())
    return Parts(text[: match.start()].strip(" ,\n\t"), words, text[match.end() :].strip(_LEADING))


def _en_transition(seen: str, start: int) -> re.Match[str] | None:
    colon = _EN_COLON.search(seen, start)
    if colon is not None and ";" not in seen[start : colon.start()]:
        return colon
    return _EN_PLAIN.search(seen, start)


def _zh_parts(text: str, seen: str, start: int) -> Parts:
    match = _ZH_MARKED.search(seen, start)
    for plain in _ZH_PLAIN.finditer(seen, start) if match is None else ():
        if not _ZH_ONE.fullmatch(seen, 0, plain.start()) and plain.start() > 0:
            match = plain
            break
    if match is None:
        return Parts(text.strip(), "", "")
    preamble = text[: match.start()].strip(" ，,\n\t")
    closed = _ZH_CLOSED.search(seen, match.end()) if match[0] == "由" else None
    if closed is None:
        return Parts(preamble, match[0], text[match.end() :].strip(_LEADING))
    body = text[match.end() : closed.start()] + text[closed.end() :]
    return Parts(preamble, f"由…{closed[0]}", body.strip(_LEADING))


def opening(text: str, lang: Lang, found: tuple[Reference, ...]) -> Opening:
    """Read the beginning of a claim. A reference further on is a mention, and not part of it."""
    first = found[0] if found else None
    status = STATUS.match(text)
    start = status.end() if status else 0
    return _zh_opening(text, found, start) if lang == "zh" else _en_opening(text, first, start)


def _zh_opening(text: str, found: tuple[Reference, ...], start: int) -> Opening:
    first = found[0] if found else None
    if (
        len(found) > 1
        and _ZH_UNDER.fullmatch(text, start, found[0].start)
        and text[found[0].end : found[1].start] == "的"
    ):
        first, start = found[1], found[1].start
    if first is not None and _ZH_LEAD.fullmatch(text, start, first.start):
        after = _ZH_AFTER.match(text, first.end)
        return Opening(_zh_title(text, after.end() if after else first.end), first, definite=True)
    apposed = _ZH_APPOSED.fullmatch(text, start, first.start) if first is not None else None
    if apposed is not None and first is not None:
        after = _ZH_AFTER.match(text, first.end)
        if text[after.end() if after else first.end :].startswith(("，", ",", "其特征")):
            return Opening(apposed["title"].strip(), first, definite=True)
    one = _ZH_ONE.match(text, start)
    return Opening(_zh_title(text, one.end() if one else start), None)


def _zh_title(text: str, start: int) -> str:
    match = _ZH_TITLE.match(text, start)
    title = match[0].strip() if match else ""
    if not title:
        line = re.compile(r"[^，。；,;:：\n]*").match(text, start)
        title = line[0].strip() if line else ""
    return title


def _en_opening(text: str, first: Reference | None, start: int) -> Opening:
    jepson = _EN_JEPSON.match(text, start)
    if first is not None and first.start <= _OPENING:
        before = text[start : first.start]
        if not re.search(r"[;:]|\bwherein\b|\bcharacteri[sz]ed\b", before, re.IGNORECASE):
            while match := _EN_LINK.search(before):
                before = before[: match.start()]
            return Opening(_bare(before), first, definite=bool(re.match(r"\s*the\s", text[start:], re.IGNORECASE)))
    title = _EN_TITLE.match(text, jepson.end() if jepson else start)
    return Opening(_bare(title[0]) if title else "", None)


def _bare(title: str) -> str:
    determiner = _EN_DETERMINER.match(title)
    return title[determiner.end() if determiner else 0 :].strip(" ,\n\t")


def head(title: str) -> str:
    """The noun an English title is about, singular and in lower case: "pumps for a boat" is about `pump`."""
    plain = _EN_LATIN.sub(" ", _BRACKETS.sub("", title))
    words = re.findall(r"[a-z]+", _EN_HEAD.split(plain, maxsplit=1)[0].lower())
    return words[-1].removesuffix("s") if words else ""


def category(title: str, lang: Lang) -> Category:
    """Product unless the words of the title say method or use."""
    if lang == "zh":
        title = _BRACKETS.sub("", title).strip()
        return "method" if _ZH_METHOD.search(title) else "use" if _ZH_USE.search(title) else "product"
    noun = head(title)
    if noun in ("use", "application") and _EN_USE.search(title):
        return "use"
    return "method" if noun in EN_METHODS else "product"
