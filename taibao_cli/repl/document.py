"""A patent, or any text, that is open in the session; and files named with @ in what is typed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from taibao_cli.batch.encoding import detect_encoding
from taibao_cli.batch.patent_files import is_document, open_patents
from taibao_cli.errors import InputError
from taibao_cli.messages import say
from taibao_cli.patents.document.patent import Patent
from taibao_cli.patents.document.reading import Unread
from taibao_cli.patents.document.row import row_of

LONGEST: Final = 16 << 20
"""Bytes of a file that may be opened."""

_PARTS: Final = ("title", "abstract", "claims", "description", "text")
_AT: Final = re.compile(r'(?<![A-Za-z0-9._%+-])@(?:"([^"]+)"|([^\s@]+))')
_FILE_NAME: Final = re.compile(r"\S*\.[A-Za-z][A-Za-z0-9]{0,4}|\S*/")
"""What is meant to be a file, whether there is one or not."""


class FileTrouble(InputError):
    """A file that cannot be used; `key` and `values` are the words for it."""

    def __init__(self, key: str, path: Path, **values: object) -> None:
        super().__init__(say(key, "en", path=path, **values))
        self.key, self.values = key, {"path": path, **values}


@dataclass(frozen=True, slots=True)
class Document:
    """`fields` are those of a row: title, abstract, claims, description, or text alone."""

    name: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        return "\n\n".join(self.fields[part] for part in _PARTS if part in self.fields)


def path_of(text: str) -> Path:
    """What a user typed as the name of a file, with or without quotes."""
    return Path(os.path.expanduser(text.strip('"')))  # Path.expanduser raises for unknown users


def is_file(path: Path) -> bool:
    return os.path.isfile(path)  # Path.is_file raises for names that are too long


def names_file(text: str) -> bool:
    """Whether a text is meant as the name of a file."""
    return _FILE_NAME.fullmatch(text) is not None


def existing(text: str) -> Path:
    """The file of that name.

    Raises:
        FileTrouble: there is none.
    """
    path = path_of(text)
    if is_file(path):
        return path
    raise FileTrouble("is-folder" if os.path.isdir(path) else "no-file", path)


def read_file(path: Path) -> str:
    """The text of a file, UTF-8 or GB18030.

    Raises:
        FileTrouble: missing, too long, or in no encoding known here.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise FileTrouble("cannot-read", path, reason=error.strerror or error) from None
    if len(data) > LONGEST:
        raise FileTrouble("too-large", path, size=LONGEST >> 20)
    encoding = detect_encoding(data)
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FileTrouble("not-text", path, encoding=encoding.upper(), place=error.start + 1) from None


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
        raise FileTrouble("file-without-text", path)
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
    """Replace `@path` (or `@"a path"`) by the content of that file; Chinese may follow it at once. Words that are no
    file's name stay.

    Raises:
        InputError: the file cannot be read, or there is none where the name is one of a file.
    """

    def content(match: re.Match[str]) -> str:
        if match[1]:
            return _content(existing(match[1]))
        for name in _beginnings(match[2]):
            if is_file(path_of(name)):
                return _content(path_of(name)) + match[2][len(name) :]
        if meant := next(filter(names_file, _beginnings(match[2])), ""):
            existing(meant)
        return match[0]

    return _AT.sub(content, text)


def text_of(typed: str) -> str:
    """What a command works on: the content of a file whose bare or quoted name was typed, or what `insert_files` makes
    of the words.

    Raises:
        InputError: see there.
    """
    if (names_file(typed) or typed.startswith('"')) and is_file(path_of(typed)):
        return _content(path_of(typed))
    return insert_files(typed)


def _content(path: Path) -> str:
    return open_document(path).text if is_document(path) else read_file(path).strip()


def _beginnings(word: str) -> Iterator[str]:
    """The word, then what is left of it before Chinese and before marks, the longest first."""
    yield word
    for end in range(len(word) - 1, 0, -1):
        if not word[end].isascii() or word[end] in ",;:!?)":
            yield word[:end]
