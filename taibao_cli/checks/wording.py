"""Wording that a rule forbids: advertising, vague words, references across parts, terms of other jurisdictions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from taibao_cli.checks import wordlists
from taibao_cli.checks.base import Check, Finding, Outcome, Part, Place, Skipped, State, Words, finding
from taibao_cli.checks.document import Document
from taibao_cli.patents.claims.references import unquoted

_NO_TEXT: Final = Skipped("没有文字", "no text")
_NO_CLAIMS: Final = Skipped("没有权利要求", "no claims")
_ADVERTISING: Final = Words("广告用语“{word}”", 'advertising: "{word}"', "删去", "delete it")
_COMMERCIAL: Final = Words(
    "疑似商业性宣传用语“{word}”",
    '"{word}" may be commercial praise',
    "删去或改写为客观效果",
    "delete it, or state the effect",
)
_VAGUE: Final = Words(
    "“{word}”使保护范围不清楚",
    '"{word}" leaves the scope of the claim open',
    "删去，或另立从属权利要求",
    "delete it, or put it into a dependent claim",
)
_DRAWINGS: Final = Words(
    "权利要求引用了说明书或附图：“{word}”",
    'the claim refers to the description or the drawings: "{word}"',
    "写出技术特征本身",
    "state the feature itself",
)
_CLAIMS: Final = Words(
    "说明书引用了权利要求：“{word}”",
    'the description refers to claims: "{word}"',
    "写出技术方案本身",
    "state the matter itself",
)
_ELSEWHERE: Final = Words(
    "“{word}”不是该局的用语",
    '"{word}" is the wording of another office',
    "改用该局用语",
    "use the wording of the office",
)
_TRADITIONAL: Final = Words(
    "夹有繁体字：{word}", "has traditional characters: {word}", "改为简体字", "write them in simplified form"
)
_BOTH_TYPES: Final = Words(
    "既称“本发明”又称“本实用新型”（{counts}）",
    "is called both an invention and a utility model ({counts})",
    "统一称谓",
    "call it by one name",
)
_UTILITY_METHOD: Final = Words(
    "实用新型只保护产品的形状、构造，不能要求保护方法",
    "a utility model protects the shape or structure of a product, not a method",
    "改为产品权利要求，或申请发明专利",
    "claim the product, or file an invention",
)
_TITLE: Final = Words(
    "发明名称含有商标、型号或含糊用语“{word}”",
    'the title has a trademark, a model number or a vague word: "{word}"',
    "改为表明主题和类型的名称",
    "name the subject and its kind",
)
_VAGUE_TITLE: Final = re.compile(
    r"及其类似(?:物|产品)|(?:新型|新式|改进型?)的?(?=一种)|(?:等|及其他)$|\bor\s+the\s+like\b|\betc\b", re.IGNORECASE
)
_TYPES: Final = re.compile(r"本(?P<type>发明|实用新型)")
_LEAST_TRADITIONAL: Final = 3

Texts = Callable[[Document], Iterable[tuple[Place, str]]]


def _parts(*wanted: Part) -> Texts:
    return lambda document: ((place, text) for place, text in document.texts() if place.part in wanted)


def _first(
    check: str,
    state: State,
    words: Words,
    patterns: wordlists.Patterns,
    texts: Iterable[tuple[Place, str]],
    document: Document,
) -> Iterator[Finding]:
    """The first occurrence in each part; what stands between quotation marks does not count."""
    for place, text in texts:
        match = patterns[document.lang].search(unquoted(text))
        if match:
            yield finding(check, state, words, place.at(*match.span()), word=text[match.start() : match.end()])


def _commercial(document: Document) -> Outcome:
    texts = list(document.texts())
    if not texts:
        return _NO_TEXT
    found = list(_first("commercial-wording", "FIX", _ADVERTISING, wordlists.ADVERTISING, texts, document))
    return [*found, *_first("commercial-wording", "REVIEW", _COMMERCIAL, wordlists.COMMERCIAL, texts, document)]


def _vague(document: Document) -> Outcome:
    if not document.claims.claims:
        return _NO_CLAIMS
    return _first("claim-wording", "REVIEW", _VAGUE, wordlists.VAGUE, _parts("claim")(document), document)


def _cross_references(document: Document) -> Outcome:
    claims, description = list(_parts("claim")(document)), list(_parts("description")(document))
    if not claims and not description:
        return Skipped("没有权利要求和说明书", "no claims, no description")
    found = list(_first("cross-references", "REVIEW", _DRAWINGS, wordlists.DRAWINGS, claims, document))
    if document.rules_of != "cn":
        return found
    return [*found, *_first("cross-references", "REVIEW", _CLAIMS, wordlists.CLAIMS, description, document)]


def _jurisdiction(document: Document) -> Outcome:
    texts = list(document.texts())
    if not texts:
        return _NO_TEXT
    if document.lang == "zh":
        return [found for place, text in texts for found in _not_mainland(place, text)]
    pattern = wordlists.FOREIGN.get(document.rules_of)
    if pattern is None:
        return Skipped("该局没有用语表", "no list of words for the office")
    hits = ((place, pattern.search(unquoted(text))) for place, text in texts)
    return [
        finding("jurisdiction-wording", "REVIEW", _ELSEWHERE, place.at(*match.span()), document.rules_of, word=match[0])
        for place, match in hits
        if match
    ]


def _not_mainland(place: Place, text: str) -> Iterator[Finding]:
    match = wordlists.MAINLAND_ONLY.search(unquoted(text))
    if match:
        yield finding("jurisdiction-wording", "FIX", _ELSEWHERE, place.at(*match.span()), "cn", word=match[0])
    odd = dict.fromkeys(wordlists.TRADITIONAL.findall(text))
    if len(odd) >= _LEAST_TRADITIONAL:
        shown = "".join([*odd][:8])
        yield finding("jurisdiction-wording", "REVIEW", _TRADITIONAL, place, "cn", word=shown)


def _patent_type(document: Document) -> Outcome:
    if document.lang != "zh":
        return Skipped("只对中文文件检查", "made on Chinese documents only")
    counts = {"发明": 0, "实用新型": 0}
    for _, text in document.texts():
        for match in _TYPES.finditer(text):
            counts[match["type"]] += 1
    if not any(counts.values()):
        return Skipped("没有“本发明”或“本实用新型”", "neither 本发明 nor 本实用新型 is written")
    return _types(document, counts)


def _types(document: Document, counts: dict[str, int]) -> Iterator[Finding]:
    if all(counts.values()):
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield finding("patent-type", "REVIEW", _BOTH_TYPES, None, "cn", counts=shown)
    if counts["实用新型"] and not counts["发明"]:
        for claim in document.claims:
            if claim.category != "product":
                yield finding("patent-type", "FIX", _UTILITY_METHOD, Place("claim", claim.number), "cn")


def _title(document: Document) -> Outcome:
    if not document.title:
        return Skipped("没有发明名称", "no title")
    match = wordlists.TRADEMARK.search(document.title) or _VAGUE_TITLE.search(document.title)
    return (
        [finding("title-wording", "REVIEW", _TITLE, Place("title").at(*match.span()), word=match[0])] if match else []
    )


CHECKS: Final[tuple[Check[Document], ...]] = (
    Check(
        "commercial-wording",
        "没有商业性宣传用语",
        "no advertising, no commercial praise",
        "FIX",
        _commercial,
        "CN Implementing Rules art. 20, 26; CN Guidelines part II ch. 2 §2.2, 2.4, 3.2.3; EPO Guidelines F-II 2.3",
    ),
    Check(
        "claim-wording",
        "权利要求没有“例如”“最好是”等含义不确定的用语",
        'no "for example", "preferably" and the like in claims',
        "REVIEW",
        _vague,
        "CN Guidelines part II ch. 2 §3.2.2; MPEP 2173.05(d); EPO Guidelines F-IV 4.9",
    ),
    Check(
        "cross-references",
        "权利要求不引用附图和说明书，说明书不引用权利要求",
        "claims do not refer to drawings or description, a Chinese description not to claims",
        "REVIEW",
        _cross_references,
        "CN Guidelines part II ch. 2 §2.2, 3.3; EPC R. 43(6); MPEP 2173.05(s)",
    ),
    Check(
        "jurisdiction-wording",
        "没有其他国家或地区专利局的用语",
        "no wording of another office",
        "FIX",
        _jurisdiction,
        "CN Implementing Rules art. 3; MPEP 2111.03; EPO Guidelines F-IV 4.4",
    ),
    Check(
        "patent-type",
        "专利类型前后一致，实用新型不要求保护方法",
        "one patent type throughout; a utility model claims no method",
        "FIX",
        _patent_type,
        "CN Patent Law art. 2(3)",
        ("cn",),
    ),
    Check(
        "title-wording",
        "发明名称没有商标、型号和含糊用语",
        "no trademarks, model numbers or vague words in the title",
        "REVIEW",
        _title,
        "CN Guidelines part I ch. 1 §4.1.1",
    ),
)
