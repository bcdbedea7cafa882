"""Drafts by rule: an abstract out of the first claim, a first claim out of an abstract.

What a small model is offered to put right, as `patents.draft` is for translations. The wording follows what the offices
see every day (本发明公开了……; a preamble, 其特征在于 or comprising, a body); nothing is added to the text.
"""

from __future__ import annotations

import re
from typing import Final

from taibao_cli.patents.claims.claimset import parse_claims
from taibao_cli.patents.language import Lang

ABSTRACT_ZH: Final = 300
"""Characters of a Chinese abstract, signs included (Examination Guidelines, part II, ch. 2, 2.4)."""

ABSTRACT_EN: Final = 150
"""Words of an English one (37 CFR 1.72(b), PCT Rule 8.1(b))."""

_OPENING: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(
        r"^(?:本发明|本实用新型|本申请|本公开)(?:的实施例)?(?:公开|涉及|提供|提出|属于|是有关于|是关于|为|是)了?"
        r"(?:[^，。；]{1,24}领域[，。](?:特别是|尤其是|特别涉及|尤其涉及|具体涉及|具体为|涉及|公开了)?)?"
    ),
    "en": re.compile(
        r"^(?:the |this |present |utility model |invention |application |disclosure |embodiments? of )+"
        r"(?:discloses?|relates to|provides?|describes?|is directed to|concerns) (?=an? )",
        re.IGNORECASE,
    ),
}
_NUMBERED: Final = re.compile(r"^1\s*[.．、]\s*")
_CLAUSE_END: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"[，。；：]"),
    "en": re.compile(r"[,;:]|\.(?:\s|$)|\s(?:comprising|which|wherein|including)\b"),
}
_CHARACTERISED: Final = re.compile(r"[，,]?其特征(?:在于|是)[，,：:]?")
_SAYS_MORE: Final = re.compile(r",|\b(?:compris|includ|consist|contain|having|wherein|which|that)")
"""In a first sentence that does more than name the invention."""

_HAS: Final = re.compile(r",?(?: which| that)? (?:comprises|includes|contains|has)\b")


def abstract_draft(claims: str, lang: Lang) -> str:
    """The gist of the first claim as an abstract, within the length that offices ask for; empty without claims."""
    found = parse_claims(claims, lang).claims
    if not found:
        return ""
    body = " ".join(found[0].text.split()).rstrip("。.;； ")
    if lang == "zh":
        return _cut(f"本发明公开了{_CHARACTERISED.sub('，', body)}", ABSTRACT_ZH, "，；") + "。"
    words = body if body[1:2].isupper() else body[:1].lower() + body[1:]
    text = f"Disclosed is {words}"
    while len(text.split()) > ABSTRACT_EN and (at := max(text.rfind(","), text.rfind(";"))) > 0:
        text = text[:at]
    return text + "."


def title_draft(text: str, lang: Lang) -> str:
    """The first clause of an abstract without its opening, as a title; of claims the preamble of the first."""
    body = _OPENING[lang].sub("", _NUMBERED.sub("", " ".join(text.split())))
    first = _CLAUSE_END[lang].split(body, maxsplit=1)[0].strip()
    return first[:1].upper() + first[1:]


def claim_draft(abstract: str, lang: Lang) -> str:
    """A first claim out of the first sentence of an abstract, and of the second where that only names the invention;
    empty for an empty text."""
    text = _OPENING[lang].sub("", " ".join(abstract.split()))
    if not text:
        return ""
    if lang == "zh":
        first, _, rest = text.partition("。")
        body = f"{first}，{rest.partition('。')[0]}" if "，" not in first and rest else first
        name, comma, features = body.rstrip("；").partition("，")
        middle = "" if "其特征" in body or not comma else "其特征在于，"
        return f"1. {name}{comma}{middle}{features}。"
    sentences = re.split(r"(?<=[a-z)])\. ", text, maxsplit=2)
    body = sentences[0]
    if len(sentences) > 1 and not _SAYS_MORE.search(body):
        body = f"{body}, {sentences[1][:1].lower()}{sentences[1][1:]}"
    body = body if re.search(r"\b(?:comprising|consisting)\b", body) else _HAS.sub(" comprising", body, count=1)
    return f"1. {body[:1].upper()}{body[1:].rstrip('.;')}."


def _cut(text: str, limit: int, ends: str) -> str:
    """The text up to the last of `ends` that leaves it shorter than `limit`; as it is when it is short enough."""
    if len(text) < limit:
        return text
    at = max((text.rfind(end, 0, limit - 1) for end in ends), default=-1)
    return text[:at] if at > 0 else text[: limit - 1]
