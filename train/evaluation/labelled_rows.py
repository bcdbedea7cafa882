"""Rows whose gold is a label or a number: patent types, IPC symbols, own labels, pairs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import Level
from taibao_cli.patents.language import Lang, detect, nfc
from train.data.corpora import Row
from train.data.documents import official_symbol, patent_type
from train.data.pairs import entailment, relevance
from train.evaluation.rows import EvalRow, clean, in_turn, section_of, shuffled

TYPE_WORDS: Final = re.compile(r"本?实用新型|本发明|(?i:\b(?:the |this |present )*(?:utility model|invention)s?\b)")
IPC_SIZES: Final[Mapping[Level, int]] = {"section": 1, "class": 3, "subclass": 4}

_DIGITS = re.compile(r"[0-9０-９]+")


def without_numbers(text: str) -> str:
    """The text without digits, which could give an application number away."""
    return _DIGITS.sub("", nfc(text)).strip()


def type_rows(rows: Sequence[Row], rng: Random, *, lang: Lang, neutral: bool) -> list[EvalRow]:
    groups: dict[str, list[EvalRow]] = defaultdict(list)
    for row in clean(rows, translated=lang == "en"):
        gold, text = patent_type(row), without_numbers(row["abstract"])
        if gold and text:
            text = TYPE_WORDS.sub("本申请" if lang == "zh" else "the application", text) if neutral else text
            groups[gold].append(
                EvalRow(row["id"], {"task": "type", "text": text, "lang": lang}, gold, gold, section_of(row))
            )
    for name in sorted(groups):
        rng.shuffle(groups[name])
    return in_turn(groups, equal=True)


def ipc_rows(rows: Sequence[Row], rng: Random, *, lang: Lang, level: Level) -> list[EvalRow]:
    groups: dict[str, list[EvalRow]] = defaultdict(list)
    for row in clean(rows):
        if symbol := official_symbol(row):
            fields = {key: row[key] for key in ("title", "abstract") if row.get(key)}
            inputs = {"task": "ipc", **fields, "level": level, "lang": lang}
            groups[symbol[0]].append(EvalRow(row["id"], inputs, symbol[: IPC_SIZES[level]], symbol[0], symbol[0]))
    for section in sorted(groups):
        rng.shuffle(groups[section])
    return [row for row in in_turn(groups, equal=False) if row.gold in ipc.labels(level)]


def own_labels(row: Row, lang: Lang, rng: Random) -> EvalRow | None:
    """The title of the document's IPC class among titles of two to five others."""
    own, names = row["ipc"][0][:3], ipc.table()
    if own not in names:
        return None
    rest = rng.sample([symbol for symbol in ipc.labels("class") if symbol != own], rng.randint(2, 5))
    titles = [_short(names[symbol].zh if lang == "zh" else names[symbol].en) for symbol in (own, *rest)]
    if len(set(titles)) < len(titles):
        return None
    inputs = {"task": "labels", "text": nfc(row["abstract"]), "labels": rng.sample(titles, len(titles)), "lang": lang}
    return EvalRow(row["id"], inputs, titles[0], section=section_of(row))


def _short(title: str) -> str:
    return re.split(r"[；;（(，,]", title)[0].strip()


def label_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    labelled = sorted((row for row in clean(rows) if official_symbol(row)), key=lambda row: row["id"])
    rng.shuffle(labelled)
    return [made for row in labelled if (made := own_labels(row, lang, rng))]


def pair_rows(rows: Sequence[Row], rng: Random, *, task: str, lang: Lang) -> list[EvalRow]:
    """Constructed `entail` or `relevance` rows, at most one for each document, the labels equally often."""
    known = [row for row in clean(rows) if official_symbol(row) and len(row["abstract"]) > 60]
    rng.shuffle(known)
    by_subclass: dict[str, list[Row]] = defaultdict(list)
    for row in known:
        by_subclass[row["ipc"][0].split(" ")[0]].append(row)
    groups: dict[str, list[EvalRow]] = defaultdict(list)
    if len({subclass[0] for subclass in by_subclass}) < 2:
        return []
    for row in known:
        made = entailment(row, rng.choice(known), lang, rng) if task == "entail" else relevance(row, by_subclass, rng)
        if made:
            a, b, label = made
            inputs = {"task": task, "a": a, "b": b, "lang": lang}
            groups[label].append(EvalRow(f"{row['id']}/{label}", inputs, label, label, section_of(row)))
    return in_turn(groups, equal=True)


def similarity_rows(rows: Sequence[Row], rng: Random, *, phrases: bool) -> list[EvalRow]:
    """Phrase pairs carry the class they were scored in (`context`); the others are pairs of documents."""
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "similarity", "a": row["a"], "b": row["b"], "lang": detect(row["a"])},
                float(row["score"]),
            )
            for row in rows
            if bool(row.get("context")) == phrases
        ),
        rng,
    )
