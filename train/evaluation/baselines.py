"""Answers that cost nothing, for the same rows: what a model must beat to be worth its weights.

Fitted baselines (majority, linear SVM, overlap thresholds) see the train split alone.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from taibao_cli.errors import MissingExtraError
from taibao_cli.models.digest import file_sha256
from taibao_cli.patents.draft import draft
from taibao_cli.patents.language import Lang, nfc
from taibao_cli.patents.lexicon import Lexicon
from taibao_cli.patents.writing import abstract_draft, claim_draft
from train.data.corpora import Corpora, Row
from train.data.documents import official_symbol, patent_type
from train.evaluation.answers import Answer
from train.evaluation.choices import TASK as CHOICE
from train.evaluation.choices import longest_choice
from train.evaluation.labelled_rows import IPC_SIZES, pair_rows
from train.evaluation.metrics import jaccard, units
from train.evaluation.rows import EvalRow, clean, document_text
from train.evaluation.sets import EvalSet

SVM_ROWS: Final = 60_000
SVM_FEATURES: Final = 50_000
PAIR_DOCUMENTS: Final = 3_000
_REVISION: Final = 2
_REVISIONS: Final[Mapping[str, int]] = {"abstract": 3, "claims": 3, "ipc": 3, "type": 3}
"""Counted up when the baselines of all tasks, or of one, change: kept answers are then made anew."""

_SENTENCE = {"zh": re.compile(r"(?<=[。；])"), "en": re.compile(r"(?<=[a-z)][.;])\s+")}
_CLAUSE_END = {"zh": re.compile(r"[，。；：,;]"), "en": re.compile(r"[,;:]|\.\s|\.$")}
_OPENING = {
    "zh": re.compile(r"^(?:本发明|本实用新型|本申请|本外观设计)?(?:公开|涉及|提供|提出|属于|是|为)了?"),
    "en": re.compile(
        r"^(?:(?:the|this|present|utility model|invention|application|disclosure|embodiments?|of)\s+)+"
        r"(?:(?:discloses?|relates? to|provides?|describes?|is directed to|concerns?)\s+)",
        re.IGNORECASE,
    ),
}


class Train:
    """The train split, read when a baseline first needs it."""

    def __init__(self, folder: Path, *, svm_rows: int = SVM_ROWS, seed: int = 0) -> None:
        self.folder, self.seed, self.svm_rows = folder, seed, svm_rows
        self._documents: dict[Lang, list[Row]] = {}
        self._vectors: dict[Lang, tuple[Any, Any, list[str]]] = {}
        self._classifiers: dict[tuple[Lang, int], Any] = {}

    @cached_property
    def _corpora(self) -> Corpora:
        return Corpora(self.folder)

    def documents(self, lang: Lang) -> list[Row]:
        """Documents with an abstract, in an order drawn by the seed."""
        if lang not in self._documents:
            rows = [row for row in self._corpora.rows(f"patents_{lang}", "train") if row.get("abstract")]
            Random(f"{self.seed}/train {lang}").shuffle(rows)
            self._documents[lang] = rows
        return self._documents[lang]

    def rank_ipc(self, lang: Lang, size: int, texts: Sequence[str], top: int = 5) -> list[tuple[str, ...]]:
        """Symbols of `size` characters by TF-IDF (characters 2-4 in Chinese, words 1-2 in English) and linear SVM."""
        vectorizer, matrix, symbols = self._fitted(lang)
        key = (lang, size)
        if key not in self._classifiers:
            self._classifiers[key] = fit_classifier(matrix, [symbol[:size] for symbol in symbols])
        return rank(self._classifiers[key], vectorizer.transform(texts), top)

    def _fitted(self, lang: Lang) -> tuple[Any, Any, list[str]]:
        if lang not in self._vectors:
            known = [row for row in clean(self.documents(lang)) if official_symbol(row)][: self.svm_rows]
            vectorizer = make_vectorizer(lang, rare=3 if len(known) > 1000 else 1)
            matrix = vectorizer.fit_transform([document_text(row) for row in known])
            self._vectors[lang] = vectorizer, matrix, [str(official_symbol(row)) for row in known]
        return self._vectors[lang]


def make_vectorizer(lang: Lang, *, rare: int) -> Any:
    """TF-IDF with logarithmic counts; features in fewer than `rare` documents are left out."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ModuleNotFoundError:
        raise MissingExtraError("scikit-learn", "train") from None
    shape = {"analyzer": "char", "ngram_range": (2, 4)} if lang == "zh" else {"ngram_range": (1, 2)}
    return TfidfVectorizer(**shape, sublinear_tf=True, min_df=rare, max_features=SVM_FEATURES, dtype=np.float32)


def fit_classifier(matrix: Any, labels: Sequence[str]) -> Any:
    """A linear SVM, one label against the rest; a single label needs none."""
    from sklearn.svm import LinearSVC

    if len(set(labels)) == 1:
        return labels[0]
    return LinearSVC(C=0.5, tol=1e-2, max_iter=100, random_state=0).fit(matrix, labels)


def rank(classifier: Any, matrix: Any, top: int) -> list[tuple[str, ...]]:
    """The best `top` labels for each line of the matrix."""
    if isinstance(classifier, str):
        return [(classifier,)] * matrix.shape[0]
    scores = classifier.decision_function(matrix)
    if scores.ndim == 1:
        scores = np.stack([-scores, scores], axis=1)
    best = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [tuple(str(classifier.classes_[at]) for at in line) for line in best]


def baselines_for(evalset: EvalSet, train: Train, lexicon: Lexicon | None) -> dict[str, list[Answer]]:
    """Answers to every row of the set by name of the baseline; none for `ask` and `judge`."""
    make = _BY_TASK.get(evalset.task)
    return make(evalset, train, lexicon) if make else {}


def _each(evalset: EvalSet, answer: Callable[[EvalRow], Answer]) -> list[Answer]:
    return [answer(row) for row in evalset.rows]


def _majority(evalset: EvalSet, values: Sequence[str]) -> list[Answer]:
    """The five most frequent values, for every row."""
    ranked = tuple(value for value, _ in sorted(Counter(values).most_common(5), key=lambda item: (-item[1], item[0])))
    return [ranked] * len(evalset.rows)


def _type(evalset: EvalSet, train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    kinds = [kind for row in train.documents(evalset.lang) if (kind := patent_type(row))]
    majority = {"majority": _majority(evalset, kinds)} if kinds else {}
    return {"wording rule": _each(evalset, _type_by_words), **majority}


def _type_by_words(row: EvalRow) -> Answer:
    text = str(row.inputs["text"]).lower()
    return ("utility model" if "实用新型" in text or "utility model" in text else "invention",)


def _ipc(evalset: EvalSet, train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    size = IPC_SIZES[evalset.rows[0].inputs["level"]]
    known = [symbol[:size] for row in clean(train.documents(evalset.lang)) if (symbol := official_symbol(row))]
    if not known:
        return {}
    ranked = train.rank_ipc(evalset.lang, size, [document_text(dict(row.inputs)) for row in evalset.rows])
    return {"TF-IDF + linear SVM": list(ranked), "majority": _majority(evalset, known)}


def _labels(evalset: EvalSet, _train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    def answer(row: EvalRow) -> Answer:
        text = nfc(row.inputs["text"])
        return tuple(sorted(row.inputs["labels"], key=lambda label: -containment(label, text, evalset.lang)))

    return {"label-text overlap": _each(evalset, answer)}


def _translate(evalset: EvalSet, _train: Train | None, lexicon: Lexicon | None) -> dict[str, list[Answer]]:
    if lexicon is None:
        return {}
    lang, joiner = evalset.lang, " " if evalset.lang == "zh" else ""
    matches = [lexicon.match(nfc(row.source), lang) for row in evalset.rows]
    plain = [joiner.join(m.renderings[0] if m.renderings else m.source for m in found) for found in matches]
    return {"word by word": list(plain), "draft in the prompt": [draft(found, lang) for found in matches]}


def _title(evalset: EvalSet, _train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    def clause(row: EvalRow) -> str:
        return first_clause(nfc(row.inputs["abstract"]), evalset.lang)

    return {
        "first clause": _each(evalset, clause),
        "first clause, opening cut": _each(evalset, lambda row: _OPENING[evalset.lang].sub("", clause(row)).strip()),
    }


def first_clause(text: str, lang: Lang) -> str:
    """The text up to its first comma, semicolon, colon or full stop."""
    return _CLAUSE_END[lang].split(text.strip(), maxsplit=1)[0].strip()


def sentences(text: str, lang: Lang) -> list[str]:
    """Parts of the text that end in a full stop or a semicolon."""
    return [part.strip() for part in _SENTENCE[lang].split(text) if part.strip()]


def _summarize(evalset: EvalSet, _train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    lang = evalset.lang

    def parts(row: EvalRow) -> list[str]:
        return sentences(nfc(row.inputs.get("text") or row.inputs["description"]), lang)

    if "description" in evalset.rows[0].inputs:
        return {"first five sentences": _each(evalset, lambda row: _joined(parts(row)[:5], lang))}
    return {
        "lead sentence": _each(evalset, lambda row: parts(row)[0]),
        "first and last sentence": _each(evalset, lambda row: _joined([parts(row)[0], *parts(row)[1:][-1:]], lang)),
    }


def _joined(parts: Sequence[str], lang: Lang) -> str:
    return ("" if lang == "zh" else " ").join(parts)


def _abstract(evalset: EvalSet, _train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    return {
        "first claim": _each(evalset, lambda row: re.sub(r"^1\. ", "", row.inputs["claims"].split("\n")[0])),
        "draft in the prompt": _each(evalset, lambda row: abstract_draft(row.inputs["claims"], evalset.lang)),
    }


def _claims(evalset: EvalSet, _train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    return {
        "the abstract itself": _each(evalset, lambda row: str(row.inputs["abstract"])),
        "draft in the prompt": _each(
            evalset, lambda row: claim_draft(row.inputs["abstract"], evalset.lang).removeprefix("1. ")
        ),
    }


def _similarity(evalset: EvalSet, _train: Train | None, _: Lexicon | None) -> dict[str, list[Answer]]:
    return {"token overlap": _each(evalset, lambda row: jaccard(row.inputs["a"], row.inputs["b"], row.inputs["lang"]))}


def _pairs(evalset: EvalSet, train: Train, _: Lexicon | None) -> dict[str, list[Answer]]:
    """The rows the thresholds are fitted on are made by the set's own rule, from train documents."""
    lang, task = evalset.lang, evalset.task
    known = clean(train.documents(lang))[:PAIR_DOCUMENTS]
    made = pair_rows(known, Random(f"{train.seed}/{task} {lang}"), task=task, lang=lang)
    if not made:
        return {}
    overlaps = [containment(row.inputs["b"], row.inputs["a"], lang) for row in made]
    decide = fit_thresholds(overlaps, [str(row.gold) for row in made])
    return {
        "overlap thresholds": _each(evalset, lambda row: (decide(containment(row.inputs["b"], row.inputs["a"], lang)),))
    }


def containment(part: str, whole: str, lang: Lang) -> float:
    """The share of the pairs of neighbouring units of `part` that `whole` has too; of single units for one alone."""
    first, second = units(part, lang), units(whole, lang)
    if len(first) > 1:
        first, second = [*itertools.pairwise(first)], [*itertools.pairwise(second)]  # type: ignore[list-item]
    return len(set(first) & set(second)) / len(set(first)) if first else 0.0


def fit_thresholds(values: Sequence[float], golds: Sequence[str], *, steps: int = 40) -> Callable[[float], str]:
    """Cut points over one number that classify best: labels are put in the order of their mean value."""
    table, labels = np.asarray(values), np.asarray(golds)
    order = sorted(set(golds), key=lambda label: float(np.mean(table[labels == label])))
    ranks = np.array([order.index(gold) for gold in golds])
    places = np.unique(np.quantile(table, np.linspace(0, 1, steps + 1)))
    cuts = max(
        itertools.combinations_with_replacement(places, len(order) - 1),
        key=lambda cuts: int(np.sum(np.searchsorted(cuts, table, side="right") == ranks)),
    )
    return lambda value: order[int(np.searchsorted(cuts, value, side="right"))]


_BY_TASK: Final[Mapping[str, Callable[[EvalSet, Train, Lexicon | None], dict[str, list[Answer]]]]] = {
    "type": _type,
    "ipc": _ipc,
    "labels": _labels,
    "translate": _translate,
    "title": _title,
    "summarize": _summarize,
    "abstract": _abstract,
    "claims": _claims,
    "similarity": _similarity,
    "relevance": _pairs,
    "entail": _pairs,
}


def own_baselines(evalset: EvalSet, lexicon: Lexicon | None) -> dict[str, list[Answer]]:
    """Those that need no train split, for sets of a user's own."""
    if evalset.task == CHOICE:
        return {"longest choice": longest_choice(evalset.rows)}
    if evalset.task == "translate":
        return _translate(evalset, None, lexicon)
    return _similarity(evalset, None, None) if evalset.task == "similarity" else {}


def cached_baselines(
    sets: Sequence[EvalSet],
    train: Train,
    lexicon: Path | None,
    cache: Path | None,
    done: Callable[[], None] = lambda: None,
) -> dict[str, dict[str, list[Answer]]]:
    """Baselines of all sets by set name; `done` is called after each.

    With `cache` answers are kept in that JSON file under a hash of what they depend on (the rows, the file the train
    split is in, the lexicon of translations) and taken from there while none of it changed.
    """
    kept: dict[str, Any] = json.loads(cache.read_text(encoding="utf-8")) if cache and cache.is_file() else {}
    loaded = Lexicon.load(lexicon) if lexicon else None
    found: dict[str, dict[str, list[Answer]]] = {}
    for evalset in sets:
        key = _key(evalset, train, lexicon)
        if key not in kept:
            kept[key] = {"set": evalset.name, "answers": baselines_for(evalset, train, loaded)}
            if cache:
                part = cache.with_name(cache.name + ".part")
                part.write_text(json.dumps(kept, ensure_ascii=False) + "\n", encoding="utf-8")
                part.replace(cache)
        answers = kept[key]["answers"]
        found[evalset.name] = {
            name: [tuple(a) if isinstance(a, list) else a for a in own] for name, own in answers.items()
        }
        done()
    return found


def _key(evalset: EvalSet, train: Train, lexicon: Path | None) -> str:
    rows = [[row.id, dict(row.inputs), row.gold] for row in evalset.rows]
    corpus = train.folder / f"patents_{evalset.lang}.jsonl.xz"
    used = (corpus, lexicon if evalset.task == "translate" else None)
    digests = [file_sha256(path) for path in used if path and path.is_file()]
    facts = [_REVISIONS.get(evalset.task, _REVISION), evalset.name, rows, digests, train.svm_rows, train.seed]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
