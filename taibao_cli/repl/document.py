"""A patent, or any text, that is open in the session; and files named with @ in what is typed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.errors import InputError
from taibao_cli.patents.claims.claimset import parse_claims

LONGEST: Final = 16 << 20
"""Bytes of a file that may be opened."""

_PARTS: Final = ("title", "abstract", "claims", "description", "text")
_AT: Final = re.compile(r'(?<!\S)@(?:"([^"]+)"|(\S+))')


@dataclass(frozen=True, slots=True)
class Document:
    """`fields` are those of a row: title, abstract, claims, description, or text alone."""

    name: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        return "\n\n".join(self.fields[part] for part in _PARTS if part in self.fields)


def read_file(path: Path) -> str:
    """The text of a file, UTF-8 or GB18030.

    Raises:
        InputError: missing, too long, or in no encoding known here.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None
    if len(data) > LONGEST:
        raise InputError(f"{path}: longer than {LONGEST >> 20} MB; split it")
    encoding = detect_encoding(data)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not {encoding.upper()} at byte {error.start + 1}") from None


def open_document(path: Path) -> Document:
    """Read a patent: a row of JSON with its parts, numbered claims alone, or a text.

    Raises:
        InputError: it cannot be read, or holds nothing.
    """
    text = read_file(path).strip()
    if not text:
        raise InputError(f"{path}: no text")
    if fields := _row(text):
        return Document(path.name, fields)
    claims = parse_claims(text)
    whole = bool(claims.claims) and re.match(r"\s*1\s*[.．、]", text) is not None
    return Document(path.name, {"claims" if whole else "text": text})


def _row(text: str) -> dict[str, str]:
    """The parts of the first JSON object of a file; empty when it is none."""
    if not text.startswith("{"):
        return {}
    try:
        row, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return {}
    parts = {part: "\n".join(value) if isinstance(value, list) else value for part, value in row.items()}
    return {part: parts[part] for part in _PARTS if isinstance(parts.get(part), str) and parts[part].strip()}


def insert_files(text: str) -> str:
    """Replace `@path` (or `@"a path"`) by the content of that file, where there is one; other words stay.

    Raises:
        InputError: the file cannot be read.
    """

    def content(match: re.Match[str]) -> str:
        path = Path(match[1] or match[2]).expanduser()
        return read_file(path).strip() if path.is_file() else match[0]

    return _AT.sub(content, text)
