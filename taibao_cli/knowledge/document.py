"""Questions to a patent itself: the paragraphs and claims that speak of them, quoted to the letter with their ids.

Nothing is written here and nothing in the document is obeyed: an answer is made of pieces of the document.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from taibao_cli.knowledge.citation import State
from taibao_cli.knowledge.words import index_words, is_single, query_words
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.language import Lang

_K1, _B = 1.2, 0.3
_QUOTED: Final = 3
_NEAR_BEST: Final = 0.6
_MIN_COVERAGE: Final = 0.4
"""Share of the question's weight that a passage must hold to answer it."""
_LONG: Final = 500
"""Characters of a passage that is quoted whole; of a longer one the sentences that answer best."""

_SENTENCE: Final = re.compile(r"[^。；;\n.]*(?:[。；;\n]|\.(?=\s|$)|\.(?=\S)|$)")
_CLAIM: Final = re.compile(r"权利要求\s*([0-9]{1,3})|\bclaim\s+([0-9]{1,3})\b", re.IGNORECASE)
_PARAGRAPH: Final = re.compile(
    r"[\[［【]\s*([0-9]{1,5})\s*[\]］】]|第\s*([0-9]{1,5})\s*段|\bparagraph\s+([0-9]{1,5})\b", re.I
)
_SECTIONS_ZH: Final = {"field": "技术领域", "background": "背景技术", "summary": "发明内容", "drawings": "附图说明",
                       "embodiments": "具体实施方式"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a patent that is cited as one. `place` is "[0012]", "claim 3", "abstract" or "title"."""

    document: str
    place: str
    section: str
    text: str

    def named(self, lang: Lang) -> str:
        """CN110083831A [0012]（具体实施方式）, or CN110083831A, claim 3."""
        if lang == "en":
            return f"{self.document}, {self.place}" + (f" ({self.section})" if self.section else "")
        place = self.place.replace("claim ", "权利要求").replace("abstract", "摘要").replace("title", "名称")
        section = _SECTIONS_ZH.get(self.section, "")
        return f"{self.document} {place}" + (f"（{section}）" if section else "")


@dataclass(frozen=True, slots=True)
class DocumentQuote:
    """An exact piece of a passage."""

    passage: Passage
    quote: str


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """What a patent says about a question, or the passages nearest to it."""

    state: State
    quotes: tuple[DocumentQuote, ...]
    nearest: tuple[Passage, ...]
    looked_at: int


def passages_of(patent: Patent) -> tuple[Passage, ...]:
    """Title, abstract, claims and paragraphs of a patent, in this order."""
    return tuple(one for one in _passages(patent) if one.text.strip())


def ask_document(patents: Sequence[Patent], question: str, also: str = "") -> DocumentAnswer:
    """The passages of patents that answer a question: the claims and paragraphs it names by number, or else those that
    hold most of its words. `also` is the question in other words, such as those of the document's language."""
    passages = [one for patent in patents for one in passages_of(patent)]
    if named := _named(passages, question):
        return DocumentAnswer("GROUNDED", tuple(DocumentQuote(one, one.text) for one in named), (), len(passages))
    ranked = max((_ranked(passages, words) for words in (query_words(question), query_words(also))), key=_best)
    if not ranked:
        return DocumentAnswer("NO MATCH", (), (), len(passages))
    best = ranked[0].score
    answering = [one for one in ranked if one.coverage >= _MIN_COVERAGE and one.score >= _NEAR_BEST * best][:_QUOTED]
    if not answering:
        return DocumentAnswer("NO MATCH", (), tuple(one.passage for one in ranked[:_QUOTED]), len(passages))
    quotes = tuple(DocumentQuote(one.passage, _quote(one.passage.text, one.weights)) for one in answering)
    assert all(one.quote in one.passage.text for one in quotes)
    return DocumentAnswer("GROUNDED", quotes, (), len(passages))


def document_text(found: DocumentAnswer, lang: Lang) -> str:
    """An answer as text: each passage's place, then its words."""
    if found.state == "GROUNDED":
        return "\n\n".join(f"{one.passage.named(lang)}\n{one.quote}" for one in found.quotes)
    head = {"zh": "文件中没有回答这个问题的段落。", "en": "No passage of the document answers this question."}[lang]
    near = {"zh": "最接近的：", "en": " Nearest:"}[lang] if found.nearest else ""
    return "\n".join([head + near, *(f"- {one.named(lang)}" for one in found.nearest)])


def _passages(patent: Patent) -> Iterator[Passage]:
    yield Passage(patent.id, "title", "", patent.title)
    yield Passage(patent.id, "abstract", "", patent.abstract)
    for claim in patent.claims:
        yield Passage(patent.id, f"claim {claim.number}", "", claim.text)
    for section, paragraph in patent.paragraphs():
        kind = "" if section.kind == "other" else section.kind
        yield Passage(patent.id, f"[{paragraph.id}]", kind, paragraph.text)


def _named(passages: Sequence[Passage], question: str) -> list[Passage]:
    claims = {int(number) for match in _CLAIM.finditer(question) for number in match.groups() if number}
    paragraphs = {int(number) for match in _PARAGRAPH.finditer(question) for number in match.groups() if number}
    found = []
    for one in passages:
        digits = re.sub(r"[^0-9]", "", one.place)
        wanted = claims if one.place.startswith("claim") else paragraphs if one.place.startswith("[") else set()
        if digits and int(digits) in wanted:
            found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Ranked:
    passage: Passage
    score: float
    coverage: float
    weights: dict[str, float]


def _ranked(passages: Sequence[Passage], words: Sequence[str]) -> list[_Ranked]:
    """Passages with any of the words by BM25, best first."""
    indexed = [Counter(index_words(one.text)) for one in passages]
    mean = sum(sum(counts.values()) for counts in indexed) / max(1, len(indexed)) or 1.0
    weights = {word: _idf(len(passages), sum(1 for counts in indexed if _count(counts, word))) for word in words}
    total = sum(weights.values())
    found = []
    for passage, counts in zip(passages, indexed, strict=True):
        length = _K1 * (1 - _B + _B * sum(counts.values()) / mean)
        held = {word: _count(counts, word) for word in words}
        score = sum(weights[word] * n * (_K1 + 1) / (n + length) for word, n in held.items() if n)
        if score:
            coverage = sum(weights[word] for word, n in held.items() if n) / total
            found.append(_Ranked(passage, score * coverage, coverage, weights))
    return sorted(found, key=lambda one: -one.score)


def _best(ranked: Sequence[_Ranked]) -> tuple[bool, float]:
    return (bool(ranked) and ranked[0].coverage >= _MIN_COVERAGE, ranked[0].score if ranked else 0.0)


def _count(counts: Counter[str], word: str) -> int:
    if is_single(word):
        return sum(n for one, n in counts.items() if one.startswith(word))
    return counts[word]


def _idf(passages: int, count: int) -> float:
    """A word that the document does not have weighs as much as one that stands in a single passage."""
    count = max(count, 1)
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))


def _quote(text: str, weights: dict[str, float]) -> str:
    """The whole of a short passage; of a long one the run of sentences around the best, as long as it stays short."""
    if len(text) <= _LONG:
        return text
    spans = [match.span() for match in _SENTENCE.finditer(text) if match.group().strip()]
    gains = [sum(weights.get(word, 0.0) for word in set(index_words(text[start:end]))) for start, end in spans]
    first = last = max(range(len(spans)), key=lambda at: (gains[at], -at))
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= _LONG:
        last += 1
    return text[spans[first][0] : spans[last][1]].strip()
