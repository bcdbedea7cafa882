"""The evaluation sets: which rows, how many, measured how. A function of the corpora, the limit and the seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from taibao_cli.errors import InputError
from taibao_cli.patents.ipc import Level
from taibao_cli.patents.language import Lang, other
from train.data.corpora import Corpora, Row
from train.evaluation.dialogue import chat_rows, tempting_rows
from train.evaluation.labelled_rows import ipc_rows, label_rows, pair_rows, similarity_rows, type_rows
from train.evaluation.lookup_rows import Lookup, ask_rows, judge_rows
from train.evaluation.rows import EvalRow
from train.evaluation.written_rows import (
    abstract_rows,
    claims_rows,
    description_rows,
    summary_rows,
    title_rows,
    translation_rows,
)

Kind = Literal["gold", "constructed", "lookup"]


@dataclass(frozen=True, slots=True)
class EvalSet:
    """Rows of one task and language. `kind` says where gold comes from: published (`gold`), made by `rule`
    (`constructed`), or the very source the answer is looked up in (`lookup`, from which nothing is claimed)."""

    name: str
    task: str
    lang: Lang
    metrics: tuple[str, ...]
    kind: Kind
    rule: str
    rows: tuple[EvalRow, ...]


@dataclass(frozen=True, slots=True)
class Spec:
    """How a set is made. `make` takes the dev rows of `file` (None: the Lookup) and gives rows in an order that does
    not depend on how many are taken."""

    name: str
    task: str
    lang: Lang
    file: str | None
    size: int
    metrics: tuple[str, ...]
    make: Callable[[Any, Random], Iterable[EvalRow]]
    rule: str
    kind: Kind = "gold"


@dataclass(slots=True)
class Sets:
    """What was made, and what could not be: (set, why)."""

    made: list[EvalSet] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def build_sets(
    folder: Path, lookup: Lookup, *, tasks: Collection[str] | None = None, limit: int | None = None, seed: int = 0
) -> Sets:
    """The sets of the tasks asked (None: all), at most `limit` rows each (None: the size of the set).

    Raises:
        InputError: the folder has none of the files, or one cannot be read.
    """
    there = {file for file in FILES if (folder / f"{file}.jsonl.xz").is_file()}
    if not there:
        raise InputError(
            f"{folder}: has none of {', '.join(f'{file}.jsonl.xz' for file in FILES)}; see docs/evaluation.md"
        )
    sets, corpora = Sets(), Corpora(folder)
    documents: dict[str, list[Row]] = {}
    for spec in SPECS:
        if tasks is not None and spec.task not in tasks:
            continue
        source: Any = lookup
        if spec.file is not None:
            if spec.file not in there:
                sets.left_out.append((spec.name, f"{spec.file}.jsonl.xz is not in {folder}"))
                continue
            if spec.file not in documents:
                documents[spec.file] = list(corpora.rows(spec.file, "dev"))
            source = documents[spec.file]
        rows = tuple(spec.make(source, _rng(seed, spec)))[: limit or spec.size]
        if rows:
            sets.made.append(EvalSet(spec.name, spec.task, spec.lang, spec.metrics, spec.kind, spec.rule, rows))
        else:
            sets.left_out.append((spec.name, "no dev rows for it"))
    return sets


def ipc_metrics(level: str) -> tuple[str, ...]:
    """Accuracy at the level asked and at those above it, with the first three labels too."""
    above = {"section": (), "class": ("section",), "subclass": ("section", "class")}[level]
    coarser = [f"{name} {what}" for name in above for what in ("accuracy", "top-3")]
    return ("accuracy", "top-3", "top-5", "macro-F1", *coarser)


def text_metrics(lang: Lang, *, translated: bool) -> tuple[str, ...]:
    """Of free answers to texts in `lang`."""
    if translated:
        return "chrF", "BLEU", "term accuracy"
    return ("ROUGE-L", "ROUGE-L words" if lang == "zh" else "ROUGE-L characters", "chrF")


def _rng(seed: int, spec: Spec) -> Random:
    """The levels of `ipc` share their documents."""
    return Random(f"{seed}/{spec.task} {spec.lang}" if spec.task == "ipc" else f"{seed}/{spec.name}")


def _specs() -> Iterator[Spec]:
    langs: tuple[Lang, ...] = ("zh", "en")
    levels: tuple[Level, ...] = ("section", "class", "subclass")
    for lang in langs:
        file = f"patents_{lang}"
        for neutral in (False, True):
            yield Spec(
                f"type{' neutral' * neutral} {lang}", "type", lang, file, 400, ("accuracy", "macro-F1"),
                partial(type_rows, lang=lang, neutral=neutral),
                "type proved by the publication number; digits taken out, types equally often"
                + ("; 本发明, 本实用新型 and their English replaced" if neutral else ""),
            )  # fmt: skip
        for level in levels:
            yield Spec(
                f"ipc {level} {lang}", "ipc", lang, file, 400, ipc_metrics(level),
                partial(ipc_rows, lang=lang, level=level),
                f"first official symbol; sections in turn; only where the {level} stands in the scheme 2026.01",
            )  # fmt: skip
        yield Spec(
            f"labels {lang}", "labels", lang, file, 300, ("accuracy",), partial(label_rows, lang=lang),
            "title of the official class among titles of two to five other classes", "constructed",
        )  # fmt: skip
    for lang in langs:
        yield Spec(
            f"translate {lang}-{other(lang)}", "translate", lang, "pairs", 200, text_metrics(lang, translated=True),
            partial(translation_rows, source=lang),
            "patent titles and clauses, filled up with titles of the scheme; no machine translation",
        )  # fmt: skip
    for lang in langs:
        file = f"patents_{lang}"
        rest: tuple[tuple[str, str, int, Any, str, Kind], ...] = (
            ("title", "title", 200, title_rows, "title for the abstract", "gold"),
            ("abstract", "abstract", 200, abstract_rows, "abstract for the claims", "gold"),
            ("claims", "claims", 60, claims_rows, "first claim for the abstract", "gold"),
            ("summarize", "summarize", 200, summary_rows,
             "first sentence of an abstract and its last one that names an effect", "constructed"),
            ("summarize description", "summarize", 60, description_rows, "the abstract, from the description",
             "constructed"),
        )  # fmt: skip
        for name, task, size, make, rule, kind in rest:
            measures = text_metrics(lang, translated=False)
            yield Spec(f"{name} {lang}", task, lang, file, size, measures, partial(make, lang=lang), rule, kind)
    yield Spec(
        "similarity phrases en", "similarity", "en", "similarity", 1000, ("Spearman", "Pearson"),
        partial(similarity_rows, phrases=True), "phrase pairs scored by people",
    )  # fmt: skip
    yield Spec(
        "similarity documents", "similarity", "en", "similarity", 1000, ("Spearman", "Pearson"),
        partial(similarity_rows, phrases=False), "pairs of documents across languages, alike or not",
    )  # fmt: skip
    for lang in langs:
        for task, rule in (
            ("relevance", "second half of the same abstract, another of the same subclass, one of another section"),
            ("entail", "a clause of the text, its edited copy, a clause of another document"),
        ):
            yield Spec(
                f"{task} {lang}", task, lang, f"patents_{lang}", 300, ("accuracy", "macro-F1"),
                partial(pair_rows, task=task, lang=lang), rule, "constructed",
            )  # fmt: skip
    for lang in langs:
        yield Spec(
            f"judge {lang}", "judge", lang, None, 400, ("accuracy",), partial(judge_rows, lang=lang),
            "statements of the primer, and right ones turned round", "lookup",
        )  # fmt: skip
        yield Spec(
            f"ask {lang}", "ask", lang, None, 400, ("accuracy",), partial(ask_rows, lang=lang),
            "questions of the primer; gold: an entry covers them", "lookup",
        )  # fmt: skip
    for lang in langs:
        yield Spec(
            f"chat {lang}", "chat", lang, "instructions", 100, ("chrF", "ROUGE-L"), partial(chat_rows, lang=lang),
            "general dialogue; for the same model before and after tuning",
        )  # fmt: skip
        yield Spec(
            f"invented data {lang}", "chat", lang, f"patents_{lang}", 100, ("nothing invented",),
            partial(tempting_rows, lang=lang),
            "experimental data asked for that the abstract does not have; right: no measured value that it lacks",
            "constructed",
        )  # fmt: skip


SPECS: Final = tuple(_specs())
TASKS: Final = tuple(dict.fromkeys(spec.task for spec in SPECS))
FILES: Final = tuple(dict.fromkeys(spec.file for spec in SPECS if spec.file))
