"""Texts that models are run over: a file of one paragraph a line, or of conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from taibao_cli.errors import InputError

TEXTS: Final = "Held-out texts in UTF-8: one paragraph a line, or conversations (.jsonl) such as the dev data."
CALIBRATION: Final = "Texts to calibrate on, in UTF-8: one paragraph a line, or conversations (.jsonl)."
"""What options say that take such files."""


def read_paragraphs(path: Path) -> list[str]:
    """The lines of `path` that are not blank; of conversations (`.jsonl`, a list of `messages` in each line) what was
    said, each one text.

    Raises:
        InputError: it cannot be read, is not UTF-8, or a line of a `.jsonl` file is no conversation.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); convert it first") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if path.suffix == ".jsonl":
        return [_said(path, number, line) for number, line in lines]
    return [line for _, line in lines]


def _said(path: Path, number: int, line: str) -> str:
    try:
        return "\n".join(str(message["content"]) for message in json.loads(line)["messages"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{path}:{number}: no conversation; each line needs messages with their content") from None
