"""Texts for the tokenizer and sentence pairs for the lexicon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from taibao_cli.patents.language import nfc
from train.data.corpora import Corpora
from train.data.translations import parallel_segments
from train.lexicon import Pair

_SHARES = {"title": 1.0, "abstract": 1.0, "ipc": 0.6, "term": 0.3, "sentence": 0.06}
_GLOSS = re.compile(r"[A-Za-z' -]+")
_CLAUSES_ZH, _CLAUSES_EN = re.compile(r"[。；，]"), re.compile(r"[.;,]\s")


def tokenizer_texts(corpora: Corpora, chars: int, seed: int) -> list[str]:
    """A shuffled sample of about `chars` characters: all titles, most abstracts, some claims and pairs."""
    rng = Random(f"{seed}/tokenizer")
    texts: list[str] = []
    for name, abstracts, claims in (("patents_zh", 0.6, 1.0), ("patents_en", 0.8, 0.2)):
        for row in corpora.rows(name, "train"):
            if row.get("translated"):
                continue
            if row.get("title"):
                texts.append(row["title"])
            if row.get("abstract") and rng.random() < abstracts:
                texts.append(row["abstract"])
            if row.get("claims") and not row.get("ocr_noise") and rng.random() < claims:
                texts.append("\n".join(row["claims"])[:2500])
    for row in corpora.rows("pairs", "train"):
        if rng.random() < _SHARES.get(row["kind"], 0.0):
            texts += [row["zh"], row["en"]]
    rng.shuffle(texts)
    kept, total = [], 0
    for text in texts:
        if total >= chars:
            break
        kept.append(nfc(text))
        total += len(text)
    return kept


def lexicon_pairs(corpora: Corpora, seed: int) -> Iterator[Pair]:
    """Sentence pairs for the alignment; patent kinds count more than general ones."""
    rng = Random(f"{seed}/lexicon")
    for row in corpora.rows("pairs", "train"):
        kind, zh, en = row["kind"], nfc(row["zh"]), nfc(row["en"])
        if kind == "ipc":
            yield Pair(zh, en, 2.0)
        elif kind == "title":
            yield Pair(zh, en, 3.0)
        elif kind == "abstract":
            yield from _abstract_pairs(row)
        elif kind == "term" and len(zh) <= 6 and rng.random() < 0.6:
            for gloss in en.split(", ")[:2]:
                if _GLOSS.fullmatch(gloss):
                    yield Pair(zh, gloss.removeprefix("to "), 0.5)
        elif kind == "sentence" and len(zh) < 60 and rng.random() < 0.25:
            yield Pair(zh, en, 0.7)


def _abstract_pairs(row: dict[str, str]) -> Iterator[Pair]:
    """Sentences where both sides have equally many, else clauses where both have equally many."""
    segments = list(parallel_segments(row))
    if len(segments) > 1:
        yield from (Pair(zh, en, 3.0) for zh, en in segments)
        return
    zh = [part for part in _CLAUSES_ZH.split(nfc(row["zh"])) if part.strip()]
    en = [part for part in _CLAUSES_EN.split(nfc(row["en"])) if part.strip()]
    if len(zh) == len(en):
        yield from (Pair(a, b, 3.0) for a, b in zip(zh, en, strict=True))
