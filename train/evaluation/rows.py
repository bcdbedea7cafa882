"""Rows of evaluation sets, one maker for each kind: dev rows of a corpus in, rows with gold out, in a seeded order."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from random import Random
from typing import Any, Final

from taibao_cli.patents import ipc
from taibao_cli.patents.ipc import Level
from taibao_cli.patents.language import Lang, detect, nfc, other
from train.data.corpora import Row
from train.data.documents import cut, official_symbol, patent_type
from train.data.pairs import entailment, relevance
from train.data.texts import lead_and_effect, numbered
from train.data.translations import parallel_segments, usable

Gold = str | float | tuple[str, ...]
"""The right answer, or several that are equally right."""

COMMON_TITLE: Final = 5
"""A title of more dev documents than this says nothing about one of them."""

SOURCE_FIELDS: Final = ("title", "abstract", "claims", "description", "text", "a", "b", "question")

TYPE_WORDS: Final = re.compile(r"本?实用新型|本发明|(?i:\b(?:the |this |present )*(?:utility model|invention)s?\b)")
IPC_SIZES: Final[Mapping[Level, int]] = {"section": 1, "class": 3, "subclass": 4}

_DIGITS = re.compile(r"[0-9０-９]+")
_CLAUSE = {"zh": re.compile(r"(?<=[，；。：])"), "en": re.compile(r"(?<=[a-z)\]][,.;:])\s+")}


@dataclass(frozen=True, slots=True)
class EvalRow:
    """`inputs` is an input row as in docs/batch.md; `gold` the right answer; `part` and `section` (of the IPC) name
    shares of the set that are also reported by themselves; `terms` has, for terms of the source, the renderings of the
    gold that count as right."""

    id: str
    inputs: Mapping[str, Any]
    gold: Gold
    part: str = ""
    section: str = ""
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def golds(self) -> tuple[str, ...]:
        """All right answers as text."""
        return self.gold if isinstance(self.gold, tuple) else (str(self.gold),)

    @property
    def digest(self) -> str:
        """Names question and gold, so that two reports can tell whether they measured the same."""
        facts = json.dumps([dict(self.inputs), self.gold], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()[:12]

    @property
    def answer_lang(self) -> Lang:
        """The language of the answer."""
        lang: Lang = self.inputs.get("to", self.inputs["lang"])
        return lang

    @property
    def source(self) -> str:
        """What the answer is made from, as one text."""
        given = (self.inputs.get(key) for key in SOURCE_FIELDS)
        texts = ("\n".join(text) if isinstance(text, list) else text for text in given if text)
        said = (message["content"] for message in self.inputs.get("messages", ()))
        return "\n".join([*texts, *said])


@dataclass(frozen=True, slots=True)
class Lookup:
    """The primer as data: (language, question), and (language, statement, "right" or "wrong")."""

    questions: Sequence[tuple[Lang, str]] = ()
    statements: Sequence[tuple[Lang, str, str]] = ()


def shuffled(rows: Iterable[EvalRow], rng: Random) -> list[EvalRow]:
    listed = list(rows)
    rng.shuffle(listed)
    return listed


def in_turn(groups: Mapping[str, list[EvalRow]], *, equal: bool) -> list[EvalRow]:
    """One of each group after the other; `equal` stops when the smallest is spent."""
    columns = [groups[key] for key in sorted(groups)]
    lines = zip(*columns, strict=False) if equal else zip_longest(*columns)
    return [row for line in lines for row in line if row is not None]


def clean(rows: Iterable[Row], *, translated: bool = False) -> list[Row]:
    """Documents with an abstract that character recognition did not damage; translations only on request."""
    return [r for r in rows if r.get("abstract") and not r.get("ocr_noise") and (translated or not r.get("translated"))]


def document_text(row: Row) -> str:
    """Title and abstract as the `ipc` prompt shows them."""
    return "\n".join(nfc(row[key]).strip() for key in ("title", "abstract") if row.get(key))


def section_of(row: Row) -> str:
    """The section of the first official symbol; empty without one."""
    return (official_symbol(row) or "")[:1]


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
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "title", "abstract": row["abstract"], "lang": lang},
                nfc(row["title"]).strip(),
                section=section_of(row),
            )
            for row in clean(rows)
            if row.get("title") and common[row["title"]] <= COMMON_TITLE
        ),
        rng,
    )


def abstract_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    room = 2000 if lang == "zh" else 6000
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "abstract", "claims": numbered(row["claims"], room), "lang": lang},
                row["abstract"],
                section=section_of(row),
            )
            for row in clean(rows)
            if row.get("claims") and not row.get("claims_partial")
        ),
        rng,
    )


def claims_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "claims", "abstract": row["abstract"], "lang": lang},
                first_claim(numbered(row["claims"], 0)),
                section=section_of(row),
            )
            for row in clean(rows)
            if row.get("claims")
        ),
        rng,
    )


def first_claim(text: str) -> str:
    """Claim 1 of a numbered set without its number; a text without numbers whole."""
    found = re.match(r"\s*1\s*[.．、]\s*(.*?)(?=\n\s*2\s*[.．、]|\Z)", text, re.DOTALL)
    return (found[1] if found else text).strip()


def summary_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "summarize", "text": row["abstract"], "lang": lang},
                gold,
                section=section_of(row),
            )
            for row in clean(rows)
            if (gold := lead_and_effect(nfc(row["abstract"]), lang))
        ),
        rng,
    )


def description_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    room = 5000 if lang == "zh" else 9000
    return shuffled(
        (
            EvalRow(
                row["id"],
                {"task": "summarize", "description": cut(nfc(row["description"]), room), "lang": lang},
                row["abstract"],
                section=section_of(row),
            )
            for row in clean(rows)
            if row.get("description")
        ),
        rng,
    )


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


def altered(statement: str, lang: Lang) -> str | None:
    """The statement with its modality or polarity turned round, None when it has no word to turn."""
    turns: dict[Lang, tuple[tuple[str, str], ...]] = {
        "zh": (
            ("不得", "可以"),
            ("可以", "不得"),
            ("应当", "不需要"),
            ("不属于", "属于"),
            ("不享有", "享有"),
            ("享有", "不享有"),
        ),
        "en": (
            (" may not ", " may "),
            (" may ", " may not "),
            (" must ", " need not "),
            (" is not ", " is "),
            (" is ", " is not "),
        ),
    }
    for word, turned in turns[lang]:
        if word in statement:
            return statement.replace(word, turned, 1)
    return None


def ask_rows(lookup: Lookup, rng: Random, *, lang: Lang) -> list[EvalRow]:
    return shuffled(
        (
            EvalRow(f"ask-{number}", {"task": "ask", "question": question, "lang": lang}, "GROUNDED")
            for number, (own, question) in enumerate(lookup.questions)
            if own == lang
        ),
        rng,
    )


def judge_rows(lookup: Lookup, rng: Random, *, lang: Lang) -> list[EvalRow]:
    rows = []
    for number, (own, statement, verdict) in enumerate(lookup.statements):
        if own == lang:
            inputs = {"task": "judge", "text": statement, "lang": lang}
            rows.append(EvalRow(f"judge-{number}", inputs, verdict, "as known"))
            if verdict == "right" and (turned := altered(statement, lang)):
                rows.append(EvalRow(f"judge-{number}/altered", {**inputs, "text": turned}, "wrong", "altered"))
    return shuffled(rows, rng)
