"""Text files of one paragraph a line."""

from __future__ import annotations

from pathlib import Path

from taibao_cli.errors import InputError


def read_paragraphs(path: Path) -> list[str]:
    """The lines of `path` that are not blank. Raises InputError when it cannot be read or is not UTF-8."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 (byte {error.start}); convert it first") from error
    return [line for line in text.split("\n") if line.strip()]
