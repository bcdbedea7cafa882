"""Translation examples with the terms and the draft that the run-time prompt would offer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from taibao_cli.patents.language import Lang, detect, nfc, other
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.patents.segments import segments, size
from taibao_cli.tasks import Task, prepare
from taibao_cli.tasks.hints import lexicon_hints
from train.data.corpora import Corpora, Row, Split
from train.data.trees import Tree, task_branch

_MACHINE_MADE = ("ChaneMo/",)
_ZH_ENDS, _EN_ENDS = re.compile(r"(?<=[。；])"), re.compile(r"(?<=[a-z)\]][.;])\s+")
_PLAIN = re.compile(r"https?:|[<>{}\[\]`|\\]|\w\.\w+\(")


def parallel_segments(row: Row) -> Iterator[tuple[str, str]]:
    """Sentence pairs of a row; abstracts are cut where both sides have equally many sentences."""
    zh, en = nfc(row["zh"]).strip(), nfc(row["en"]).strip()
    if row["kind"] != "abstract":
        yield zh, en
        return
    zh_parts = [part for part in _ZH_ENDS.split(zh) if part.strip()]
    en_parts = [part for part in _EN_ENDS.split(en) if part.strip()]
    if len(zh_parts) == len(en_parts):
        yield from zip(zh_parts, en_parts, strict=True)
    elif len(zh) < 200:
        yield zh, en


def usable(row: Row, zh: str, en: str) -> bool:
    """Leaves out markup, code, fragments of the wrong script, and pairs whose lengths do not fit each other."""
    if row["source"].startswith(_MACHINE_MADE) or _PLAIN.search(zh) or _PLAIN.search(en):
        return False
    return (
        2 <= len(zh) <= 160 and len(en) <= 480 and 1.0 <= len(en) / len(zh) <= 9.0 and bool(re.search(r"[一-鿿]", zh))
    )


def translation_trees(
    corpora: Corpora, split: Split, task: Task, lexicon: Lexicon, rng: Random, shares: dict[str, float]
) -> Iterator[Tree]:
    """One direction per pair and pass; `shares` says how much of each kind is taken (above 1: repeated)."""
    for row in corpora.rows("pairs", split):
        share = shares.get(row["kind"], 0.0)
        for _ in range(int(share) + (rng.random() < share % 1)):
            for zh, en in parallel_segments(row):
                if usable(row, zh, en):
                    source: Lang = "zh" if rng.random() < 0.5 else "en"
                    text, answer = (zh, en) if source == "zh" else (en, zh)
                    yield _tree(task, lexicon, text, source, answer)


def draft_trees(
    corpora: Corpora, split: Split, task: Task, lexicon: Lexicon, rng: Random, count: int
) -> Iterator[Tree]:
    """Sentences that nobody translated, with their drafts as answers: where a small model knows nothing better the
    draft should stand, rather than what is frequent."""
    for text, lang in _untranslated(corpora, split, task, rng, count):
        yield _tree(task, lexicon, text, lang, None)


def back_trees(corpora: Corpora, split: Split, task: Task, lexicon: Lexicon, rng: Random, count: int) -> Iterator[Tree]:
    """Sentences of patents as answers to their own drafts in the other language: back-translation (Sennrich et al.
    2016) by the lexicon. It teaches the endings and small words that a draft lacks, not the order of words."""
    hints = lexicon_hints(lexicon)
    for text, lang in _untranslated(corpora, split, task, rng, count):
        foreign = hints(text, lang, other(lang)).draft
        if 2 <= size(foreign) <= task.segment and detect(foreign) == other(lang):
            yield _tree(task, lexicon, foreign, other(lang), text)


def _untranslated(corpora: Corpora, split: Split, task: Task, rng: Random, count: int) -> Iterator[tuple[str, Lang]]:
    """Titles and single sentences of patents, half of `count` in each language."""
    langs: tuple[Lang, ...] = ("zh", "en")
    for lang in langs:
        rows = [
            row
            for row in corpora.rows(f"patents_{lang}", split)
            if row.get("title") and row.get("abstract", "").strip()
        ]
        for row in rng.sample(rows, min(len(rows), count // 2)):
            sentences = [segment.text for segment in segments(nfc(row["abstract"]).strip(), task.segment)]
            text = nfc(row["title"]).strip() if rng.random() < 0.3 else rng.choice(sentences)
            if 2 <= size(text) <= task.segment and detect(text) == lang:
                yield text, lang


def _tree(task: Task, lexicon: Lexicon, text: str, source: Lang, answer: str | None) -> Tree:
    """One example; the draft itself is the answer when there is no other."""
    inputs = prepare(task, {"text": text, "lang": source, "to": other(source)}, hints=lexicon_hints(lexicon))
    return Tree((task_branch(task, inputs, inputs.hints.draft if answer is None else answer),))
