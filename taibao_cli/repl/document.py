"""A patent, or any text, that is open in the session; and files named with @ in what is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.patent_files import is_document, open_patents
from taibao_cli.errors import InputError
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.row import row_of

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
    """Read a patent of any format that `taibao import` reads, numbered claims alone, or a text; of several patents in a
    file the first, which the name says.

    Raises:
        InputError: it cannot be read, or holds nothing.
        MissingExtraError: a package that reads the format is not installed.
    """
    readings = open_patents(path)
    first = next(readings, None)
    if first is None:
        raise InputError(f"{path}: no text")
    if isinstance(first, Unread):
        raise InputError(first.reason)
    several = next(readings, None) is not None
    name = f"{path.name} ({first.id})" if several else path.name
    return Document(name, _fields(first) or {"text": read_file(path).strip()})


def _fields(patent: Patent) -> dict[str, str]:
    """The parts of a patent as a row has them; empty for a text without any sign of being one."""
    row = row_of(patent)
    fields: dict[str, str] = {part: row[part] for part in ("title", "abstract", "description") if part in row}
    if "claims" in row:
        fields["claims"] = "\n".join(row["claims"])
    plain = patent.counted and len(patent.description) == 1 and not patent.description[0].heading
    if not plain or set(fields) != {"description"}:
        return fields
    text = "\n".join(paragraph.text for paragraph in patent.description[0].paragraphs)
    return {"text": text} if patent.origin is not None and patent.origin.form not in ("text", "markdown") else {}


def insert_files(text: str) -> str:
    """Replace `@path` (or `@"a path"`) by the content of that file, where there is one; other words stay.

    Raises:
        InputError: the file cannot be read.
    """

    def content(match: re.Match[str]) -> str:
        path = Path(match[1] or match[2]).expanduser()
        if not path.is_file():
            return match[0]
        return open_document(path).text if is_document(path) else read_file(path).strip()

    return _AT.sub(content, text)
