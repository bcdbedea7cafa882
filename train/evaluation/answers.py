"""What an output row says, as the measures take it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from taibao_cli.patents.language import detect
from train.evaluation.rows import EvalRow

Answer = str | float | tuple[str, ...]
"""A text, a number, or labels best first."""

OutputRow = Mapping[str, Any]


def answer_of(row: OutputRow, *, text: bool = False) -> Answer | None:
    """Ranked labels, a number, a text, the primer's state or verdict (with `text` its words), JSON with sorted keys;
    None for an error."""
    output = row["output"]
    if row["error"] is not None or output is None:
        return None
    if isinstance(output, dict):
        if text and isinstance(output.get("text"), str):
            return str(output["text"])
        known = output.get("verdict") or output.get("state")
        return canonical(output) if known is None else (str(known),)
    if isinstance(output, str) and row.get("labels"):
        return tuple(str(label["label"]) for label in row["labels"])
    return float(output) if isinstance(output, (int, float)) else str(output)


def canonical(value: object) -> str:
    """JSON as text, the same for equal values."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def is_invalid(row: EvalRow, answer: Answer | None) -> bool:
    """No answer, an empty one, or a text in another language than the one asked for."""
    if answer is None or answer == "":
        return True
    return isinstance(answer, str) and not answer.startswith("{") and detect(answer) != row.answer_lang
