"""The training mixture: which trees, how many of each, in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from taibao_cli.patents.language import Lang
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.tasks.registry import builtin_tasks
from train.data import copying, documents, pairs, texts, translations
from train.data.corpora import Corpora, Split
from train.data.trees import Tree


@dataclass(frozen=True, slots=True)
class Mixture:
    """Shares of the corpora (1.0: each row once). Text limits are characters."""

    documents_zh: float = 0.4
    documents_en: float = 0.4
    titled: float = 0.35
    text_share: float = 0.15
    symbol_weight: float = 3.0
    limit_zh: int = 240
    limit_en: int = 600
    titles: float = 3.0
    abstracts: float = 3.0
    ipc: float = 0.6
    scheme: float = 0.2
    terms: float = 0.05
    sentences: float = 0.12
    drafts: int = 12_000
    back: int = 24_000
    similarity: float = 1.0
    constructed: int = 9_000
    designs: int = 2_000
    abstracts_from_claims: float = 0.3
    claims: float = 0.1
    summaries: float = 0.04
    drafted: int = 3_000
    dialogue: int = 2
    primer: int = 6
    copying: int = 20_000
    long: float = 0.04

    def of_documents(self, lang: Lang) -> documents.Taken:
        """What is taken of the documents of a language."""
        limit, share = (self.limit_zh, self.documents_zh) if lang == "zh" else (self.limit_en, self.documents_en)
        return documents.Taken(limit, share, self.titled, self.text_share, self.symbol_weight)


def mixture_trees(
    corpora: Corpora, split: Split, lexicon: Lexicon, mixture: Mixture, seed: int
) -> Iterator[tuple[str, Tree]]:
    """(kind, tree) of one pass over the corpora, kind by kind; the caller shuffles. A function of its arguments."""
    tasks = builtin_tasks()

    def rng(kind: str) -> Random:
        return Random(f"{seed}/{kind}")

    kinds: dict[str, Callable[[], Iterator[Tree]]] = {
        "documents zh": lambda: documents.document_trees(
            corpora, "patents_zh", split, tasks, rng("documents zh"), mixture.of_documents("zh")
        ),
        "documents en": lambda: documents.document_trees(
            corpora, "patents_en", split, tasks, rng("documents en"), mixture.of_documents("en")
        ),
        "designs": lambda: documents.design_trees(
            _titles(corpora, split), tasks["type"], rng("designs"), mixture.designs
        ),
        "scheme": lambda: documents.scheme_trees(corpora, split, tasks["ipc"], rng("scheme"), mixture.scheme),
        "translation": lambda: translations.translation_trees(
            corpora,
            split,
            tasks["translate"],
            lexicon,
            rng("translation"),
            {
                "title": mixture.titles,
                "abstract": mixture.abstracts,
                "ipc": mixture.ipc,
                "term": mixture.terms,
                "sentence": mixture.sentences,
            },
        ),
        "drafts": lambda: translations.draft_trees(
            corpora, split, tasks["translate"], lexicon, rng("drafts"), mixture.drafts
        ),
        "back-translation": lambda: translations.back_trees(
            corpora, split, tasks["translate"], lexicon, rng("back-translation"), mixture.back
        ),
        "similarity": lambda: pairs.similarity_trees(
            corpora, split, tasks["similarity"], rng("similarity"), mixture.similarity
        ),
        "constructed zh": lambda: _constructed(corpora, split, "zh", rng("constructed zh"), mixture),
        "constructed en": lambda: _constructed(corpora, split, "en", rng("constructed en"), mixture),
        "writing zh": lambda: texts.writing_trees(
            corpora,
            "patents_zh",
            split,
            tasks,
            rng("writing zh"),
            limit=500,
            abstracts=min(1.0, 4 * mixture.abstracts_from_claims),
            claims=min(1.0, 8 * mixture.claims),
            summaries=mixture.summaries,
        ),
        "writing en": lambda: texts.writing_trees(
            corpora,
            "patents_en",
            split,
            tasks,
            rng("writing en"),
            limit=1200,
            abstracts=mixture.abstracts_from_claims,
            claims=mixture.claims,
            summaries=mixture.summaries,
        ),
        "drafted": lambda: texts.drafted_trees(corpora, split, tasks, rng("drafted"), mixture.drafted, limit=400),
        "dialogue": lambda: texts.dialogue_trees(corpora, split, rng("dialogue"), limit=900, repeat=mixture.dialogue),
        "primer": lambda: texts.primer_trees(rng("primer"), mixture.primer),
        "copying": lambda: copying.copying_trees(
            {"zh": lexicon.known("zh"), "en": lexicon.known("en")}, rng("copying"), mixture.copying
        ),
        "long": lambda: texts.long_trees(corpora, split, tasks, rng("long"), mixture.long),
    }
    for kind, make in kinds.items():
        for tree in make():
            yield kind, tree


def _constructed(corpora: Corpora, split: Split, lang: Lang, rng: Random, mixture: Mixture) -> Iterator[Tree]:
    rows = [
        row
        for row in corpora.rows(f"patents_{lang}", split)
        if documents.official_symbol(row) and len(row["abstract"]) > 60 and not row.get("translated")
    ]
    return pairs.constructed_trees(rows, lang, builtin_tasks(), rng, mixture.constructed)


def _titles(corpora: Corpora, split: Split) -> list[tuple[Lang, str]]:
    langs: tuple[Lang, ...] = ("zh", "en")
    return [
        (lang, row["title"])
        for lang in langs
        for row in corpora.rows(f"patents_{lang}", split)
        if row.get("title") and len(row["title"]) < (20 if lang == "zh" else 60)
    ]


def count_kinds(kinds: Counter[str], tokens: Counter[str]) -> list[dict[str, object]]:
    """Rows of the manifest's data table."""
    return [{"kind": kind, "trees": kinds[kind], "tokens": tokens[kind]} for kind in kinds]
