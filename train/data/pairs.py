"""Examples over two texts: similarity (gold), entailment, relevance and own labels (constructed by stated rules)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from taibao_cli.patents import ipc
from taibao_cli.patents.language import Lang, nfc
from taibao_cli.tasks import Task, prepare
from train.data.corpora import Corpora, Row, Split
from train.data.trees import Tree, task_branch

ENTAILMENT = ("entailed", "neutral", "contradicted")
_CLAUSE = re.compile(r"(?<=[，；。])|(?<=[,;.])\s")
_OPPOSITES = {
    "zh": [
        ("上", "下"),
        ("左", "右"),
        ("内", "外"),
        ("前", "后"),
        ("正", "负"),
        ("大于", "小于"),
        ("高", "低"),
        ("增加", "减少"),
        ("提高", "降低"),
        ("固定连接", "可拆卸连接"),
        ("平行", "垂直"),
        ("包括", "不包括"),
        ("设有", "未设有"),
        ("第一", "第二"),
    ],
    "en": [
        ("upper", "lower"),
        ("left", "right"),
        ("inner", "outer"),
        ("front", "rear"),
        ("positive", "negative"),
        ("greater", "less"),
        ("high", "low"),
        ("increase", "decrease"),
        ("parallel", "perpendicular"),
        ("first", "second"),
        ("comprises", "does not comprise"),
        ("includes", "does not include"),
        ("connected", "not connected"),
    ],
}


def similarity_trees(corpora: Corpora, split: Split, task: Task, rng: Random, share: float) -> Iterator[Tree]:
    """Phrase pairs scored by people (Google Patent Phrase Similarity) and document pairs, both orders."""
    for row in corpora.rows("similarity", split):
        for _ in range(int(share) + (rng.random() < share % 1)):
            a, b = (row["a"], row["b"]) if rng.random() < 0.5 else (row["b"], row["a"])
            value = round(float(row["score"]) * 4) / 4
            yield Tree((task_branch(task, prepare(task, {"a": a[:400], "b": b[:400]}), value, weight=2.0),))


def contradict(text: str, lang: Lang, rng: Random) -> str | None:
    """An edited copy that cannot hold together with the text: a number changed or a word turned round."""
    numbers = list(re.finditer(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])", text))
    found = [(a, b) for pair in _OPPOSITES[lang] for a, b in (pair, pair[::-1]) if _has(text, a, lang)]
    if numbers and (not found or rng.random() < 0.5):
        match = rng.choice(numbers)
        return text[: match.start()] + str(int(float(match[0]) * rng.choice([2, 3, 5])) + 1) + text[match.end() :]
    if not found:
        return None
    a, b = rng.choice(found)
    return text.replace(a, b, 1) if lang == "zh" else re.sub(rf"\b{a}\b", b, text, count=1)


def _has(text: str, word: str, lang: Lang) -> bool:
    return word in text if lang == "zh" else bool(re.search(rf"\b{word}\b", text))


def clauses(text: str, lang: Lang) -> list[str]:
    low, high = (12, 70) if lang == "zh" else (40, 220)
    return [clause.strip(" ，；。,;.") for clause in _CLAUSE.split(text) if low <= len(clause.strip()) <= high]


def entailment(row: Row, foreign: Row, lang: Lang, rng: Random) -> tuple[str, str, str] | None:
    """(a, b, label): a clause of the text is entailed, its edited copy contradicted, a foreign one neutral."""
    text = nfc(row["abstract"])[: 220 if lang == "zh" else 600]
    label = rng.choice(ENTAILMENT)
    statement = _statement(text, foreign, label, lang, rng)
    return (text, statement, label) if statement else None


def entailment_tree(row: Row, foreign: Row, lang: Lang, task: Task, rng: Random) -> Tree | None:
    """The start of one text with a statement of each kind, as far as the text offers one."""
    text = nfc(row["abstract"])[: rng.randint(60, 160) * (1 if lang == "zh" else 3)]
    statements = {label: _statement(text, foreign, label, lang, rng) for label in ENTAILMENT}
    branches = [
        task_branch(task, prepare(task, {"a": text, "b": statement, "lang": lang}), label, weight=2.0)
        for label, statement in statements.items()
        if statement
    ]
    return Tree(tuple(branches)) if branches else None


def _statement(text: str, foreign: Row, label: str, lang: Lang, rng: Random) -> str | None:
    own, others = clauses(text, lang), clauses(nfc(foreign["abstract"]), lang)
    if label == "neutral":
        return rng.choice(others) if others else None
    if not own:
        return None
    clause = rng.choice(own)
    if label == "entailed":
        return clause
    edited = contradict(clause, lang, rng)
    return edited if edited and edited not in text else None


def relevance(row: Row, by_subclass: Mapping[str, Sequence[Row]], rng: Random) -> tuple[str, str, str] | None:
    """(a, b, label): the second half of the same abstract is relevant, a document of the same subclass background,
    one of another section unrelated."""
    text = nfc(row["abstract"])
    subclass = row["ipc"][0].split(" ")[0]
    label = rng.choice(["relevant", "background", "unrelated"])
    if label == "relevant":
        parts = clauses(text, "zh" if re.search(r"[一-鿿]", text) else "en")
        half = len(parts) // 2
        joiner = "，" if re.search(r"[一-鿿]", text) else ", "
        return (joiner.join(parts[:half]), joiner.join(parts[half:]), label) if half >= 2 else None
    if label == "background":
        near = [other for other in by_subclass[subclass] if other is not row]
    else:
        far = rng.choice([key for key in by_subclass if key[0] != subclass[0]])
        near = list(by_subclass[far])
    return (text[:500], nfc(rng.choice(near)["abstract"])[:500], label) if near else None


def constructed_trees(
    rows: Sequence[Row], lang: Lang, tasks: Mapping[str, Task], rng: Random, count: int
) -> Iterator[Tree]:
    """Entailment, relevance and own-label examples from documents with an official symbol."""
    by_subclass: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_subclass[row["ipc"][0].split(" ")[0]].append(row)
    for number in range(count):
        row = rng.choice(rows)
        if number % 3 == 0:
            tree = entailment_tree(row, rng.choice(rows), lang, tasks["entail"], rng)
        elif number % 3 == 1:
            tree = _relevance_tree(row, by_subclass, lang, tasks["relevance"], rng)
        else:
            tree = own_label_tree(row, lang, tasks["labels"], rng)
        if tree:
            yield tree


def _relevance_tree(
    row: Row, by_subclass: Mapping[str, Sequence[Row]], lang: Lang, task: Task, rng: Random
) -> Tree | None:
    if not (made := relevance(row, by_subclass, rng)):
        return None
    a, b, label = made
    limit = 220 if lang == "zh" else 600
    return Tree((task_branch(task, prepare(task, {"a": a[:limit], "b": b[:limit], "lang": lang}), label, weight=2.0),))


def own_label_tree(row: Row, lang: Lang, task: Task, rng: Random) -> Tree | None:
    """The IPC class title of the document among those of other classes: a closed set that changes with each row."""
    table = ipc.table()
    own = row["ipc"][0][:3]
    if own not in table:
        return None
    rest = rng.sample([label for label in ipc.labels("class") if label != own], rng.randint(2, 5))
    titles = [_short(table[symbol].zh if lang == "zh" else table[symbol].en) for symbol in [own, *rest]]
    if len(set(titles)) < len(titles):
        return None
    shown = rng.sample(titles, len(titles))
    text = nfc(row["abstract"])[: 180 if lang == "zh" else 500]
    inputs = prepare(task, {"text": text, "labels": shown, "lang": lang})
    return Tree((task_branch(task, inputs, titles[0], weight=2.0),))


def _short(title: str) -> str:
    return re.split(r"[；;（(，,]", title)[0].strip()
