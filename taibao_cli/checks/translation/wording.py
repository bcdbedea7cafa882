"""What was left out, left untranslated, repeated, or rendered against the glossary."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from taibao_cli.checks.base import Check, Finding, Outcome, Place, Skipped, State, Words, finding
from taibao_cli.checks.repeats import loops, times
from taibao_cli.checks.translation.subject import Translation
from taibao_cli.patents.language import Lang, detect, han_count
from taibao_cli.patents.segments import size

_SAME_LANGUAGE: Final = Words("译文不是{language}", "the answer is not in {language}", "重新翻译", "translate it")
_LEAK: Final = Words("译文夹有未译原文“{text}”", '"{text}" is not translated', "译出", "translate it")
_LOOP: Final = Words(
    "“{text}”连续重复 {count} 次", '"{text}" is repeated {count} times in a row', "删去重复", "remove the repetition"
)
_TWICE: Final = Words(
    "权利要求 {first} 与 {second} 的文字相同，原文不同",
    "claims {first} and {second} are the same, but not in the source",
    "重新翻译其中一项",
    "translate one of them again",
)
_CLAUSE_TWICE: Final = Words("“{text}”在译文中出现两次", '"{text}" stands twice', "删去重复", "remove the repetition")
_EMPTY: Final = Words("译文为空", "the answer is empty", "重新翻译", "translate it")
_SHORT: Final = Words(
    "译文过短（原文 {source} 字，译文 {answer}），可能漏译",
    "much shorter than usual ({source} in the source, {answer} in the answer): something may be left out",
    "逐句对照",
    "compare sentence by sentence",
)
_BRIEFER: Final = Words(
    "与其他权利要求相比译文过短（原文 {source} 字，译文 {answer}），可能漏译",
    "shorter beside the other claims ({source} in the source, {answer} in the answer): something may be left out",
    "逐句对照",
    "compare sentence by sentence",
)
_LONG: Final = Words(
    "译文过长（原文 {source} 字，译文 {answer}），可能增译",
    "much longer than usual ({source} in the source, {answer} in the answer): something may be added",
    "逐句对照",
    "compare sentence by sentence",
)
_TERM: Final = Words(
    "“{term}”应译为“{rendering}”，译文中没有",
    '"{term}" should be "{rendering}", which the answer does not have',
    "用“{rendering}”",
    'use "{rendering}"',
)
_TERM_FEWER: Final = Words(
    "“{rendering}”在译文中少于原文的“{term}”（{counts}）",
    '"{rendering}" stands fewer times in the answer than "{term}" in the source ({counts})',
    "核对是否有一处另作他译",
    "check whether one of them is rendered otherwise",
)
_FORBIDDEN: Final = Words(
    "译文用了禁用词“{term}”", 'the answer uses the forbidden "{term}"', "换词", "use another word"
)

_HAN_RUN = re.compile(r"[㐀-䶿一-鿿豈-﫿]+(?:[，、（）]?[㐀-䶿一-鿿豈-﫿]+)*")
_LATIN_RUN = re.compile(r"[A-Za-z][a-z]+(?:[ ,-]+[A-Za-z]?[a-z]+){4,}")
_ASIDE = re.compile(r"[(（\[\"“'‘「][^()（）\"”]{0,30}$")
_CLAUSE_END = re.compile(r"[，；：。]|[,;:](?=\s)|\n")
_CLAUSE_LEAD = re.compile(r"^(?:and|or|wherein|且|并且?|其中)\s*")
_CLAUSE: Final = 5
"""A shorter clause may well stand twice; counted as `size` does."""

_FEW_WORDS: Final = 2
_BRIEF: Final = 0.72
_FEWEST: Final = 4
"""A set of so many claims shows what is usual for it; a ratio below this part of the median is not."""

_SHORTEST: Final = 40
"""Sources below so many Chinese characters (or as many thirds of others) have no usual ratio."""

_BANDS: Final[Mapping[Lang, tuple[float, float]]] = {"en": (0.35, 1.3), "zh": (0.7, 3.2)}
"""Size of the answer over that of the source: English words per Chinese character, and the reverse."""

_NAMES: Final[Mapping[Lang, tuple[str, str]]] = {"zh": ("中文", "Chinese"), "en": ("英文", "English")}
_WHERE: Final = Place("answer")


def _source_script(pair: Translation) -> Outcome:
    if not pair.answer.strip():
        return Skipped("译文为空", "the answer is empty")
    if _in_other_language(pair):
        zh, en = _NAMES[pair.to]
        words = Words(_SAME_LANGUAGE.zh.format(language=zh), _SAME_LANGUAGE.en.format(language=en))
        return [finding("source-script", "FIX", words, _WHERE)]
    return _chinese_left(pair.answer) if pair.to == "en" else _english_left(pair)


def _in_other_language(pair: Translation) -> bool:
    """Whether the answer as a whole is not in the language it should be in; symbols alone are in none."""
    words = len(re.findall(r"[A-Za-z]*[a-z]{3}[a-z]*", pair.answer))
    if pair.to == "en":
        return han_count(pair.answer) > 2 * words
    return detect(pair.answer) != pair.to and words > _FEW_WORDS


def _chinese_left(answer: str) -> Iterator[Finding]:
    for match in _HAN_RUN.finditer(answer):
        aside = _ASIDE.search(answer, max(0, match.start() - 31), match.start())
        yield finding("source-script", "REVIEW" if aside else "FIX", _LEAK, _WHERE.at(*match.span()), text=match[0])


def _english_left(pair: Translation) -> Iterator[Finding]:
    for match in _LATIN_RUN.finditer(pair.answer):
        state: State = "FIX" if match[0] in pair.source else "REVIEW"
        yield finding("source-script", state, _LEAK, _WHERE.at(*match.span()), text=match[0])


def _repetition(pair: Translation) -> Outcome:
    return [*_loops(pair), *_same_claims(pair), *_same_clauses(pair)]


def _same_clauses(pair: Translation) -> Iterator[Finding]:
    """Clauses that stand twice in a claim or paragraph of the answer; the source has fewer such."""
    for unit in pair.units:
        twice = _doubled(unit.answer)
        if len(twice) > len(_doubled(unit.source)):
            yield finding("repetition", "REVIEW", _CLAUSE_TWICE, unit.place, text=twice[0])


def _doubled(text: str) -> list[str]:
    clauses = (_CLAUSE_LEAD.sub("", clause.strip(" .。\n")) for clause in _CLAUSE_END.split(text))
    counts = Counter(clause for clause in clauses if size(clause) >= _CLAUSE)
    return [clause for clause, count in counts.items() if count > 1]


def _loops(pair: Translation) -> Iterator[Finding]:
    usual = max(map(times, loops(pair.source)), default=0)
    for match in loops(pair.answer):
        if times(match) > usual:
            yield finding(
                "repetition", "FIX", _LOOP, _WHERE.at(*match.span()), text=match[1].strip(), count=times(match)
            )


def _same_claims(pair: Translation) -> Iterator[Finding]:
    if pair.source_claims is None or pair.answer_claims is None:
        return
    source = {claim.number: claim.text for claim in pair.source_claims}
    seen: dict[str, int] = {}
    for claim in pair.answer_claims:
        first = seen.setdefault(claim.text, claim.number)
        known = first in source and source[first] == source.get(claim.number)
        if first != claim.number and not known:
            yield finding("repetition", "FIX", _TWICE, Place("claim", claim.number), first=first, second=claim.number)


def _length(pair: Translation) -> Outcome:
    if not pair.answer.strip():
        return [finding("length", "FIX", _EMPTY, _WHERE)]
    return _ratios(pair)


def _ratios(pair: Translation) -> Iterator[Finding]:
    low, high = _BANDS[pair.to]
    for unit in pair.units:
        source, answer = measure(unit.source, pair.source_lang), measure(unit.answer, pair.to)
        if size(unit.source) < _SHORTEST:
            continue
        ratio = answer / source if source else 0
        if not low <= ratio <= high:
            words = _SHORT if ratio < low else _LONG
            yield finding("length", "REVIEW", words, unit.place, source=source, answer=answer)
    yield from _beside_the_others(pair)


def _beside_the_others(pair: Translation) -> Iterator[Finding]:
    """Claims that are rendered much more briefly than the other claims of the set."""
    units = [unit for unit in pair.units if unit.place.part == "claim"]
    sizes = [(measure(unit.source, pair.source_lang), measure(unit.answer, pair.to)) for unit in units]
    ratios = [answer / source if source else 0.0 for source, answer in sizes]
    if len(units) < _FEWEST:
        return
    least = statistics.median(ratios) * _BRIEF
    for unit, ratio, (source, answer) in zip(units, ratios, sizes, strict=True):
        if _BANDS[pair.to][0] <= ratio < least or (ratio < least and size(unit.source) < _SHORTEST):
            yield finding("length", "REVIEW", _BRIEFER, unit.place, source=source, answer=answer)


def measure(text: str, lang: Lang) -> int:
    """Chinese characters, or words of English; Western words inside Chinese count as one character."""
    words = len(re.findall(r"[A-Za-z\d]+(?:[.'’-][A-Za-z\d]+)*", text))
    return han_count(text) + words if lang == "zh" else words


def _glossary(pair: Translation) -> Outcome:
    if not pair.glossary and not pair.forbidden and not pair.frozen:
        return Skipped("没有给出术语表", "no glossary was given")
    return [*_terms(pair), *_forbidden(pair)]


def _terms(pair: Translation) -> Iterator[Finding]:
    """Every term of the source, the longest first: a term inside a longer one is not looked for there.

    A term of the glossary must have its rendering; one that was frozen for a document should have it.
    """
    renderings = {**pair.frozen, **pair.glossary}
    for unit in pair.units:
        rest = unit.source
        for term in sorted(renderings, key=len, reverse=True):
            if pair.source_lang == "zh" and term not in rest:
                continue
            rest, count = _pattern(term, pair.source_lang).subn("\0", rest)
            rendering = renderings[term]
            written = len(_pattern(rendering, pair.to).findall(unit.answer)) if count else 0
            if count and not written:
                state: State = "FIX" if term in pair.glossary else "REVIEW"
                yield finding("glossary", state, _TERM, unit.place, term=term, rendering=rendering)
            elif written < count:
                counts = f"{written}/{count}"
                yield finding(
                    "glossary", "REVIEW", _TERM_FEWER, unit.place, term=term, rendering=rendering, counts=counts
                )


def _forbidden(pair: Translation) -> Iterator[Finding]:
    for term in pair.forbidden:
        match = _pattern(term, pair.to).search(pair.answer)
        if match:
            yield finding("glossary", "FIX", _FORBIDDEN, _WHERE.at(*match.span()), term=term)


def _pattern(term: str, lang: Lang) -> re.Pattern[str]:
    """Chinese as written; English in any case, with its usual endings, spaces and hyphens alike."""
    if lang == "zh" or han_count(term):
        return re.compile(re.escape(term))
    words = [_stem(word) for word in re.split(r"[\s-]+", term.strip())]
    return re.compile(r"\b" + r"[\s-]+".join(words) + r"\b", re.IGNORECASE)


def _stem(word: str) -> str:
    if not word.isalpha() or word.isupper() or len(word) < 3:
        return re.escape(word)
    if word.endswith("y"):
        return re.escape(word[:-1]) + r"(?:y|ies|ied|ying)"
    if word.endswith("e"):
        return re.escape(word[:-1]) + r"(?:e|es|ed|ing)"
    return re.escape(word) + rf"(?:s|es|{word[-1]}?ed|{word[-1]}?ing)?"


CHECKS: Final[tuple[Check[Translation], ...]] = (
    Check(
        "source-script",
        "译文没有残留的原文文字",
        "nothing of the source is left untranslated",
        "FIX",
        _source_script,
        "CN Implementing Rules art. 3",
    ),
    Check("repetition", "译文没有重复循环", "the answer does not run into a loop", "FIX", _repetition),
    Check("length", "译文长度与原文相称", "the answer is about as long as usual", "FIX", _length),
    Check(
        "glossary", "遵守术语表，不用禁用词", "the glossary is obeyed, forbidden words are not used", "FIX", _glossary
    ),
)
