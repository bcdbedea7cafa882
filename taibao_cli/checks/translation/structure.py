"""Claims, their dependence and scope, and paragraph numbers are those of the source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, State, Words, finding
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.claims.claimset import Claim, ClaimSet
from taibao_cli.patents.language import Lang

_NO_CLAIMS: Final = Skipped("原文不是权利要求书", "the source is no set of claims")
_COUNT: Final = Words(
    "原文 {source} 项权利要求，译文 {answer} 项",
    "the source has {source} claims, the answer {answer}",
    "逐项对照，补译或删去",
    "compare claim by claim",
)
_NUMBERS: Final = Words(
    "原文编号为 {source}，译文为 {answer}",
    "numbered {source} in the source, {answer} in the answer",
    "恢复原文编号",
    "restore the numbers of the source",
)
_REFERS: Final = Words(
    "原文引用权利要求 {source}，译文引用 {answer}",
    "refers to {source} in the source, to {answer} in the answer",
    "恢复原文的引用关系",
    "restore the references of the source",
)
_MODE: Final = Words(
    "原文择一引用权利要求 {numbers}，译文同时引用",
    "the source refers to {numbers} in the alternative, the answer to all of them",
    "改为择一引用",
    "refer to them in the alternative",
)
_OPENED: Final = Words(
    "原文为封闭式“{source}”，译文为开放式",
    'closed in the source ("{source}"), open in the answer',
    "用 consisting of / 由…组成",
    "use consisting of / 由…组成",
)
_CLOSED: Final = Words(
    "原文为开放式，译文为封闭式“{answer}”",
    'open in the source, closed in the answer ("{answer}")',
    "用 comprising / 包括",
    "use comprising / 包括",
)
_PARAGRAPHS: Final = Words(
    "段落编号与原文不同：{differ}",
    "paragraph numbers differ from the source: {differ}",
    "恢复原文的段落编号",
    "restore the paragraph numbers of the source",
)

_ZH_CHOICE = re.compile(r"选自(?:于)?(?:由|以下|下列)?[^。；]{0,400}?(?:组成|构成)的(?:组|群|集合|一组)")
_EN_CHOICE = re.compile(
    r"\b(?:selected|chosen)\s+from\b[^.;]{0,60}?\bconsist(?:ing|s)\s+(?:essentially\s+)?of|\bgroup\s+consist(?:ing|s)\s+of",
    re.IGNORECASE,
)
_ZH_CLOSED = re.compile(r"由[^，。；]{1,300}?(?:组成|构成|制成)|(?:仅|只)(?:包括|包含|含有|由)|组成|构成|制成")
_ZH_STRICT = re.compile(r"(?<!基本上)(?<!主要)(?<!实质上)由[^，。；]{1,300}?组成(?!部分|的?组合|物)|仅由|只由")
_EN_CLOSED = re.compile(
    r"\bconsist(?:s|ing|ed)?\b|\bcomposed\s+of\b|\bconstitut\w+|\b(?:made|built|formed)\s+(?:up\s+)?(?:of|by|from)\b"
    r"|\bonly\s+(?:compris|includ|contain)\w+",
    re.IGNORECASE,
)
_OPEN: Final[dict[Lang, re.Pattern[str]]] = {
    "zh": re.compile(r"包括|包含|含有"),
    "en": re.compile(r"\b(?:compris|includ|contain)\w+", re.IGNORECASE),
}
_EN_STRICT = re.compile(r"\bconsist(?:s|ing)\s+of\b", re.IGNORECASE)


def _claim_count(pair: Translation) -> Outcome:
    if pair.source_claims is None or pair.answer_claims is None:
        return _NO_CLAIMS
    return _compared_numbers(pair.source_claims, pair.answer_claims)


def _compared_numbers(source: ClaimSet, answer: ClaimSet) -> Iterator[Finding]:
    ours, theirs = ([claim.number for claim in claims] for claims in (source, answer))
    place = Place("answer")
    if len(ours) != len(theirs):
        yield finding("claim-count", "FIX", _COUNT, place, source=len(ours), answer=len(theirs))
    elif ours != theirs:
        yield finding("claim-count", "FIX", _NUMBERS, place, source=_listed(ours), answer=_listed(theirs))


def _claim_graph(pair: Translation) -> Outcome:
    if pair.source_claims is None or pair.answer_claims is None:
        return _NO_CLAIMS
    return _compared_graphs(pair.source_claims, pair.answer_claims)


def _compared_graphs(source: ClaimSet, answer: ClaimSet) -> Iterator[Finding]:
    for claim in source:
        rendered = answer.get(claim.number)
        if rendered is None:
            continue
        ours, theirs = _named(claim), _named(rendered)
        place = Place("claim", claim.number)
        if ours != theirs:
            one, other = _listed(sorted(ours)), _listed(sorted(theirs))
            yield finding("claim-graph", "FIX", _REFERS, place, source=one, answer=other)
        elif _mode(claim) == "alternative" and _mode(rendered) == "joint":
            yield finding("claim-graph", "REVIEW", _MODE, place, numbers=_listed(sorted(ours)))


def _named(claim: Claim) -> set[int]:
    return {*claim.refers, *claim.cites}


def _mode(claim: Claim) -> str:
    return claim.references[0].mode if claim.references else ""


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "–"


def _scope_words(pair: Translation) -> Outcome:
    return (found for unit in pair.units for found in _scope(pair, unit.place, unit.source, unit.answer))


def _scope(pair: Translation, place: Place, source: str, answer: str) -> Iterator[Finding]:
    """A closed transition must not become an open one, nor the reverse.

    Proved in a claim that has no closed wording at all on the other side, or whose first scope word has turned; else
    for a person to see.
    """
    strict, loose = _strict(source, pair.source_lang), _loose(source, pair.source_lang)
    rendered, allowed = _strict(answer, pair.to), _loose(answer, pair.to)
    turned = _opens(source, strict, pair.source_lang) != _opens(answer, rendered, pair.to)
    if len(strict) > len(rendered) and len(allowed) < len(loose):
        state: State = "FIX" if place.part == "claim" and (not allowed or turned) else "REVIEW"
        yield finding("scope-words", state, _OPENED, place, source=_clipped(strict[0]))
    elif len(rendered) > len(strict) and len(loose) < len(allowed):
        state = "FIX" if place.part == "claim" and (not loose or turned) else "REVIEW"
        match = rendered[-1]
        yield finding("scope-words", state, _CLOSED, place.at(*match.span()), answer=_clipped(match))
    elif turned and len(strict) > len(rendered):
        yield finding("scope-words", "REVIEW", _OPENED, place, source=_clipped(strict[0]))
    elif turned and len(rendered) > len(strict):
        yield finding("scope-words", "REVIEW", _CLOSED, place.at(*rendered[0].span()), answer=_clipped(rendered[0]))


def _opens(text: str, strict: list[re.Match[str]], lang: Lang) -> bool:
    """Whether an open word stands before the first closed one."""
    first = _OPEN[lang].search(text)
    return first is not None and (not strict or first.start() < strict[0].start())


def _clipped(match: re.Match[str]) -> str:
    words = match[0]
    return words if len(words) <= 24 else f"{words[:8]}…{words[-4:]}"


def _strict(text: str, lang: Lang) -> list[re.Match[str]]:
    return list((_ZH_STRICT if lang == "zh" else _EN_STRICT).finditer(_no_choice(text, lang)))


def _loose(text: str, lang: Lang) -> list[re.Match[str]]:
    return list((_ZH_CLOSED if lang == "zh" else _EN_CLOSED).finditer(_no_choice(text, lang)))


def _no_choice(text: str, lang: Lang) -> str:
    """Without "selected from the group consisting of", which closes a list and not the claim; offsets stay."""
    return (_ZH_CHOICE if lang == "zh" else _EN_CHOICE).sub(lambda match: " " * len(match[0]), text)


def _paragraph_ids(pair: Translation) -> Outcome:
    ours, theirs = pair.source_paragraphs, pair.answer_paragraphs
    if not ours and not theirs:
        return Skipped("没有段落编号", "no paragraph numbers")
    if ours == theirs:
        return []
    differ = sorted(set(ours) ^ set(theirs)) or [one for one, two in zip(ours, theirs, strict=False) if one != two]
    words = ", ".join(differ[:5]) + ("…" if len(differ) > 5 else "")
    return [finding("paragraph-ids", "FIX", _PARAGRAPHS, Place("answer"), differ=words or f"{len(ours)}/{len(theirs)}")]


CHECKS: Final[tuple[Check[Translation], ...]] = (
    Check(
        "claim-count",
        "权利要求的项数和编号与原文相同",
        "number and numbering of the claims are kept",
        "FIX",
        _claim_count,
    ),
    Check("claim-graph", "权利要求的引用关系与原文相同", "every claim refers to the same claims", "FIX", _claim_graph),
    Check(
        "scope-words",
        "封闭式与开放式表述与原文一致（包括/comprising，由…组成/consisting of）",
        "open and closed wording is kept (包括/comprising, 由…组成/consisting of)",
        "FIX",
        _scope_words,
        "CN Guidelines part II ch. 2 §3.3; MPEP 2111.03; CN Implementing Rules art. 135",
    ),
    Check("paragraph-ids", "段落编号与原文相同", "paragraph numbers are kept, in order", "FIX", _paragraph_ids),
)
