"""The measures by name: one line of numbers for each row, and one number of any lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from taibao_cli.patents.language import Lang
from train.evaluation import metrics
from train.evaluation.answers import Answer
from train.evaluation.bleu import bleu_score, bleu_statistics
from train.evaluation.invented import invented
from train.evaluation.metrics import Floats
from train.evaluation.rows import EvalRow
from train.evaluation.terms import term_counts
from train.evaluation.written_rows import first_claim

Rows = Sequence[EvalRow]
Answers = Sequence[Answer | None]


@dataclass(frozen=True, slots=True)
class Metric:
    """`table` makes one line of numbers for each row, `combine` one number of any lines; a `rate` is a mean of 0 and 1,
    a `mean` that of any numbers: such rows can be compared one by one."""

    table: Callable[[Rows, Answers, str], Floats]
    combine: Callable[[Floats], float]
    rate: bool = False
    mean: bool = False


def _hits(rows: Rows, answers: Answers, _: str, *, top: int = 1, size: int | None = None) -> Floats:
    """Gold is among the first `top` different labels; with `size` their first characters are compared, as levels of the
    IPC are."""
    hits = []
    for row, answer in zip(rows, answers, strict=True):
        ranked = dict.fromkeys(label[:size] for label in answer) if isinstance(answer, tuple) else {}
        hits.append(bool({gold[:size] for gold in row.golds} & set(list(ranked)[:top])))
    return np.array(hits, np.float64)


def _exact(rows: Rows, answers: Answers, _: str) -> Floats:
    return np.array([answer in row.golds for row, answer in zip(rows, answers, strict=True)], np.float64)


def _label_numbers(rows: Rows, answers: Answers, _: str) -> Floats:
    """(gold, answer) as numbers of labels; -1 for an answer that is no gold label of the set."""
    numbers = {gold: at for at, gold in enumerate(sorted({row.golds[0] for row in rows}))}
    given = [numbers.get(answer[0], -1) if isinstance(answer, tuple) else -1 for answer in answers]
    return np.array([[numbers[row.golds[0]], own] for row, own in zip(rows, given, strict=True)], np.float64)


def _numbers(rows: Rows, answers: Answers, _: str) -> Floats:
    given = [answer if isinstance(answer, float) else 0.0 for answer in answers]
    return np.array([[row.gold, own] for row, own in zip(rows, given, strict=True)], np.float64)


def _text(answer: Answer | None, task: str) -> str:
    """Of drafted claims the first counts."""
    text = answer if isinstance(answer, str) else ""
    return first_claim(text) if task == "claims" else text


def _texts(
    rows: Rows,
    answers: Answers,
    task: str,
    *,
    measure: Callable[[str, str, Lang], Any],
    worth: Callable[[Any], float] = float,
) -> Floats:
    """One line of `measure(answer, gold, language of the gold)` a row; of several golds the one that is worth most."""
    table = []
    for row, answer in zip(rows, answers, strict=True):
        text = _text(answer, task)
        table.append(max((measure(text, gold, row.answer_lang) for gold in row.golds), key=worth))
    return np.array(table, np.float64)


def _chrf(answer: str, gold: str, _: Lang) -> tuple[float, ...]:
    return metrics.chrf_statistics(answer, gold)


def _rouge_words(answer: str, gold: str, lang: Lang) -> float:
    return metrics.rouge_of(metrics.word_list(answer, lang), metrics.word_list(gold, lang))


def _rouge_characters(answer: str, gold: str, _: Lang) -> float:
    return metrics.rouge_l(answer, gold, "zh")


def _bleu(rows: Rows, answers: Answers, task: str) -> Floats:
    pairs = zip(rows, answers, strict=True)
    return np.array([bleu_statistics(_text(own, task), row.golds, row.answer_lang) for row, own in pairs], np.float64)


def _terms(rows: Rows, answers: Answers, task: str) -> Floats:
    pairs = zip(rows, answers, strict=True)
    return np.array([term_counts(row.terms, _text(answer, task)) for row, answer in pairs], np.float64)


def _faithful(rows: Rows, answers: Answers, task: str) -> Floats:
    """There is an answer, and every measured value of it stands in the source."""
    pairs = ((row, answer if isinstance(answer, str) else "") for row, answer in zip(rows, answers, strict=True))
    return np.array([bool(text) and not invented(text, row.source) for row, text in pairs], np.float64)


def _of_columns(measure: Callable[[Floats, Floats], float]) -> Callable[[Floats], float]:
    return lambda table: measure(table[:, 0], table[:, 1])


def _share(table: Floats) -> float:
    """Right over all; 1 where nothing was asked."""
    right, total = table.sum(axis=0)
    return float(right / total) if total else 1.0


def _level(name: str, size: int) -> dict[str, Metric]:
    return {
        f"{name} accuracy": Metric(partial(_hits, size=size), metrics.accuracy, rate=True),
        f"{name} top-3": Metric(partial(_hits, top=3, size=size), metrics.accuracy, rate=True),
    }


METRICS: Final[Mapping[str, Metric]] = {
    "accuracy": Metric(_hits, metrics.accuracy, rate=True),
    "top-3": Metric(partial(_hits, top=3), metrics.accuracy, rate=True),
    "top-5": Metric(partial(_hits, top=5), metrics.accuracy, rate=True),
    **_level("section", 1),
    **_level("class", 3),
    **_level("subclass", 4),
    "exact": Metric(_exact, metrics.accuracy, rate=True),
    "macro-F1": Metric(_label_numbers, _of_columns(metrics.macro_f1)),
    "chrF": Metric(
        partial(_texts, measure=_chrf, worth=metrics.chrf_score), lambda table: metrics.chrf_score(table.sum(axis=0))
    ),
    "BLEU": Metric(_bleu, lambda table: bleu_score(table.sum(axis=0))),
    "term accuracy": Metric(_terms, _share),
    "ROUGE-L": Metric(partial(_texts, measure=metrics.rouge_l), metrics.accuracy, mean=True),
    "ROUGE-L words": Metric(partial(_texts, measure=_rouge_words), metrics.accuracy, mean=True),
    "ROUGE-L characters": Metric(partial(_texts, measure=_rouge_characters), metrics.accuracy, mean=True),
    "nothing invented": Metric(_faithful, metrics.accuracy, rate=True),
    "Spearman": Metric(_numbers, _of_columns(metrics.spearman)),
    "Pearson": Metric(_numbers, _of_columns(metrics.pearson)),
}

OUT_OF_100: Final = ("chrF", "BLEU")
"""On 0..100; correlations are on -1..1, the rest on 0..1."""
