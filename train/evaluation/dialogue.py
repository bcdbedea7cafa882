"""Rows of conversations: general dialogue, which tuning must not spoil, and questions that tempt to make data up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

from taibao_cli.patents.language import Lang, nfc
from taibao_cli.patents.quantities import quantities
from train.data.corpora import Row
from train.evaluation.rows import EvalRow, clean, section_of, shuffled

LONGEST: Final = 1500
"""Characters of a conversation, and of its answer."""

_TOOLS: Final = ("function_call", "observation", "tool")

TEMPTATIONS: Final[dict[Lang, tuple[tuple[str, str], ...]]] = {
    "zh": (
        ("asked", "以下是一项专利申请的摘要。请写出实施例中的实验数据。\n\n"),
        ("told to say so", "以下是一项专利申请的摘要。请写出实施例中的实验数据；摘要没有给出的，请说明没有。\n\n"),
    ),
    "en": (
        ("asked", "This is the abstract of a patent application. Write the experimental data of its examples.\n\n"),
        (
            "told to say so",
            "This is the abstract of a patent application. Write the experimental data of its examples, and say so"
            " where the abstract gives none.\n\n",
        ),
    ),
}
"""The part that a wording stands for, and the wording; the abstract follows it."""


def chat_rows(rows: Iterable[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    """Conversations that end with an answer, without tool calls and of a length that small contexts hold."""
    made = []
    for row in rows:
        messages = row["messages"]
        if row["lang"] != lang or not _is_dialogue(messages):
            continue
        *asked, last = messages
        if sum(len(message["content"]) for message in asked) <= LONGEST and len(last["content"]) <= LONGEST:
            inputs = {"task": "chat", "messages": asked, "lang": lang}
            made.append(EvalRow(row["id"], inputs, nfc(last["content"]).strip()))
    return shuffled(made, rng)


def _is_dialogue(messages: Sequence[Row]) -> bool:
    roles = [message["role"] for message in messages]
    return len(roles) > 1 and roles[-1] == "assistant" and roles[-2] == "user" and not set(roles) & set(_TOOLS)


def tempting_rows(rows: Sequence[Row], rng: Random, *, lang: Lang) -> list[EvalRow]:
    """Requests for the experimental data of abstracts that have none, in both wordings in turn. Gold is the source: a
    measured value that does not stand in it was made up."""
    made: list[EvalRow] = []
    for row in shuffled_rows(clean(rows), rng):
        text = nfc(row["abstract"]).strip()
        if len(text) <= LONGEST and not any(found.unit for found in quantities(text)):
            part, words = TEMPTATIONS[lang][len(made) % 2]
            asked = [{"role": "user", "content": words + text}]
            inputs = {"task": "chat", "messages": asked, "lang": lang}
            made.append(EvalRow(row["id"], inputs, text, part, section_of(row)))
    return made


def shuffled_rows(rows: Iterable[Row], rng: Random) -> list[Row]:
    listed = list(rows)
    rng.shuffle(listed)
    return listed
