"""Inducing a bilingual lexicon from parallel texts: IBM model 1 in both directions, agreed links, phrase extraction.

Model 1: Brown et al. 1993, "The mathematics of statistical machine translation", section 4. Links are kept where both
directions' posteriors agree (Liang, Taskar and Klein 2006, "Alignment by agreement"); phrases are extracted as in Och
and Ney 2004 ("consistent" with the links), with aligned words at both ends.
"""

from __future__ import annotations

import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray

from taibao_cli.patents.lexicon import words

_HAN = re.compile(r"[一-鿿]")
_AGREED = 0.25
_EN_EDGES = frozenset(
    {"a", "an", "the", "of", "and", "or", "to", "in", "for", "with", "by", "on", "at", "from", "is", "are"}
)
_ZH_EDGES = frozenset("的和与及或在是了一")
_MAX_ZH_WORDS, _MAX_EN_WORDS = 4, 5
_HEADS = {
    "系统": "system",
    "电路": "circuit",
    "信号": "signal",
    "数据": "data",
    "电机": "motor|machine|generator",
    "电池": "batter|cell|accumulator",
    "起落架": "gear|undercarriage",
}
"""Last words of a Chinese noun, which its English must have as well: "management" is not what 管理系统 means."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences of the same meaning; `weight` is how much its counts are worth."""

    zh: str
    en: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Entry:
    zh: str
    en: str
    forward: float
    backward: float


def induce(pairs: Sequence[Pair], *, iterations: int = 5, max_words: int = 30) -> list[Entry]:
    """Lexicon entries, most frequent first. Pairs longer than `max_words` on either side are left out."""
    cut = [(zh, en, p.weight) for p in pairs for zh, en in [(list(jieba.cut(p.zh)), words(p.en))]]
    cut = [(zh, en, weight) for zh, en, weight in cut if 0 < len(zh) <= max_words and 0 < len(en) <= max_words]
    links = _agreed_links([zh for zh, _, _ in cut], [en for _, en, _ in cut], iterations)
    counts: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for (zh, en, weight), sentence_links in zip(cut, links, strict=True):
        for phrase in _phrases(zh, en, sentence_links):
            counts[phrase] += weight  # type: ignore[assignment]
            seen[phrase] += 1
    return _select(counts, seen)


def _ids(sentences: Sequence[Sequence[str]]) -> tuple[list[NDArray[np.int64]], int]:
    index: dict[str, int] = {}
    rows = [np.array([index.setdefault(word, len(index)) for word in words_], dtype=np.int64) for words_ in sentences]
    return rows, len(index)


def _agreed_links(
    zh: Sequence[Sequence[str]], en: Sequence[Sequence[str]], iterations: int
) -> list[list[tuple[int, int]]]:
    """Word links (zh position, en position) per sentence whose posterior is high in both directions."""
    zh_ids, _ = _ids(zh)
    en_ids, en_size = _ids(en)
    key_parts, zh_at, en_at, sentence_at = [], [], [], []
    zh_base = en_base = 0
    for number, (z, e) in enumerate(zip(zh_ids, en_ids, strict=True)):
        key_parts.append(np.repeat(z, len(e)) * en_size + np.tile(e, len(z)))
        zh_at.append(np.repeat(np.arange(len(z)), len(e)) + zh_base)
        en_at.append(np.tile(np.arange(len(e)), len(z)) + en_base)
        sentence_at.append(np.full(len(z) * len(e), number, dtype=np.int32))
        zh_base += len(z)
        en_base += len(e)
    pairs, pair_of = np.unique(np.concatenate(key_parts), return_inverse=True)
    zh_pos, en_pos = np.concatenate(zh_at), np.concatenate(en_at)
    forward = _posteriors(pair_of, pairs // en_size, en_pos, iterations)
    backward = _posteriors(pair_of, pairs % en_size, zh_pos, iterations)
    kept = np.flatnonzero(forward * backward >= _AGREED**2)
    zh_start = np.concatenate([[0], np.cumsum([len(z) for z in zh_ids])])
    en_start = np.concatenate([[0], np.cumsum([len(e) for e in en_ids])])
    sentence = np.concatenate(sentence_at)[kept]
    links: list[list[tuple[int, int]]] = [[] for _ in zh_ids]
    for s, i, j in zip(sentence, zh_pos[kept] - zh_start[sentence], en_pos[kept] - en_start[sentence], strict=True):
        links[s].append((int(i), int(j)))
    return links


def _posteriors(
    pair_of: NDArray[np.int64], source_of: NDArray[np.int64], target_pos: NDArray[np.int64], iterations: int
) -> NDArray[np.float64]:
    """Model 1 by expectation maximisation; posterior of each link given its target word."""
    table = np.ones(len(source_of))
    share = np.empty(0)
    for _ in range(iterations):
        link = table[pair_of]
        share = link / np.bincount(target_pos, link)[target_pos]
        counts = np.bincount(pair_of, share, minlength=len(source_of))
        table = counts / np.bincount(source_of, counts)[source_of]
    return share


def _phrases(zh: list[str], en: list[str], links: list[tuple[int, int]]) -> Iterable[tuple[str, str]]:
    by_zh: dict[int, list[int]] = defaultdict(list)
    by_en: dict[int, list[int]] = defaultdict(list)
    for i, j in links:
        by_zh[i].append(j)
        by_en[j].append(i)
    for first in by_zh:
        for last in range(first, min(len(zh), first + _MAX_ZH_WORDS)):
            if last not in by_zh:
                continue
            covered = [j for i in range(first, last + 1) for j in by_zh.get(i, ())]
            low, high = min(covered), max(covered)
            if high - low >= _MAX_EN_WORDS:
                continue
            if all(first <= i <= last for j in range(low, high + 1) for i in by_en.get(j, ())):
                source, target = "".join(zh[first : last + 1]), " ".join(en[low : high + 1])
                if (
                    _HAN.search(source)
                    and re.search(r"[A-Za-z]", target)
                    and not re.search(r"[，。；：、,.;:()（）]", source + target)
                ):
                    yield source, target


def well_formed(zh: str, en: str) -> bool:
    """No function word at either end of a phrase ("of materials" is not what 材料 means), and nothing of a noun missing
    that `_HEADS` asks for."""
    parts = en.split(" ")
    loose_en = len(parts) > 1 and (parts[0] in _EN_EDGES or parts[-1] in _EN_EDGES)
    loose_zh = len(zh) > 1 and (zh[0] in _ZH_EDGES - {"一"} or zh[-1] in _ZH_EDGES)
    return (
        not loose_en
        and not loose_zh
        and all(re.search(en_head, en) for head, en_head in _HEADS.items() if zh.endswith(head))
    )


def _select(counts: Counter[tuple[str, str]], seen: Counter[tuple[str, str]]) -> list[Entry]:
    by_zh: Counter[str] = Counter()
    by_en: Counter[str] = Counter()
    for (zh, en), count in counts.items():
        by_zh[zh] += count
        by_en[en] += count
    entries = []
    for (zh, en), count in counts.items():
        forward, backward = count / by_zh[zh], count / by_en[en]
        several = len(zh) > 4 or " " in en
        enough = seen[(zh, en)] >= (3 if several else 2)
        if (
            enough
            and well_formed(zh, en)
            and (forward >= 0.2 or backward >= 0.2)
            and forward * backward >= (0.04 if several else 0.01)
        ):
            entries.append((count, Entry(zh, en, round(forward, 3), round(backward, 3))))
    entries.sort(key=lambda item: -item[0])
    return [entry for _, entry in entries]


@dataclass(frozen=True, slots=True)
class _Written:
    """A term written by hand; `only` is the language that it is rendered in, when it is not for both."""

    zh: str
    en: str
    only: str = ""


def with_seed(entries: Iterable[Entry], seed: Path) -> list[Entry]:
    """Put the written terms first, of one source those that stand first; an induced rendering of the same source keeps
    a lower probability than theirs."""
    lines = seed.read_text(encoding="utf-8").splitlines()
    written = [_Written(*line.split("\t")) for line in lines if line and not line.startswith("#")]
    into_en: Counter[str] = Counter()
    into_zh: Counter[str] = Counter()
    merged = []
    for term in written:
        into_en[term.zh] += term.only != "zh"
        into_zh[term.en] += term.only != "en"
        forward = 0.0 if term.only == "zh" else 1 / into_en[term.zh] - 0.01
        backward = 0.0 if term.only == "en" else 1 / into_zh[term.en] - 0.01
        merged.append(Entry(term.zh, term.en, round(forward, 3), round(backward, 3)))
    known = {(term.zh, term.en) for term in written}
    for entry in entries:
        if (entry.zh, entry.en) not in known:
            forward = (0.1 if into_en[entry.zh] else 1) * entry.forward
            backward = (0.1 if into_zh[entry.en] else 1) * entry.backward
            merged.append(Entry(entry.zh, entry.en, round(forward, 3), round(backward, 3)))
    return merged


def write_lexicon(entries: Iterable[Entry], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as file:
        for entry in entries:
            file.write(f"{entry.zh}\t{entry.en}\t{entry.forward}\t{entry.backward}\n")
