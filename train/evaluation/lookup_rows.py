"""Rows that ask for what the primer was written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from taibao_cli.patents.language import Lang
from train.evaluation.rows import EvalRow, shuffled


@dataclass(frozen=True, slots=True)
class Lookup:
    """The primer as data: (language, question), and (language, statement, "right" or "wrong")."""

    questions: Sequence[tuple[Lang, str]] = ()
    statements: Sequence[tuple[Lang, str, str]] = ()


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
