"""Definite mentions in claims ("said valve", 所述阀) of what no claim above has introduced.

Proof is not possible without grammar, so each finding has a confidence: high when no earlier text has the noun at
all or another ordinal was introduced, low when the noun is there but not under this name. 35 USC 112(b) and MPEP
2173.05(e); CN Guidelines part II ch. 2 §3.2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.claims.references import unquoted

Confidence = Literal["high", "low"]

_EN_MENTION = re.compile(
    r"\b(?P<article>the|said)\s+(?=(?P<phrase>[A-Za-z][\w'’-]*(?:\s+[A-Za-z][\w'’-]*){0,5}))", re.IGNORECASE
)
_EN_ENDS_WORDS: Final = (
    "a an the said of in on at to for from by with within without into onto over under above below between among "
    "through across along around about against after before during upon via per as is are was were be been being "
    "has have having had can may must shall will would should could does do did not and or nor but if when where "
    "wherein whereby while which that who whose than then so such each every any all both either neither this "
    "these those its their it they comprising comprises comprise comprised including includes include consisting "
    "consists consist containing contains contain characterized characterised according based using used "
    "configured adapted arranged disposed located positioned mounted connected coupled attached formed provided "
    "made one two three four least further also only respectively relative corresponding extending therein "
    "thereof thereto thereby thereon selected"
)
_EN_ENDS: Final = frozenset(_EN_ENDS_WORDS.split())
_EN_INHERENT_WORDS: Final = (
    "method process step steps use invention group following same other others latter former basis case event "
    "manner way number amount sum total presence absence time order direction result preceding foregoing claim "
    "claims art rest remainder balance degree form kind type extent purpose aid help respect means top bottom "
    "left right front rear back side sides end ends center centre middle inside outside interior exterior surface "
    "length width height depth thickness diameter weight temperature pressure volume ratio range value level rate "
    "speed position location shape size area axis internet world air ground atmosphere environment body content "
    "mass dose stress altitude noise energy life flow point colour color wavelength load power operation nitrogen "
    "oxygen carbon water formula formulae table algorithm sequence user person subject patient sun earth plurality "
    "majority"
)
_EN_INHERENT: Final = frozenset(_EN_INHERENT_WORDS.split())
"""Nouns that need no introduction: a thing has them, or there is only one."""

_EN_NO_NAME: Final = frozenset(("following", "same", "other", "latter", "former", "foregoing", "preceding", "general"))
_EN_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth")
_EN_ADVERB = re.compile(r"(?:ly|ed|ing)$")
_EN_LY_NOUN = re.compile(r"(?:assembly|supply|family|anomaly|ply|fly|belly|jelly)$", re.IGNORECASE)
_EN_VERB = re.compile(r"([a-z]{3,})(?:ed|ing)")
_EN_SAID_OF = re.compile(r"\s+(?:of|that|which|where|in\s+which|at\s+which|to\s+be)\b")
_EN_ABSTRACT = re.compile(
    r"(?:ity|tion|sion|ment|ness|ance|ence|ancy|ency|age|ure|ing|th|ysis|al|percentage|distance|spacing|yield|row)$"
)

_ZH_MENTION = re.compile(r"(?P<article>所述|该|上述|前述)的?(?=(?P<phrase>[一-鿿A-Za-z\d]{2,14}))")
_ZH_ENDS = re.compile(
    r"可以?|选自|置入|选择|能够?|应当?|不|的|与|和|及|或|在|于|是|为|由|从|被|将|把|中|内|上|下|进行|包括|包含|具有|设有|设置|用于|通过|均|还|分别|之|对|向|至|到"
)
_ZH_REFERENCE = re.compile(r"权利要求[^，。；]{0,30}$")
_ZH_INHERENT = re.compile(
    r"(?:方法|工艺|步骤|用途|装置|设备|系统|产品|发明|实用新型|结构|部件|材料|组合物|组分|成分|技术|方案|过程|操作|条件|情况|时间|温度|数量|比例|重量|质量|含量)"
)
_ZH_ORDINAL = re.compile(r"第[一二三四五六七八九十\d]+")


@dataclass(frozen=True, slots=True)
class Unintroduced:
    """A definite mention without an earlier one; `span` is in the text of the claim."""

    claim: int
    phrase: str
    span: tuple[int, int]
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Mention:
    """A definite mention: "the pressure valve", 所述阀体. `start` is that of its article; a Chinese phrase may end with
    words that are not part of the name."""

    phrase: str
    start: int
    end: int
    said: bool


def mentions(claim: Claim) -> Iterator[Mention]:
    """Definite mentions of what needs an introduction, in the order of the text."""
    return (_zh_mentions if claim.lang == "zh" else _en_mentions)(claim)


def unintroduced(claims: ClaimSet) -> tuple[Unintroduced, ...]:
    """All of them in the order of the text, each phrase of a claim once."""
    known: dict[int, Claim] = {}
    for claim in claims:
        known.setdefault(claim.number, claim)
    found: list[Unintroduced] = []
    for claim in claims:
        above = "\n".join(known[number].text for number in sorted(_above(known, claim)))
        finder = _chinese if claim.lang == "zh" else _english
        seen: set[str] = set()
        for each in finder(claim, above):
            if each.phrase not in seen:
                seen.add(each.phrase)
                found.append(each)
    return tuple(found)


def _above(known: Mapping[int, Claim], claim: Claim) -> set[int]:
    """Every claim that this one depends on or cites, directly or through others; only earlier ones."""
    found: set[int] = set()
    waiting = [claim]
    while waiting:
        for number in (*(top := waiting.pop()).refers, *top.cites):
            if number in known and number < claim.number and number not in found:
                found.add(number)
                waiting.append(known[number])
    return found


def _english(claim: Claim, above: str) -> Iterator[Unintroduced]:
    text = unquoted(claim.text)
    before, read = set(_stems(above)), 0
    for found in mentions(claim):
        before.update(_stems(text[read : found.start]))
        read = found.start
        confidence = _en_confidence(found.said, found.phrase.split(), before, f"{above}\n{text[: found.start]}")
        if confidence:
            yield Unintroduced(claim.number, found.phrase, (found.start, found.end), confidence)


def _en_mentions(claim: Claim) -> Iterator[Mention]:
    text = unquoted(claim.text)
    for match in _EN_MENTION.finditer(text):
        words = _en_phrase(match["phrase"])
        if words and words[-1].lower() not in _EN_INHERENT and not _taken_as_whole(text, match, words):
            phrase, said = " ".join(words), match["article"].lower() == "said"
            yield Mention(phrase, match.start(), match.start("phrase") + len(phrase), said)


def _en_phrase(phrase: str) -> list[str]:
    """The words up to a verb, a preposition or whatever else ends a noun phrase."""
    kept: list[str] = []
    for word in phrase.split():
        if word.lower() in _EN_ENDS:
            break
        kept.append(word)
    while kept and _EN_ADVERB.search(kept[-1]) and len(kept) > 1:
        kept.pop()
    bare = len(kept) == 1 and (kept[0].lower() in _EN_ORDINALS or _is_adverb(kept[0]))
    return [] if not kept or bare or kept[0].lower() in _EN_NO_NAME else kept


def _is_adverb(word: str) -> bool:
    """ "The currently active gear": "currently" names nothing."""
    return word.endswith("ly") and not _EN_LY_NOUN.search(word)


def _taken_as_whole(text: str, match: re.Match[str], words: list[str]) -> bool:
    """ "The upper edge of the plate": what is said of a part needs no introduction of its own."""
    end = match.start("phrase") + len(" ".join(words))
    return match["article"].lower() == "the" and _EN_SAID_OF.match(text, end) is not None


def _en_confidence(said: bool, words: list[str], before: set[str], text: str) -> Confidence | None:
    """Where the noun ends and the verb begins is not known: one word of the phrase that occurs earlier is enough."""
    stems = [_stem(word) for word in words]
    acts = [verb[1] for word in words if (verb := _EN_VERB.fullmatch(word.lower()))]
    if any(root in before or root + "e" in before for root in acts):
        return None
    if stems[0] in _EN_ORDINALS and len(stems) > 1:
        named = "|".join(re.escape(stem) for stem in stems[1:])
        pattern = (
            rf"\b{stems[0]}\b(?:[\s,-]+(?:and|or|[\w-]+))*?[\s-]+(?:{named})|\b{stems[0]}\b\s*(?:,|and\b|or\b|to\b)"
        )
        other = any(stem in before for stem in stems[1:])
        return None if re.search(pattern, text, re.IGNORECASE) else "high" if other else "low"
    if any(stem in before for stem in stems):
        return None
    return "high" if said else None if _EN_ABSTRACT.search(stems[-1]) else "low"


def _stems(text: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z][\w'’-]*", text):
        yield _stem(word)
        yield from (_stem(part) for part in word.split("-") if "-" in word)
        if verb := _EN_VERB.fullmatch(word.lower()):
            yield from (verb[1], verb[1] + "e")


def _stem(word: str) -> str:
    low = word.lower()
    for ending, left in (("ies", "y"), ("ses", "s"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if low.endswith(ending) and not low.endswith("ss") and len(low) - len(ending) >= 2:
            return low[: -len(ending)] + left
    return low


def _chinese(claim: Claim, above: str) -> Iterator[Unintroduced]:
    text = unquoted(claim.text)
    for found in mentions(claim):
        confidence = _zh_confidence(found.phrase, f"{above}\n{text[: found.start]}")
        if confidence:
            yield Unintroduced(claim.number, found.phrase, (found.start, found.end), confidence)


def _zh_mentions(claim: Claim) -> Iterator[Mention]:
    text = unquoted(claim.text)
    opening = claim.basis.end if claim.basis else 0
    for match in _ZH_MENTION.finditer(text):
        if match.start() < opening or _ZH_REFERENCE.search(text[: match.start()]):
            continue
        phrase = _zh_phrase(match["phrase"])
        if len(phrase) < 2 or _ZH_INHERENT.match(phrase) or phrase.endswith(("方法", "工艺", "步骤")):
            continue
        yield Mention(phrase, match.start(), match.start("phrase") + len(phrase), match["article"] == "所述")


def _zh_phrase(phrase: str) -> str:
    end = _ZH_ENDS.search(phrase, 1)
    return phrase[: end.start()] if end else phrase


def _zh_confidence(phrase: str, earlier: str) -> Confidence | None:
    """Where a name ends is not written, so a beginning of two characters that occurs earlier is enough."""
    ordinal = _ZH_ORDINAL.match(phrase)
    bare = phrase[ordinal.end() :] if ordinal else phrase
    if phrase[: len(phrase) - len(bare) + 2] in earlier:
        return None
    if ordinal and bare[:2] in earlier:
        return None if re.search(rf"{ordinal[0]}[、和及与或]", earlier) else "high"
    return "low" if bare[-2:] in earlier else "high"
