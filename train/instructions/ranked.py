"""Pairs of answers of which one is better: those made here, and preference data in the forms of LLaMA-Factory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from taibao_cli.errors import InputError
from train.instructions.conversation import Problem
from train.instructions.formats import Format, asked_of, files_of, guess, rows_of

Ranked = dict[str, list[dict[str, str]]]
"""`prompt`, `chosen` and `rejected` as lists of messages: the conversational form that TRL reads."""


def read_ranked(path: Path) -> Iterator[Ranked]:
    """The pairs of a file (JSON list or JSON lines), or of the data sets with `ranking` of a `dataset_info.json`.

    Raises:
        InputError: a file cannot be read, or a row is no pair; with its line.
    """
    for file, form in files_of(path, ranking=True):
        for place, row in rows_of(file, form):
            if isinstance(row, Problem):
                raise InputError(str(row))
            try:
                yield _own(row) if isinstance(row.get("prompt"), list) else _foreign(row, form, file)
            except (ValueError, KeyError, TypeError) as error:
                raise InputError(f"{place}: not a preference (prompt, chosen, rejected): {error}") from None


def _own(row: Mapping[str, Any]) -> Ranked:
    kept: Ranked = {key: row[key] for key in ("prompt", "chosen", "rejected")}
    said = [message for part in kept.values() for message in part]
    if not all(isinstance(message["content"], str) and message["role"] for message in said):
        raise ValueError("a message without text")
    return kept


def _foreign(row: Mapping[str, Any], form: Format | None, file: Path) -> Ranked:
    own = form or guess({"output": "", **row}, file)
    prompt = [{"role": message.role, "content": message.content} for message in asked_of(row, own)]
    return {"prompt": prompt, "chosen": _answer(row, own, "chosen"), "rejected": _answer(row, own, "rejected")}


def _answer(row: Mapping[str, Any], form: Format, key: str) -> list[dict[str, str]]:
    """A text in alpaca, a message in ShareGPT."""
    column = str(form.columns[key])
    given = row[column]
    text = given.get(form.tags["content_tag"]) if isinstance(given, dict) else given
    if not isinstance(text, str):
        raise ValueError(f"{column} must be text or a message")
    return [{"role": "assistant", "content": text}]
