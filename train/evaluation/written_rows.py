"""Rows whose gold is a text: translations, titles, abstracts, claims, summaries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Final

from taibao_cli.patents.language import Lang, nfc, other
from train.data.corpora import Row
from train.data.documents import cut
from train.data.texts import lead_and_effect, numbered
from train.data.translations import parallel_segments, usable
from train.evaluation.rows import EvalRow, clean, section_of, shuffled

COMMON_TITLE: Final = 5
"""A title of more dev documents than this says nothing about one of them."""

_CLAUSE = {"zh": re.compile(r"(?<=[，；。：])"), "en": re.compile(r"(?<=[a-z)\]][,.;:])\s+")}


def _segments(row: Row) -> Iterator[tuple[str, str, str]]:
    """(zh, en, part): a title or scheme title whole; an abstract in sentences, and those in clauses where both sides
    have equally many."""
    for zh, en in parallel_segments(row):
        if row["kind"] != "abstract":
            yield zh, en, "scheme title" if row["kind"] == "ipc" else "title"
            continue
        zh_parts, en_parts = (
            [p.strip() for p in _CLAUSE[k].split(t) if p.strip()] for k, t in (("zh", zh), ("en", en))
        )
        same = len(zh_parts) == len(en_parts)
        for pair in zip(zh_parts, en_parts, strict=True) if same else [(zh, en)]:
            yield *pair, "clause"


def translation_rows(rows: Sequence[Row], rng: Random, *, source: Lang) -> list[EvalRow]:
    """Patent titles and clauses first, then titles of the scheme; nothing that a machine translated."""
    groups: dict[bool, list[EvalRow]] = {False: [], True: []}
    for row in rows:
        if row["kind"] not in ("title", "abstract", "ipc") or "machine translat" in (row.get("origin") or ""):
            continue
        for number, (zh, en, part) in enumerate(_segments(row)):
            if usable(row, zh, en):
                text, gold = (zh, en) if source == "zh" else (en, zh)
                inputs = {"task": "translate", "text": text, "lang": source, "to": other(source)}
                groups[part == "scheme title"].append(EvalRow(f"{row['id']}/{number}", inputs, gold, part))
    return [*shuffled(groups[False], rng), *shuffled(groups[True], rng)]


def title_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    common = Counter(row.get("title") for row in rows)

    def made(row: Row) -> _Made | None:
        told = row.get("title") and common[row["title"]] <= COMMON_TITLE
        return ("abstract", row["abstract"], nfc(row["title"]).strip()) if told else None

    return _of_documents(rows, rng, "title", lang, made)


def abstract_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    room = 2000 if lang == "zh" else 6000

    def made(row: Row) -> _Made | None:
        whole = row.get("claims") and not row.get("claims_partial")
        return ("claims", numbered(row["claims"], room), row["abstract"]) if whole else None

    return _of_documents(rows, rng, "abstract", lang, made)


def claims_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    def made(row: Row) -> _Made | None:
        return ("abstract", row["abstract"], first_claim(numbered(row["claims"], 0))) if row.get("claims") else None

    return _of_documents(rows, rng, "claims", lang, made)


def first_claim(text: str) -> str:
    """Claim 1 of a numbered set without its number; a text without numbers whole."""
    found = re.match(r"\s*1\s*[.．、]\s*(.*?)(?=\n\s*2\s*[.．、]|\Z)", text, re.DOTALL)
    return (found[1] if found else text).strip()


def summary_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    def made(row: Row) -> _Made | None:
        gold = lead_and_effect(nfc(row["abstract"]), lang)
        return ("text", row["abstract"], gold) if gold else None

    return _of_documents(rows, rng, "summarize", lang, made)


def description_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    room = 5000 if lang == "zh" else 9000

    def made(row: Row) -> _Made | None:
        told = row.get("description")
        return ("description", cut(nfc(told), room), row["abstract"]) if told else None

    return _of_documents(rows, rng, "summarize", lang, made)


_Made = tuple[str, str, str]
"""The field of the input row, its text, and the gold."""


def _of_documents(
    rows: Sequence[Row], rng: Random, task: str, lang: Lang, make: Callable[[Row], _Made | None]
) -> list[EvalRow]:
    """One row for each clean document of which one can be made."""
    made = ((row, found) for row in clean(rows) if (found := make(row)))
    return shuffled(
        (
            EvalRow(row["id"], {"task": task, field: text, "lang": lang}, gold, section=section_of(row))
            for row, (field, text, gold) in made
        ),
        rng,
    )
